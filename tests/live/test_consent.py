"""Before real money is traded somebody says so. The simulator stands for the real hosts: only what
the engine thinks of its address is changed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.bench import PATIENCE_S, ROOT, Engine, Outcome, Simulator, simulator, until

pytestmark = [pytest.mark.realtime, pytest.mark.slow]

AS_IF_REAL = """
import sys
from config.schema import Api
Api.here = property(lambda self: False)
import supervisor
sys.argv[0] = "supervisor.py"
supervisor.main()
"""
LOGIN = {"TOPSTEPX_USERNAME": "demo", "TOPSTEPX_API_KEY": "demo"}


@pytest.fixture(scope="module")
def venue() -> Iterator[Simulator]:
    with simulator() as running:
        yield running


def start(venue: Simulator, logs: Path, *arguments: str, stdin: int) -> Engine:
    command = [sys.executable, "-c", AS_IF_REAL, "--logs", str(logs), *venue.settings, *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **LOGIN}, stdin=stdin,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    return Engine(logs, process)


def name(venue: Simulator) -> str:
    """The name of the account that the simulator gives out."""
    command = [sys.executable, "-m", "tools.account", "list", "--url", venue.rest, "--json"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=250
    )
    return str(json.loads(done.stdout)[0]["name"])


def refused(outcome: Outcome, *words: str) -> None:
    assert outcome.code == 2, outcome.err
    (line,) = outcome.err.splitlines()
    for word in words:
        assert word in line
    assert not list(outcome.logs.glob("trace_*")), "nothing was begun"


def test_without_a_terminal_or_a_name_nothing_begins(venue: Simulator, tmp_path: Path) -> None:
    engine = start(venue, tmp_path, stdin=subprocess.DEVNULL)
    refused(engine.wait(), "--confirm", name(venue))


def test_a_wrong_name_begins_nothing(venue: Simulator, tmp_path: Path) -> None:
    engine = start(venue, tmp_path, "--confirm=somebody-else", stdin=subprocess.DEVNULL)
    refused(engine.wait(), "'somebody-else' is not the account's name")


def test_with_the_right_name_the_session_begins(venue: Simulator, tmp_path: Path) -> None:
    right = f"--confirm={name(venue)}"
    engine = start(venue, tmp_path, right, "--duration=2", stdin=subprocess.DEVNULL)
    outcome = engine.wait()
    assert outcome.code == 0, outcome.err
    assert "RISK: at most $50.00 can be lost today (daily_loss binds first)" in outcome.err
    (log,) = tmp_path.glob("trading_*.log")
    assert "RISK: at most $50.00" in log.read_text()


def test_observing_needs_no_consent(venue: Simulator, tmp_path: Path) -> None:
    engine = start(venue, tmp_path, "--observe", "--duration=1", stdin=subprocess.DEVNULL)
    outcome = engine.wait()
    assert outcome.code == 0, outcome.err


@pytest.mark.parametrize("typed", ["right", "wrong"])
def test_a_person_at_a_terminal_is_asked(venue: Simulator, tmp_path: Path, typed: str) -> None:
    pty = pytest.importorskip("pty", reason="pseudo-terminals are for Linux and macOS")
    person, program = pty.openpty()
    command = [sys.executable, "-c", AS_IF_REAL, "--logs", str(tmp_path), *venue.settings]
    with subprocess.Popen(
        [*command, "--duration=1"], cwd=ROOT, env={**os.environ, **LOGIN}, stdin=program,
        stdout=subprocess.DEVNULL, stderr=program, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            os.close(program)
            shown = bytearray()

            def asked() -> bool:
                shown.extend(os.read(person, 4_096))
                return b"type the account's name" in shown

            until("the question", asked)
            assert b"RISK: at most $50.00 can be lost today" in shown
            assert not list(tmp_path.glob("trace_*"))
            os.write(person, f"{name(venue) if typed == 'right' else 'yes'}\n".encode())
            while True:  # the status line, until the process closes its end
                try:
                    if not os.read(person, 4_096):
                        break
                except OSError:
                    break
            assert process.wait(PATIENCE_S) == (0 if typed == "right" else 2)
            assert bool(list(tmp_path.glob("trace_*"))) is (typed == "right")
        finally:
            process.kill()
            os.close(person)
