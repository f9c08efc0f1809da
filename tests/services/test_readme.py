"""The README's example runs as pasted, against the running services."""

import re
from pathlib import Path

import pytest

from trainer.local import Service

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_example_scores_and_explains(services: dict[str, Service], capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    for usual, name in (("127.0.0.1:50052", "scoring"), ("127.0.0.1:50053", "explain")):
        assert usual in example
        example = example.replace(usual, services[name].target)
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - it is our own
    said = capsys.readouterr().out
    assert re.match(r"DECISION_(APPROVE|DECLINE) \d+\.\d%\n", said)
    assert re.search(r"\+\d\.\d\d scores from external sources", said)


def test_it_is_short_enough_to_read() -> None:
    assert len(README.splitlines()) <= 150
