"""The ledger keeps every intent before it is sent, and never loses one."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from gateway.ledger import NOT_WRITTEN, Ledger, LedgerFailed, LedgerPort
from messages.base import Message
from messages.control import Alarm
from messages.market import Side
from messages.order import (
    CloseContract,
    CloseResult,
    OrderType,
    Outcome,
    PlaceOrder,
    PlaceResult,
    Purpose,
)

ROOT = Path(__file__).resolve().parents[2]
ENTRY = PlaceOrder("C", "ff-1", Purpose.ENTRY, OrderType.MARKET, Side.BUY, 1)
DONE = PlaceResult("C", "ff-1", Purpose.ENTRY, Outcome.ACCEPTED, 7, "success")
DOUBT = PlaceResult("C", "ff-1", Purpose.ENTRY, Outcome.UNKNOWN, None, "timed_out")


class Venue:
    """Answers as told, and looks into the ledger while it is asked."""

    def __init__(self, path: Path, *answers: Message) -> None:
        self.path = path
        self.answers = answers
        self.asked: list[Message] = []
        self.written: list[str] = []

    def handle(self, message: Message) -> Iterable[Message]:
        self.asked.append(message)
        with sqlite3.connect(self.path) as base:
            self.written += [kind for (kind,) in base.execute("SELECT kind FROM requests")]
        return self.answers


def port(path: Path, venue: Venue) -> tuple[LedgerPort, Ledger]:
    ledger = Ledger(path, session=1)
    return LedgerPort(venue, ledger, lambda: 5), ledger


def test_an_intent_is_in_the_file_before_it_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    venue = Venue(path, DONE)
    gate, ledger = port(path, venue)
    assert list(gate.handle(ENTRY)) == [DONE]
    assert venue.written == ["PlaceOrder"]
    assert ledger.unproven() == ()
    ledger.close()


@pytest.mark.parametrize("answers", [(), (DOUBT,)], ids=["none", "doubt"])
def test_an_intent_without_a_proven_outcome_is_known_to_the_next_session(
    tmp_path: Path, answers: tuple[Message, ...]
) -> None:
    path = tmp_path / "ledger.sqlite"
    gate, ledger = port(path, Venue(path, *answers))
    list(gate.handle(ENTRY))
    ledger.close()
    again = Ledger(path, session=2)
    assert again.unproven() == ("ff-1",)
    again.close()


def test_a_tag_is_never_used_twice_and_the_second_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    venue = Venue(path, DONE)
    gate, ledger = port(path, venue)
    list(gate.handle(ENTRY))
    alarm, refused = gate.handle(ENTRY)
    assert isinstance(alarm, Alarm)
    assert isinstance(refused, PlaceResult)
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, NOT_WRITTEN)
    assert venue.asked == [ENTRY]
    ledger.close()


def test_a_close_goes_out_even_if_the_ledger_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    closed = CloseResult("C", Outcome.ACCEPTED, "success")
    venue = Venue(path, closed)
    gate, ledger = port(path, venue)
    ledger.close()
    alarm, answer = gate.handle(CloseContract("C"))
    assert isinstance(alarm, Alarm)
    assert answer == closed
    assert venue.asked == [CloseContract("C")]


def test_a_file_that_is_no_ledger_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"not a database, but somebody's" * 100)
    before = path.read_bytes()
    with pytest.raises(LedgerFailed, match=r"ledger: .*ledger\.sqlite: file is not a database"):
        Ledger(path, session=1)
    assert path.read_bytes() == before


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerFailed, match="schema 99 is newer"):
        Ledger(path, session=1)


def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    script = (
        "import sys; from pathlib import Path; from gateway.ledger import Ledger;"
        "from messages.order import *; from messages.market import Side;"
        "ledger = Ledger(Path(sys.argv[1]), 1);"
        "order = PlaceOrder('C', 'ff-9', Purpose.ENTRY, OrderType.MARKET, Side.BUY, 1);"
        "ledger.request(order, 5); print('written', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        os.kill(process.pid, signal.SIGKILL)
    ledger = Ledger(path, session=2)
    assert ledger.unproven() == ("ff-9",)
    ledger.close()
