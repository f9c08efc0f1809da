"""Chaos comes out exact, and a planted defect does not."""

import pytest

from tests.e2e.chaos import Chaos
from tests.e2e.system import Applications, Launcher
from tests.kafka.broker import Broker
from trainer.paths import Home

pytestmark = pytest.mark.full


def test_what_was_answered_is_counted_once_whatever_dies(
    launch: Launcher,
    home: Home,
    own_broker: Broker,
    empty_postgres: str,
    applications: Applications,
    capsys: pytest.CaptureFixture[str],
) -> None:
    own_broker.start()
    result = Chaos(launch, home, own_broker, empty_postgres).run(applications(300))
    with capsys.disabled():
        print(f"\nchaos: {result}")
    assert result.faults == []
    assert result.answered > 500
    assert result.windows > 3


@pytest.mark.parametrize(("service", "defect"), [("drift", "offset_first"), ("scoring", "marked_before_ack")])
def test_a_planted_defect_is_found(
    launch: Launcher,
    home: Home,
    own_broker: Broker,
    empty_postgres: str,
    applications: Applications,
    monkeypatch: pytest.MonkeyPatch,
    service: str,
    defect: str,
) -> None:
    monkeypatch.setattr("tests.e2e.chaos.SETTLE", 20.0)
    own_broker.start()
    result = Chaos(launch, home, own_broker, empty_postgres, {service: defect}).run(applications(300))
    assert any("answered and not counted" in fault for fault in result.faults), str(result)
