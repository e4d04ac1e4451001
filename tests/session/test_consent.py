"""The account's name, typed at a real terminal (a pty) or given."""

import io
import os
from collections.abc import Iterator
from select import select
from typing import TextIO

import pytest

from actors.session.consent import Withheld, consent

pty = pytest.importorskip("pty", reason="pseudo-terminals are for Linux and macOS")


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO, TextIO]]:
    """The person's end, and the program's two streams."""
    person, program = pty.openpty()
    with open(program, closefd=False) as reads, open(program, "w") as writes:
        yield person, reads, writes
    os.close(person)


def test_the_name_typed_after_the_figures_is_consent(
    terminal: tuple[int, TextIO, TextIO],
) -> None:
    person, reads, writes = terminal
    os.write(person, b"50K-7\n")
    consent("50K-7", None, ["at most $50.00 can be lost today"], reads, writes)
    shown = until(person, "LIVE: type the account's name to trade it:")
    assert "RISK: at most $50.00 can be lost today" in shown


def until(person: int, wanted: str) -> str:
    """What the terminal shows up to some words. Its echo of what was typed comes when it likes."""
    shown = ""
    while wanted not in shown:
        assert select([person], [], [], 5)[0], shown
        shown += os.read(person, 1_000).decode()
    return shown.partition(wanted)[0]


@pytest.mark.parametrize("typed", ["", "50K", "50k-7", "yes", "50K-7 x"])
def test_anything_else_is_none(terminal: tuple[int, TextIO, TextIO], typed: str) -> None:
    person, reads, writes = terminal
    os.write(person, f"{typed}\n".encode())
    with pytest.raises(Withheld, match="is not the account's name"):
        consent("50K-7", None, [], reads, writes)


def test_a_pipe_is_nobody() -> None:
    with pytest.raises(Withheld, match="--confirm"):
        consent("50K-7", None, [], io.StringIO("50K-7\n"), io.StringIO())


def test_the_name_given_beforehand_needs_no_terminal() -> None:
    shown = io.StringIO()
    consent("50K-7", "50K-7", ["x"], io.StringIO(), shown)
    assert shown.getvalue() == ""
    with pytest.raises(Withheld, match="'50K-8' is not the account's name"):
        consent("50K-7", "50K-8", [], io.StringIO(), io.StringIO())
