"""Settings come from the environment; one that is wrong is named with its rule, on one line."""

from pathlib import Path

import pytest

from creditrisk.errors import InvalidSettings
from services.explain.settings import ExplainSettings
from services.feature.settings import FeatureSettings
from services.scoring.settings import ScoringSettings


def test_every_variable_is_the_fields_name(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"PORT": "0", "MAX_DEADLINE": "2.5", "BUNDLE_STORE": "/b", "RETENTION_DAYS": "30", "LOG_LEVEL": "ERROR"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    read = ScoringSettings.read()
    assert (read.port, read.max_deadline, read.bundle_store) == (0, 2.5, Path("/b"))
    assert (read.retention_days, read.log_level) == (30, "ERROR")


def test_services_take_different_ports() -> None:
    every = [FeatureSettings.read(), ScoringSettings.read(), ExplainSettings.read()]
    assert len({port for one in every for port in (one.port, one.metrics_port)}) == 6
    assert {one.host for one in every} == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("PORT", "65536", "less than or equal to 65535"),
        ("METRICS_PORT", "http", "valid integer"),
        ("MAX_DEADLINE", "0", "greater than 0"),
        ("MAX_DEADLINE", "nan", "less than or equal to 60"),
        ("DRAIN", "-1", "greater than or equal to 0"),
        ("MAX_CONCURRENT_CALLS", "0", "greater than or equal to 1"),
        ("LOG_LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("RETENTION_DAYS", "0", "greater than or equal to 1"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, rule: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings, match=f"^{name}: .*({rule})"):
        ScoringSettings.read()


def test_a_broker_needs_a_key_of_pseudonyms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")
    for short in ("", "short"):
        monkeypatch.setenv("PSEUDONYM_KEY", short)
        with pytest.raises(InvalidSettings, match=r"^PSEUDONYM_KEY: .*16 characters"):
            ScoringSettings.read()
    monkeypatch.setenv("PSEUDONYM_KEY", "sixteen characters or more")
    read = ScoringSettings.read()
    assert read.pseudonym_key.get_secret_value() == "sixteen characters or more"
    assert "sixteen" not in repr(read)


def test_all_that_is_wrong_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("DRAIN", "x")
    with pytest.raises(InvalidSettings, match=r"PORT: .*; DRAIN: "):
        FeatureSettings.read()
