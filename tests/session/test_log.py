"""The log file itself."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from loguru import logger

from actors.session.log import Log
from actors.session.memory import Level
from messages.decision import Denied
from messages.hub import Hub, HubLost
from tests.session.story import INSTRUMENTS, Story, entered, left

FULL = Path("/dev/full")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Without loguru's own handler on stderr."""
    logger.remove()
    yield
    logger.remove()


def said(denied: Denied) -> str:
    return "DENIED"


def tell(out: Path | StringIO, level: Level = "INFO") -> None:
    log = Log(out, INSTRUMENTS, said, level)
    story = Story(log)
    entered(story)
    left(story)
    log.close()


def write(path: Path, level: Level = "INFO") -> list[str]:
    tell(path, level)
    return path.read_text("utf-8").splitlines()


def test_lines_carry_new_york_time_to_the_millisecond_and_the_level(tmp_path: Path) -> None:
    told = write(tmp_path / "log")
    assert told[0] == ("2025-01-15 10:30:45.124 [INFO] SIGNAL: LONG_ENTRY conf=0.78 price=6050.25")
    assert told[2] == "2025-01-15 10:30:45.155 [INFO] FILL: BOUGHT 1 MES @ 6050.50"


def test_debug_lines_are_there_only_at_debug(tmp_path: Path) -> None:
    assert not [line for line in write(tmp_path / "info") if "[DEBUG]" in line]
    assert [line for line in write(tmp_path / "debug", "DEBUG") if "PREDICTION" in line]


def test_a_terminal_gets_the_same_lines(tmp_path: Path) -> None:
    terminal = StringIO()
    tell(terminal)
    assert terminal.getvalue().splitlines() == write(tmp_path / "log")


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_fails_the_log_and_nobody_who_only_says_something() -> None:
    log = Log(FULL, INSTRUMENTS, said)
    logger.error("the supervisor has failed")
    with pytest.raises(OSError, match="No space left"):
        log.flush()
    with pytest.raises(OSError, match="No space left"):
        Story(log).tell(HubLost(Hub.USER, 1, "gone"))
    with pytest.raises(OSError, match="No space left"):
        log.close()


def test_secrets_are_masked_in_lines_and_in_tracebacks(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = Log(path, INSTRUMENTS, said, redact=lambda text: text.replace("s3cret", "***"))
    Story(log).tell(HubLost(Hub.USER, 1, "wss://x?access_token=s3cret"))
    key = "s3cret"
    try:
        raise ValueError(key)
    except ValueError:
        logger.exception("login with {}", key)
    log.close()
    text = path.read_text("utf-8")
    assert "access_token=***" in text
    assert "login with ***" in text
    assert "ValueError: ***" in text
    assert "s3cret" not in text


def test_a_text_from_outside_cannot_make_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = Log(path, INSTRUMENTS, said)
    Story(log).tell(HubLost(Hub.USER, 1, "gone\n2025-01-15 [INFO] FILL: BOUGHT {0} 9 MES"))
    log.close()
    assert len(path.read_text("utf-8").splitlines()) == 1


def test_two_sessions_in_one_process_keep_to_their_own_files(tmp_path: Path) -> None:
    one, two = (Log(tmp_path / name, INSTRUMENTS, said) for name in ("one", "two"))
    Story(one).tell(HubLost(Hub.USER, 1, "gone"))
    logger.info("to everyone")
    one.close()
    two.close()
    assert len((tmp_path / "one").read_text("utf-8").splitlines()) == 2
    assert (tmp_path / "two").read_text("utf-8").rstrip().endswith("[INFO] to everyone")


def test_an_unwritable_folder_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        Log(tmp_path / "missing" / "log", INSTRUMENTS, said)
