"""What every ledger promises: the file of a live session and the virtual one of a simulated one."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.ledger import Disk, Ledger, LedgerFailed, SqliteLedger, VirtualLedger
from messages.base import DOLLAR, SECOND, Message, Nanos
from messages.control import Latch, Latched, Ping, Unlatch
from messages.market import Side
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    Fill,
    FillEvent,
    FillsFound,
    Intent,
    IntentUnplaced,
    Order,
    OrderEvent,
    OrdersFound,
    OrderStatus,
    OrderType,
    Outcome,
    PlaceOrder,
    PlaceResult,
    Purpose,
)
from messages.position import Account, AccountEvent, DayFigures

FRIDAY: Nanos = 1_795_190_400 * SECOND
"""2026-11-20 16:00 UTC, on a trade date that began at 23:00 UTC the day before."""
DAY = 24 * 3_600 * SECOND
BEGAN: Nanos = FRIDAY - 17 * 3_600 * SECOND


@dataclass
class Shelf:
    """Where the ledgers of one test are opened, one after the other."""

    open_at: Callable[[str, Nanos], Ledger]
    opened: list[Ledger] = field(default_factory=list)

    def open(self, account: str = "A", session: Nanos = 1) -> Ledger:
        self.opened.append(self.open_at(account, session))
        return self.opened[-1]

    def reopen(self, account: str = "A") -> Ledger:
        self.opened[-1].close()
        return self.open(account, session=2)


@pytest.fixture(params=["file", "virtual"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    disk = Disk()
    made = Shelf(
        (lambda account, session: SqliteLedger(tmp_path / "ledger.sqlite", account, session))
        if request.param == "file"
        else (lambda account, session: VirtualLedger(disk, account, session))
    )
    yield made
    for ledger in made.opened:
        ledger.close()


def intent(tag: str, contract: str = "C") -> PlaceOrder:
    return PlaceOrder(contract, tag, Purpose.ENTRY, OrderType.MARKET, Side.BUY, 1)


def tags(ledger: Ledger) -> tuple[str, ...]:
    """Of the unproven intents."""
    return tuple(one.request.tag for one in ledger.unproven())


def result(tag: str, outcome: Outcome, order: int | None = None) -> PlaceResult:
    return PlaceResult("C", tag, Purpose.ENTRY, outcome, order, "code")


def order(id: int, tag: str | None, status: OrderStatus = OrderStatus.OPEN) -> Order:
    return Order(id, "C", status, OrderType.MARKET, Side.BUY, 1, 0, 5, tag=tag)


def balance(dollars: int) -> Account:
    return Account(7, "demo", dollars * DOLLAR, True)


@pytest.mark.parametrize("answer", [None, Outcome.UNKNOWN])
def test_an_intent_without_a_proven_outcome_is_known_to_the_next_session(
    shelf: Shelf, answer: Outcome | None
) -> None:
    ledger = shelf.open()
    number = ledger.request(intent("ff-1"), 5)
    if answer is not None:
        ledger.answer(number, result("ff-1", answer), 6)
    assert tags(ledger) == ("ff-1",)
    assert tags(shelf.reopen()) == ("ff-1",)


@pytest.mark.parametrize("answer", [Outcome.ACCEPTED, Outcome.REFUSED])
def test_a_proven_intent_stays_proven(shelf: Shelf, answer: Outcome) -> None:
    ledger = shelf.open()
    number = ledger.request(intent("ff-1"), 5)
    ledger.answer(number, result("ff-1", answer, 7), 6)
    ledger.answer(number, result("ff-1", Outcome.UNKNOWN), 7)
    assert tags(ledger) == ()
    assert tags(shelf.reopen()) == ()


@pytest.mark.parametrize(
    "told", [OrderEvent(order(7, "ff-1"), 6), OrdersFound((order(6, None), order(7, "ff-1")), 6)]
)
def test_an_order_with_its_tag_proves_an_intent(shelf: Shelf, told: Message) -> None:
    ledger = shelf.open()
    number = ledger.request(intent("ff-1"), 5)
    ledger.request(intent("ff-2"), 5)
    ledger.record(told, 6)
    ledger.answer(number, result("ff-1", Outcome.UNKNOWN), 7)
    assert tags(ledger) == ("ff-2",)
    assert tags(shelf.reopen()) == ("ff-2",)


def test_an_unproven_intent_is_told_whole(shelf: Shelf) -> None:
    shelf.open().request(intent("ff-1"), 5)
    assert shelf.reopen().unproven() == (Intent(intent("ff-1"), 5),)


def test_an_intent_that_was_never_placed_is_closed(shelf: Shelf) -> None:
    ledger = shelf.open()
    ledger.request(intent("ff-1"), 5)
    ledger.record(IntentUnplaced("C", "ff-1", "words"), 6)
    assert tags(ledger) == ()
    assert tags(shelf.reopen()) == ()


def test_a_tag_is_never_used_twice_not_even_by_another_session(shelf: Shelf) -> None:
    shelf.open().request(intent("ff-1"), 5)
    with pytest.raises(LedgerFailed, match="tag"):
        shelf.opened[-1].request(intent("ff-1"), 6)
    with pytest.raises(LedgerFailed, match="tag"):
        shelf.reopen().request(intent("ff-1"), 7)


def test_cancels_and_closes_are_written_and_are_no_intents(shelf: Shelf) -> None:
    ledger = shelf.open()
    first = ledger.request(CancelOrder("C", 7), 5)
    assert ledger.request(CloseContract("C"), 6) != first
    ledger.answer(first, CancelResult("C", 7, Outcome.UNKNOWN, "timed_out"), 7)
    assert tags(ledger) == ()


def test_intents_of_another_account_are_not_asked_for_here(shelf: Shelf) -> None:
    shelf.open("A").request(intent("ff-1"), 5)
    assert tags(shelf.reopen("B")) == ()
    assert tags(shelf.reopen("A")) == ("ff-1",)


def test_a_fill_or_figures_told_twice_are_kept_once(shelf: Shelf) -> None:
    ledger = shelf.open()
    fill = Fill(1, 7, "C", Side.BUY, 1, 400, 3_700, None, FRIDAY)
    figures = DayFigures(-5 * DOLLAR, 1, 1, FRIDAY)
    for told in (FillEvent(fill, 5), FillsFound((fill,), 5, 0), figures, figures):
        ledger.record(told, FRIDAY)


def test_what_it_does_not_keep_is_a_mistake(shelf: Shelf) -> None:
    with pytest.raises(TypeError, match="Ping"):
        shelf.open().record(Ping(1), 5)


def test_the_high_water_is_of_the_ends_of_earlier_trade_dates(shelf: Shelf) -> None:
    ledger = shelf.open()
    assert ledger.high_water(BEGAN) is None
    for at, dollars in (
        (FRIDAY - 2 * DAY, 50_900),  # within the date, not at its end
        (FRIDAY - 2 * DAY + SECOND, 50_300),
        (FRIDAY - DAY, 50_100),
        (FRIDAY, 51_000),
    ):
        ledger.record(AccountEvent(balance(dollars), at), at)
    assert ledger.high_water(BEGAN) == 50_300 * DOLLAR
    again = shelf.reopen()
    assert again.high_water(BEGAN) == 50_300 * DOLLAR
    assert again.high_water(BEGAN + DAY) == 51_000 * DOLLAR
    assert shelf.reopen("B").high_water(BEGAN) is None


def test_a_trade_date_ends_at_its_own_hour_not_at_midnight(shelf: Shelf) -> None:
    ledger = shelf.open()
    ledger.record(AccountEvent(balance(50_000), BEGAN - 1), BEGAN - 1)
    ledger.record(AccountEvent(balance(50_500), BEGAN), BEGAN)
    assert ledger.high_water(BEGAN) == 50_000 * DOLLAR


def test_an_accounts_latch_stands_until_it_is_lifted(shelf: Shelf) -> None:
    ledger = shelf.open("A")
    for at, told in enumerate((Latch("a", "x"), Latch("b", "y"), Latch("a", "z")), 5):
        ledger.record(told, at)
    both = (Latched("a", "x", 5), Latched("b", "y", 6))
    assert ledger.latched() == both
    again = shelf.reopen("A")
    assert again.latched() == both
    again.record(Unlatch("a", "why"), 8)
    again.record(Unlatch("a", "why"), 9)
    assert shelf.reopen("A").latched() == (Latched("b", "y", 6),)
    shelf.opened[-1].record(Latch("a", "once more"), 10)
    assert shelf.reopen("A").latched() == (Latched("b", "y", 6), Latched("a", "once more", 10))


def test_what_one_account_has_lost_does_not_latch_another(shelf: Shelf) -> None:
    shelf.open("A").record(Latch("daily_loss", "of A"), 5)
    other = shelf.reopen("B")
    assert other.latched() == ()
    other.record(Latch("daily_loss", "of B"), 6)
    assert shelf.reopen("B").latched() == (Latched("daily_loss", "of B", 6),)
    shelf.opened[-1].record(Unlatch("daily_loss", "why"), 7)
    assert shelf.reopen("A").latched() == (Latched("daily_loss", "of A", 5),)


@pytest.mark.parametrize("synced", [True, False])
def test_a_virtual_crash_takes_what_was_not_synced(synced: bool) -> None:
    disk = Disk()
    ledger = VirtualLedger(disk, "A", 1)
    ledger.request(intent("ff-1"), 5)
    disk.sync()
    ledger.request(intent("ff-2"), 6)
    if synced:
        ledger.close()
    disk.crash()
    expected = ("ff-1", "ff-2") if synced else ("ff-1",)
    assert tags(VirtualLedger(disk, "A", 2)) == expected


TAGS = st.sampled_from(["ff-1", "ff-2", "ff-3"])
DEEDS = st.one_of(
    st.tuples(st.just("ask"), TAGS),
    st.tuples(st.just("answer"), st.integers(1, 4), st.sampled_from(Outcome)),
    st.tuples(st.just("order"), TAGS, st.sampled_from(OrderStatus)),
    st.tuples(st.just("unplaced"), TAGS),
    st.tuples(st.just("balance"), st.integers(-3, 0), st.integers(49_000, 51_000)),
    st.tuples(st.just("latch"), st.sampled_from("ab")),
    st.tuples(st.just("unlatch"), st.sampled_from("ab")),
    st.tuples(st.just("reopen"), st.sampled_from("AB")),
)


class Pair:
    """A file and a virtual ledger that are told the same."""

    def __init__(self, path: Path) -> None:
        self.path, self.disk = path, Disk()
        self.ledgers: tuple[Ledger, ...] = ()
        self.numbers: list[tuple[int, ...]] = []
        self.open()

    def open(self, account: str = "A") -> None:
        self.close()
        self.ledgers = SqliteLedger(self.path, account, 1), VirtualLedger(self.disk, account, 1)

    def close(self) -> None:
        for ledger in self.ledgers:
            ledger.close()

    def do(self, at: Nanos, deed: tuple[object, ...]) -> None:
        match deed:
            case ("ask", str(tag)):
                self._ask(tag, at)
            case ("answer", int(nth), Outcome() as outcome):
                for ledger, number in zip(self.ledgers, self._number(nth), strict=False):
                    ledger.answer(number, result("any", outcome, 7), at)
            case ("order", str(tag), OrderStatus() as status):
                self._record(OrderEvent(order(7, tag, status), at), at)
            case ("unplaced", str(tag)):
                self._record(IntentUnplaced("C", tag, "words"), at)
            case ("balance", int(days), int(dollars)):
                when = FRIDAY + days * DAY
                self._record(AccountEvent(balance(dollars), when), at)
            case ("latch", str(code)):
                self._record(Latch(code, "words"), at)
            case ("unlatch", str(code)):
                self._record(Unlatch(code, "words"), at)
            case (_, str(account)):
                self.open(account)
            case _:
                raise AssertionError(deed)

    def answers(self) -> list[object]:
        return [(one.unproven(), one.latched(), one.high_water(BEGAN)) for one in self.ledgers]

    def _ask(self, tag: str, at: Nanos) -> None:
        given: list[int | str] = []
        for ledger in self.ledgers:
            try:
                given.append(ledger.request(intent(tag), at))
            except LedgerFailed:
                given.append("taken")
        assert (given[0] == "taken") == (given[1] == "taken")
        if isinstance(given[0], int) and isinstance(given[1], int):
            self.numbers.append((given[0], given[1]))

    def _number(self, nth: int) -> tuple[int, ...]:
        return self.numbers[nth - 1] if nth <= len(self.numbers) else ()

    def _record(self, message: Message, at: Nanos) -> None:
        for ledger in self.ledgers:
            ledger.record(message, at)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=st.lists(DEEDS, max_size=15))
def test_file_and_virtual_ledger_never_differ(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[tuple[object, ...]]
) -> None:
    pair = Pair(tmp_path_factory.mktemp("pair") / "ledger.sqlite")
    try:
        for at, deed in enumerate(deeds, 1):
            pair.do(at, deed)
            first, second = pair.answers()
            assert first == second, json.dumps(deeds, default=str)
    finally:
        pair.close()
