"""docs/doctor.md: the session that it has crash, and what the doctor says of it."""

import subprocess
import sys
from pathlib import Path

from tests.pages import Shown, shown
from tests.trace.bench import ROOT

TRACE = "trace_crash.jsonl"


def ended(command: Shown, trace: Path) -> str:
    """What it prints; it ends as the page shows."""
    words = [str(trace) if word == TRACE else word for word in command.words]
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == command.code, done.stderr
    return done.stdout


def test_the_doctor_says_what_its_page_shows(tmp_path: Path) -> None:
    commands = [each for each in shown("doctor.md", "-m") if TRACE in each.words]
    assert [each.words[1] for each in commands] == ["tools.simulate", "tools.trace"]
    for command in commands:
        printed = ended(command, tmp_path / TRACE)
        assert command.printed(printed), printed
