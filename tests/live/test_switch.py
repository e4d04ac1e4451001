"""The kill switch, each way of throwing it, on a real process with a position open."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live.bench import ROOT, Engine, until
from tests.simulation.strategies import EAGER

pytestmark = [pytest.mark.realtime, pytest.mark.slow]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    started = Engine.start(tmp_path, *(f"-o{override}" for override in EAGER))
    yield started
    started.kill()


def by_file(engine: Engine) -> None:
    (engine.logs / "KILL").touch()


def by_signal(engine: Engine) -> None:
    engine.send(signal.SIGUSR1)


def by_command(engine: Engine) -> None:
    command = [sys.executable, "-m", "tools.kill", "--logs", str(engine.logs)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=250
    )
    assert done.stdout == f"{engine.logs / 'KILL'}: on; remove the file before the next start\n"


@pytest.mark.parametrize(
    ("throw", "subject"), [(by_file, "file"), (by_signal, "signal"), (by_command, "file")]
)
def test_the_switch_closes_everything_and_halts(
    engine: Engine, throw: Callable[[Engine], None], subject: str
) -> None:
    until("a position", lambda: engine.process.poll() is None and engine.phase() == "protected")
    throw(engine)
    until("flat", lambda: engine.said("Flattened"))
    until("halted", lambda: [s for s in engine.said("StateChanged") if s["state"] == "HALTED"])
    engine.send(signal.SIGTERM)
    outcome = engine.wait()
    assert outcome.code == 10, outcome.err
    (alarm,) = [a for a in engine.said("Alarm") if a["kind"] == "kill_switch"]
    assert alarm["subject"] == subject
    report = outcome.judged()
    assert report.flat
    assert not any(report.violations.values()), report.details


def test_no_session_begins_while_the_switch_is_on(tmp_path: Path) -> None:
    (tmp_path / "KILL").touch()
    outcome = Engine.start(tmp_path).wait()
    assert (outcome.code, outcome.out) == (9, "")
    words = f"files: the kill switch is on: {tmp_path / 'KILL'} is there; remove it\n"
    assert outcome.err == words
    assert not list(tmp_path.glob("trace_*")), "nothing was begun"


def test_a_folder_that_is_not_there_is_one_line() -> None:
    command = [sys.executable, "-m", "tools.kill", "--logs", "no/such/folder"]
    done = subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=250
    )
    assert done.returncode == 9
    assert done.stderr == "files: no/such/folder/KILL: No such file or directory\n"
