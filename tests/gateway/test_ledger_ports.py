"""The ledger's ports: written before it is sent, and what happens when it cannot be written."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from gateway.ledger import (
    NOT_WRITTEN,
    Clerk,
    Disk,
    LedgerFailed,
    RecordPort,
    VirtualLedger,
    WriteAhead,
)
from gateway.ledger.ledger import Request
from gateway.ledger.sqlite import SqliteLedger
from messages.base import DOLLAR, Message
from messages.control import Alarm, AlarmKind, Latch
from messages.market import Side
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    CloseResult,
    Intent,
    IntentsFound,
    OrderType,
    Outcome,
    PlaceOrder,
    PlaceResult,
    Purpose,
    QueryIntents,
)
from messages.position import Account, AccountEvent, HighWater, QueryHighWater

ENTRY = PlaceOrder("C", "ff-1", Purpose.ENTRY, OrderType.MARKET, Side.BUY, 1)
DONE = PlaceResult("C", "ff-1", Purpose.ENTRY, Outcome.ACCEPTED, 7, "success")
CLOSED = CloseResult("C", Outcome.ACCEPTED, "success")
CANCELLED = CancelResult("C", 7, Outcome.ACCEPTED, "success")


class Venue:
    """Answers as told, and looks into the ledger while it is asked."""

    def __init__(self, *answers: Message, path: Path | None = None) -> None:
        self.path = path
        self.answers = answers
        self.asked: list[Message] = []
        self.written: list[str] = []

    def handle(self, message: Message) -> Iterable[Message]:
        self.asked.append(message)
        if self.path is not None:
            base = sqlite3.connect(self.path)
            self.written += [kind for (kind,) in base.execute("SELECT kind FROM requests")]
            base.close()
        return self.answers


def virtual() -> tuple[Disk, Clerk]:
    disk = Disk()
    return disk, Clerk(VirtualLedger(disk, "A", 1))


def test_an_intent_is_in_the_file_before_it_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    venue = Venue(DONE, path=path)
    ledger = SqliteLedger(path, "A", 1)
    assert list(WriteAhead(venue, Clerk(ledger), lambda: 5).handle(ENTRY)) == [DONE]
    assert venue.written == ["PlaceOrder"]
    assert ledger.unproven() == ()
    ledger.close()


def test_a_tag_is_never_used_twice_and_the_second_is_not_sent() -> None:
    _, clerk = virtual()
    venue = Venue(DONE)
    port = WriteAhead(venue, clerk, lambda: 5)
    list(port.handle(ENTRY))
    alarm, refused = port.handle(ENTRY)
    assert isinstance(alarm, Alarm)
    assert isinstance(refused, PlaceResult)
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, NOT_WRITTEN)
    assert venue.asked == [ENTRY]


def test_an_entry_is_not_sent_while_the_ledger_cannot_be_written() -> None:
    disk, clerk = virtual()
    disk.broken = "disk full"
    venue = Venue(DONE)
    alarm, refused = WriteAhead(venue, clerk, lambda: 5).handle(ENTRY)
    assert alarm == Alarm(AlarmKind.LEDGER, "ledger", "ledger: disk full")
    assert isinstance(refused, PlaceResult)
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, NOT_WRITTEN)
    assert venue.asked == []


def test_cancels_and_closes_go_out_all_the_same_and_the_alarm_is_told_once() -> None:
    disk, clerk = virtual()
    disk.broken = "disk full"
    venue = Venue(CLOSED)
    port = WriteAhead(venue, clerk, lambda: 5)
    alarm, answer = port.handle(CloseContract("C"))
    assert isinstance(alarm, Alarm)
    assert answer == CLOSED
    assert list(port.handle(CloseContract("C"))) == [CLOSED]
    assert len(venue.asked) == 2


def test_a_way_out_does_not_wait_for_a_ledger_that_has_failed() -> None:
    class Slow(VirtualLedger):
        tried = 0

        def request(self, message: Request, at: int) -> int:
            self.tried += 1  # the file's takes a quarter of a second where somebody locks it
            return super().request(message, at)

    disk = Disk()
    disk.broken = "locked"
    ledger = Slow(disk, "A", 1)
    port = WriteAhead(Venue(CANCELLED), Clerk(ledger), lambda: 5)
    for _ in range(3):
        list(port.handle(CancelOrder("C", 7)))
    assert ledger.tried == 1


def test_an_answer_that_cannot_be_written_is_given_and_told_of() -> None:
    disk, clerk = virtual()

    class Breaking(Venue):
        def handle(self, message: Message) -> Iterable[Message]:
            disk.broken = "disk full"
            return super().handle(message)

    answer, alarm = WriteAhead(Breaking(DONE), clerk, lambda: 5).handle(ENTRY)
    assert answer == DONE
    assert isinstance(alarm, Alarm)


def test_records_that_fail_are_told_of_once_and_again_after_they_have_worked() -> None:
    disk, clerk = virtual()
    port = RecordPort(clerk, lambda: 5)
    alarms = []
    for broken in ("disk full", "disk full", "", "disk full"):
        disk.broken = broken
        alarms.append(len(list(port.handle(Latch("a", "words")))))
    assert alarms == [1, 0, 0, 1]


def test_intents_are_asked_of_the_ledger_and_answered_even_if_it_fails() -> None:
    disk, clerk = virtual()
    list(WriteAhead(Venue(), clerk, lambda: 5).handle(ENTRY))
    port = RecordPort(clerk, lambda: 6)
    assert list(port.handle(QueryIntents())) == [IntentsFound((Intent(ENTRY, 5),))]

    class Unreadable(VirtualLedger):
        def unproven(self) -> tuple[Intent, ...]:
            raise LedgerFailed("ledger: damaged")

    failing = RecordPort(Clerk(Unreadable(disk, "A", 1)), lambda: 7)
    answer, alarm = failing.handle(QueryIntents())
    assert answer == IntentsFound(())
    assert isinstance(alarm, Alarm)


def test_the_high_water_is_asked_of_the_ledger() -> None:
    _, clerk = virtual()
    port = RecordPort(clerk, lambda: 5)
    assert list(port.handle(QueryHighWater(100))) == [HighWater(None, 100)]
    list(port.handle(AccountEvent(Account(7, "demo", 5 * DOLLAR, True), 5)))
    later = 2 * 86_400 * 1_000_000_000
    assert list(port.handle(QueryHighWater(later))) == [HighWater(5 * DOLLAR, later)]
