"""Logs are JSON lines with the request id, on stdout and in a file that rotates."""

import json
import logging
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest

from creditrisk.errors import InvalidSettings
from creditrisk.runtime.telemetry import REQUEST_ID, configure_logs


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_is_json_with_time_service_level_and_request_id(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("scoring", "INFO", None)
    token = REQUEST_ID.set("core-7")
    logging.getLogger("rpc").info("Score\nsecond", extra={"code": "OK", "ms": 0.5})
    logging.getLogger("rpc").debug("not told")
    REQUEST_ID.reset(token)
    logging.getLogger("server").warning("draining")
    first, second = lines(capsys.readouterr().out)
    assert {key: first[key] for key in ("message", "level", "logger", "service", "request_id", "code", "ms")} == {
        "message": "Score\nsecond",
        "level": "INFO",
        "logger": "rpc",
        "service": "scoring",
        "request_id": "core-7",
        "code": "OK",
        "ms": 0.5,
    }
    assert "T" in str(first["time"])
    assert (second["level"], second["request_id"]) == ("WARNING", "")


def test_a_traceback_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("scoring", "INFO", None)
    try:
        raise KeyError("missing")  # noqa: TRY301
    except KeyError:
        logging.getLogger("rpc").exception("unexpected error")
    (line,) = lines(capsys.readouterr().out)
    assert "Traceback" in str(line["exc_info"])
    assert "KeyError" in str(line["exc_info"])


def test_the_file_rotates_and_old_ones_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "logs" / "scoring.log"
    configure_logs("scoring", "INFO", path)
    (handler,) = [one for one in logging.getLogger().handlers if isinstance(one, RotatingFileHandler)]
    assert (handler.maxBytes, handler.backupCount) == (10_000_000, 5)
    handler.maxBytes = 400
    for at in range(40):
        logging.getLogger("rpc").info("call", extra={"at": at})
    kept = sorted(path.parent.iterdir())
    assert [one.name for one in kept] == ["scoring.log", *(f"scoring.log.{n}" for n in range(1, 6))]
    assert lines(path.read_text(encoding="utf-8"))[-1]["at"] == 39
    assert len(lines(capsys.readouterr().out)) == 40


def test_a_file_that_cannot_be_written_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(InvalidSettings, match=r"LOG_FILE .*taken"):
        configure_logs("scoring", "INFO", tmp_path / "taken" / "scoring.log")
