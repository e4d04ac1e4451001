"""The account's name, typed at a real terminal (a pty) or given."""

import io
import os
from collections.abc import Iterator
from typing import TextIO, cast

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
    shown = ""
    while "LIVE: type the account's name to trade it: " not in shown:  # else: pytest's timeout
        shown += os.read(person, 1_000).decode()
    assert "RISK: at most $50.00 can be lost today\r\n" in shown


@pytest.mark.parametrize("typed", ["", "50K", "50k-7", "yes", "50K-7 x"])
def test_anything_else_is_none(terminal: tuple[int, TextIO, TextIO], typed: str) -> None:
    person, reads, writes = terminal
    os.write(person, f"{typed}\n".encode())
    with pytest.raises(Withheld, match="is not the account's name"):
        consent("50K-7", None, [], reads, writes)


def test_ctrl_c_at_the_question_is_none(
    terminal: tuple[int, TextIO, TextIO],
) -> None:
    _, _, writes = terminal

    class Interrupted:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(Withheld, match="interrupted before a name was typed"):
        consent("50K-7", None, [], cast(TextIO, Interrupted()), writes)


def test_a_pipe_is_nobody() -> None:
    with pytest.raises(Withheld, match="--confirm"):
        consent("50K-7", None, [], io.StringIO("50K-7\n"), io.StringIO())


def test_who_cannot_see_the_question_or_answer_it_is_nobody(
    terminal: tuple[int, TextIO, TextIO],
) -> None:
    person, reads, writes = terminal
    os.write(person, b"50K-7\n")
    for answers, shown in ((reads, io.StringIO()), (io.StringIO("50K-7\n"), writes)):
        with pytest.raises(Withheld, match="--confirm"):
            consent("50K-7", None, [], answers, shown)


def test_the_name_given_beforehand_needs_no_terminal() -> None:
    shown = io.StringIO()
    consent("50K-7", "50K-7", ["x"], io.StringIO(), shown)
    assert shown.getvalue() == ""
    with pytest.raises(Withheld, match="'50K-8' is not the account's name"):
        consent("50K-7", "50K-8", [], io.StringIO(), io.StringIO())
