"""docs/debugging.md: the commands about its virtual session print and end as the page shows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pages import DOCS, Shown, indented, shown
from tests.trace.bench import ROOT, Session, run
from tools.trace.__main__ import app

PAGE = (DOCS / "debugging.md").read_text("utf-8")
TRACE = "session.jsonl"
"""What the page calls the session that the fixture makes too."""

TOOL = ("-m", "tools.trace")
COMMANDS = [each for each in shown("debugging.md", *TOOL) if TRACE in each.words]


def test_the_page_asks_its_virtual_session_something() -> None:
    assert len(COMMANDS) >= 8
    assert {0, 2} <= {each.code for each in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.words))
def test_a_command_prints_and_ends_as_the_page_shows(command: Shown, session: Session) -> None:
    words = command.words[len(TOOL) :]
    ended = run(*(session.trace if word == TRACE else word for word in words))
    assert ended.returncode == command.code, ended.stderr
    assert bool(ended.stdout) == (command.code == 0)
    assert command.printed(ended.stdout or ended.stderr), ended.stdout + ended.stderr


def test_the_code_of_the_page_runs(session: Session, tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    assert f'Path("{TRACE}")' in code
    program = tmp_path / "notebook.py"
    program.write_text(code.replace(f'Path("{TRACE}")', f"Path({str(session.trace)!r})"), "utf-8")
    ended = subprocess.run(
        [sys.executable, "-c", "import runpy, sys; runpy.run_path(sys.argv[1])", str(program)],
        cwd=ROOT, capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stdout.splitlines()) > 10
    (printed,) = re.findall(r"^```python\n(?s:.*?)^```\n\n((?:    .*\n)+)", PAGE, re.M)
    assert Shown((), 0, tuple(indented(printed))).printed(ended.stdout), ended.stdout


def test_every_command_has_its_row_in_the_overview() -> None:
    rows = set(re.findall(r"^\| `(\w+) ", PAGE, re.M))
    commands = {command.name or command.callback.__name__ for command in app.registered_commands
                if command.callback is not None}  # fmt: skip
    assert commands <= rows
