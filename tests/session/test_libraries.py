"""Libraries log into the session's log, and no secret comes with it."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.session.libraries import take_over
from actors.session.log import Log
from gateway.redaction import Redactor

SECRET = "a-very-secret-api-key"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(False)
    root.handlers[:], root.level = handlers, level


def text_of(path: Path, level: str, say: str) -> str:
    redact = Redactor()
    redact.learn(SECRET)
    log = Log(path, {}, lambda denied: "", "DEBUG", redact)
    take_over(level)
    logging.getLogger("SignalRCoreClient").debug(say)
    try:
        raise ValueError(say)
    except ValueError:
        logging.getLogger("pykka").exception("Unhandled exception")
    log.close()
    return path.read_text()


def test_a_librarys_error_is_in_the_log_with_its_traceback(tmp_path: Path) -> None:
    text = text_of(tmp_path / "log", "WARNING", "something broke")
    assert "[ERROR] pykka: Unhandled exception" in text
    assert "ValueError: something broke" in text
    assert "SignalRCoreClient" not in text


def test_a_library_that_sets_its_own_level_is_held_to_the_logs(tmp_path: Path) -> None:
    noisy = logging.getLogger("SignalRCoreClient")
    before = noisy.level
    noisy.setLevel(logging.DEBUG)
    try:
        assert "SignalRCoreClient" not in text_of(tmp_path / "log", "WARNING", "chatter")
    finally:
        noisy.setLevel(before)


def test_no_secret_comes_with_it_at_debug(tmp_path: Path) -> None:
    text = text_of(tmp_path / "log", "DEBUG", f"Bearer eyJhbGciOi.x.y and {SECRET} {{braces}}")
    assert "SignalRCoreClient" in text
    assert SECRET not in text
    assert "eyJhbGciOi" not in text
