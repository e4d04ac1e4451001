"""A console that takes nothing (Ctrl-S, a selection in a window, a pipe that nobody reads) freezes
neither the session nor its supervision, in real processes on a real pseudo-terminal.
"""

import os
import pty
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.live.bench import ROOT, Engine, until
from tests.simulation.strategies import EAGER

pytestmark = [pytest.mark.realtime, pytest.mark.slow]


def test_a_frozen_terminal_does_not_freeze_supervision(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "supervisor.py", "--logs", str(tmp_path), *(f"-o{e}" for e in EAGER)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        text=True,
        start_new_session=True,
    )
    engine = Engine(tmp_path, process)
    try:
        until("a position", lambda: engine.phase() == "protected")
        termios.tcflow(theirs, termios.TCOOFF)  # Ctrl-S
        before = len(engine.said("Leased"))
        until("ten seconds of leases", lambda: len(engine.said("Leased")) > before + 40)
        assert "taken_over" not in [row["kind"] for row in engine.said("Alarm")]
        engine.send(signal.SIGTERM)
        outcome = engine.wait()
        assert outcome.code == 0
        assert outcome.metrics["state_at_end"] == "FLAT"
    finally:
        engine.kill()
        os.close(ours)
        os.close(theirs)
