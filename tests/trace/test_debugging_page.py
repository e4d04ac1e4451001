"""docs/debugging.md: the commands about its virtual session end as the page shows."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.trace.bench import ROOT, Session, run
from tools.trace.__main__ import app

PAGE = (ROOT / "docs" / "debugging.md").read_text("utf-8")
TRACE = "session.jsonl"
"""What the page calls the session that the fixture makes too."""


class Shown(NamedTuple):
    """A command of the page, and the exit code that it shows; 0 where it shows none."""

    words: tuple[str, ...]
    code: int


def shown() -> list[Shown]:
    found = []
    for command, following in re.findall(
        r"^    \$ (python .*)((?:\n    (?!\$ python).*)*)", PAGE, re.M
    ):
        words = shlex.split(command.partition(">")[0])
        code = re.search(r"^    \$ echo \$\?\n    (\d+)$", following, re.M)
        if words[:3] == ["python", "-m", "tools.trace"] and TRACE in words:
            found.append(Shown(tuple(words[3:]), int(code[1]) if code else 0))
    return found


def test_the_page_asks_its_virtual_session_something() -> None:
    assert len(shown()) >= 8
    assert {0, 2} <= {each.code for each in shown()}


@pytest.mark.parametrize("command", shown(), ids=lambda command: " ".join(command.words))
def test_a_command_ends_as_the_page_shows(command: Shown, session: Session) -> None:
    ended = run(*(session.trace if word == TRACE else word for word in command.words))
    assert ended.returncode == command.code, ended.stderr
    assert bool(ended.stdout) == (command.code == 0)


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


def test_every_command_has_its_row_in_the_overview() -> None:
    rows = set(re.findall(r"^\| `(\w+) ", PAGE, re.M))
    commands = {command.name or command.callback.__name__ for command in app.registered_commands
                if command.callback is not None}  # fmt: skip
    assert commands <= rows
