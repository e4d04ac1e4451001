"""docs/debugging.md: the commands about its virtual session print and end as the page shows."""

import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.trace.bench import ROOT, Session, run
from tools.trace.__main__ import app

PAGE = (ROOT / "docs" / "debugging.md").read_text("utf-8")
TRACE = "session.jsonl"
"""What the page calls the session that the fixture makes too."""


CUT = "..."
"""A line of the page that stands for any number of lines left out."""


class Shown(NamedTuple):
    """A command of the page, the exit code that it shows (0 where it shows none), and its lines."""

    words: tuple[str, ...]
    code: int
    lines: tuple[str, ...]


def shown() -> list[Shown]:
    found = []
    for command, following, drawn in re.findall(
        r"^    \$ (python .*)((?:\n    (?!\$ python).*)*)(\n+```mermaid\n(?s:.*?)```)?", PAGE, re.M
    ):
        words = shlex.split(command.partition(">")[0])
        printed, _, code = following.partition("\n    $ echo $?\n    ")
        lines = drawn.strip().splitlines() or [line[4:] for line in printed.splitlines()[1:]]
        if words[:3] == ["python", "-m", "tools.trace"] and TRACE in words:
            found.append(Shown(tuple(words[3:]), int(code or 0), tuple(lines)))
    return found


def left_out(lines: Sequence[str]) -> str:
    """A pattern of whole lines, any number of them where the page has CUT."""
    return "".join("(?:.*\n)*?" if line == CUT else f"{re.escape(line)} *\n" for line in lines)


def test_the_page_asks_its_virtual_session_something() -> None:
    assert len(shown()) >= 8
    assert {0, 2} <= {each.code for each in shown()}


@pytest.mark.parametrize("command", shown(), ids=lambda command: " ".join(command.words))
def test_a_command_ends_as_the_page_shows(command: Shown, session: Session) -> None:
    ended = run(*(session.trace if word == TRACE else word for word in command.words))
    assert ended.returncode == command.code, ended.stderr
    assert bool(ended.stdout) == (command.code == 0)
    assert command.lines, "the page shows nothing of it"
    printed = ended.stdout or ended.stderr
    assert re.fullmatch(left_out(command.lines), printed), printed


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
    lines = [line[4:] for line in printed.splitlines()]
    assert re.fullmatch(left_out(lines), ended.stdout), ended.stdout


def test_every_command_has_its_row_in_the_overview() -> None:
    rows = set(re.findall(r"^\| `(\w+) ", PAGE, re.M))
    commands = {command.name or command.callback.__name__ for command in app.registered_commands
                if command.callback is not None}  # fmt: skip
    assert commands <= rows
