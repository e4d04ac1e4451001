"""A tool at a real terminal: tables with lines, and a question that is answered."""

import os
import subprocess
import sys

import pytest

from tests.console.bench import ROOT, Tool

pty = pytest.importorskip("pty", reason="no pseudo terminals here")


def at_a_terminal(venue: str, typed: str, *arguments: str) -> tuple[int, str]:
    """Exit code and what stands on the screen."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, "FAILFLAT_URL": venue, "COLUMNS": "200", "TERM": "dumb"}
    command = [sys.executable, "-m", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        os.write(ours, typed.encode())
        screen = b""
        while data := _read(ours):
            screen += data
    os.close(ours)
    return process.returncode, screen.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that the other side has closed it
        return b""


def test_a_terminal_gets_a_table_with_lines(venue: str) -> None:
    code, screen = at_a_terminal(venue, "", "tools.account", "check")
    assert code == 0
    assert "┃ check" in screen
    assert "PRAC-V2-000111-22223333 (48120077)" in screen


def test_json_is_json_on_a_terminal_too(venue: str) -> None:
    code, screen = at_a_terminal(venue, "", "tools.account", "list", "--json")
    assert (code, screen.split()[0]) == (0, "[")


def test_a_question_is_answered_there(venue: str, tool: Tool) -> None:
    order = ("tools.order", "place", "buy", "1", "--type", "limit", "--limit", "5000")
    code, screen = at_a_terminal(venue, "n\n", *order)
    assert code == 7
    assert "with NO stop in PRAC-V2-000111-22223333? [y/N]" in screen
    assert "check: nothing was sent" in screen
    code, screen = at_a_terminal(venue, "y\n", *order)
    assert (code, "accepted" in screen) == (0, True)
    assert tool("flatten", "all", "--yes").code == 0
