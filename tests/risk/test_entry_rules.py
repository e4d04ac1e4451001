"""What one entry must satisfy: knowledge, room in its contract, fresh data, size."""

from decimal import Decimal

import pytest

from actors.risk.account import AccountState, unknown_account
from actors.risk.book import Book
from actors.risk.stops import TrueRanges
from messages.base import DOLLAR, MILLISECOND, SECOND
from messages.control import Latch
from messages.decision import Denial, Denied
from messages.market import BarClosed, MarketStatus, MarketStatusChanged, PastBars
from messages.order import Phase, PhaseChanged
from messages.position import Account, PositionChanged, Reconciled
from tests.risk.bench import (
    LIMIT_REACHED,
    MES,
    MNQ,
    NOW,
    Desk,
    bar,
    bars,
    figures,
    risk,
    signal,
    trading,
)


def unknown(restarted: bool = False) -> tuple[AccountState, Book]:
    account = unknown_account((MES,), risk(), restarted)
    account.market(MarketStatusChanged(MES.id, MarketStatus.OPEN, "prices come"))
    return account, Book(account, risk(), trading())


def test_nothing_is_allowed_until_everything_is_known() -> None:
    account, book = unknown()
    seen = [book.permission(NOW).words]
    account.account = Account(7, "PRAC-7", 1_000 * DOLLAR, True)
    seen.append(book.permission(NOW).words)
    account.figured(figures())
    seen.append(book.permission(NOW).words)
    account.phase_changed(PhaseChanged(MES.id, Phase.FLAT, "start"))
    seen.append(book.permission(NOW).words)
    assert all(words.startswith("starting (waiting for ") for words in seen)
    assert [words.count(",") for words in seen] == [3, 2, 1, 0]
    assert seen[3].endswith(f"(waiting for position of {MES.id})")
    account.reconciled(Reconciled(MES.id, 0, False))
    assert book.permission(NOW).allowed


def test_an_entry_needs_true_ranges_enough_for_its_stop() -> None:
    desk = Desk()
    desk.account.holdings[MES.id].ranges = TrueRanges(10)
    desk.account.past(PastBars(MES.id, bars(10)))
    assert desk.measured() == (Denial.STARTING, 6, 7, "readings")
    desk.account.closed(BarClosed(MES.id, bar(NOW + SECOND)))
    desk.approval()


def test_a_position_told_is_not_yet_reconciled_at_a_first_start() -> None:
    account, book = unknown()
    account.changed(PositionChanged(MES.id, 0, 0, 0, 0))
    assert "position of" in book.permission(NOW).words


def test_a_restarted_room_takes_the_position_room_s_repetition_for_reconciled() -> None:
    account, book = unknown(restarted=True)
    account.changed(PositionChanged(MES.id, 0, 0, 0, 0))
    assert "position of" not in book.permission(NOW).words


def test_a_restarted_position_room_must_reconcile_before_entries(desk: Desk) -> None:
    desk.account.doubt_positions()
    assert desk.denial().code is Denial.STARTING
    desk.hold(0)
    assert desk.denial().code is Denial.STARTING
    for one in (MES, MNQ):
        desk.account.reconciled(Reconciled(one.id, 0, False))
    desk.approval()


@pytest.mark.parametrize(
    ("latch", "expected"),
    [
        ("stale_data[CON.F.US.MES.Z26]", Denial.LATCHED),
        ("halted", Denial.HALTED),
    ],
)
def test_a_latch_denies_until_it_is_lifted(desk: Desk, latch: str, expected: Denial) -> None:
    desk.account.latches[latch] = "why"
    assert desk.measured() == (expected, 1, 0, "latches")
    assert desk.book.permission(NOW).words.endswith(f"({latch}: why)")
    del desk.account.latches[latch]
    desk.approval()


def test_one_latch_lifted_leaves_the_other(desk: Desk) -> None:
    for latch in (Latch("a", "first"), Latch("b", "second")):
        desk.account.latches[latch.code] = latch.words
    del desk.account.latches["a"]
    assert desk.denial().code is Denial.LATCHED


def test_a_limit_speaks_before_the_latch_that_follows_from_it(desk: Desk) -> None:
    desk.account.latches["daily_loss[account]"] = "words"
    desk.account.figured(LIMIT_REACHED)
    assert desk.denial().code is Denial.DAILY_LOSS
    broken = [rule.code for rule, _ in desk.book.broken(None, NOW)]
    assert broken == [Denial.DAILY_LOSS, Denial.LATCHED]


@pytest.mark.parametrize("size", [2, -2])
def test_nothing_is_added_to_a_position(desk: Desk, size: int) -> None:
    desk.phase(Phase.PROTECTED)
    desk.hold(size)
    assert desk.measured() == (Denial.IN_POSITION, 2, 0, "contracts")


@pytest.mark.parametrize("phase", [p for p in Phase if p is not Phase.FLAT])
def test_nothing_is_entered_while_orders_are_under_way(desk: Desk, phase: Phase) -> None:
    desk.phase(phase)
    assert desk.denial().code is Denial.STALE_ORDERS
    desk.phase(Phase.FLAT)
    desk.approval()


def test_an_approved_entry_bars_the_next_until_the_order_room_ends_it(desk: Desk) -> None:
    desk.approval()
    assert desk.denial(now=NOW + SECOND).code is Denial.STALE_ORDERS
    desk.phase(Phase.ENTERING)
    desk.phase(Phase.FLAT)
    desk.approval(now=NOW + SECOND)


def test_an_approved_entry_that_nobody_takes_up_bars_for_two_seconds(desk: Desk) -> None:
    desk.approval()
    desk.phase(Phase.FLAT)  # repeated for somebody else: it ends nothing
    almost, over = NOW + 2 * SECOND - 1, NOW + 2 * SECOND
    assert desk.denial(now=almost).code is Denial.STALE_ORDERS
    desk.approval(now=over)


def test_an_entry_in_one_contract_does_not_bar_another() -> None:
    desk = Desk(risk(max_contracts=3))
    desk.approval()
    desk.approval(signal(contract=MNQ.id))


def test_a_decision_on_a_bar_two_seconds_old_is_fresh_and_on_an_older_one_stale(
    desk: Desk,
) -> None:
    late = NOW + 2 * SECOND + MILLISECOND
    assert desk.measured(now=late) == (Denial.STALE_DATA, 2001, 2000, "ms")
    desk.approval(now=NOW + 2 * SECOND)


@pytest.mark.parametrize(("bid", "ask"), [(0, 24_001), (24_000, 0), (0, 0), (24_002, 24_001)])
def test_an_unknown_or_crossed_book_is_no_basis_for_an_entry(
    desk: Desk, bid: int, ask: int
) -> None:
    desk.account.closed(BarClosed(MES.id, bar(NOW + 2 * SECOND, bid=bid, ask=ask)))
    assert desk.denial().code is Denial.STALE_DATA


def test_without_a_live_bar_there_is_no_book(desk: Desk) -> None:
    desk.account.holdings[MES.id].bar = None
    assert desk.denial().code is Denial.STALE_DATA


@pytest.mark.parametrize(("spread", "allowed"), [(0, True), (1, True), (4, True), (5, False)])
def test_denies_a_spread_above_the_maximum(desk: Desk, spread: int, allowed: bool) -> None:
    desk.account.closed(BarClosed(MES.id, bar(NOW + 2 * SECOND, ask=24_000 + spread)))
    if allowed:
        desk.approval()
    else:
        assert desk.measured() == (Denial.SPREAD, 5, 4, "ticks")


def test_denies_when_one_contract_risks_more_than_a_trade_may() -> None:
    desk = Desk(risk(max_risk_per_trade=Decimal("0.015")))
    assert desk.approval().size == 1
    desk = Desk(risk(max_risk_per_trade=Decimal("0.0149")))
    denied = desk.denial()
    assert (denied.code, denied.used, denied.limit, denied.needs) == (
        Denial.SIZE_ZERO,
        0,
        149_000,
        15 * DOLLAR,
    )


def test_the_largest_position_is_that_of_the_whole_account() -> None:
    desk = Desk(risk(max_contracts=3))
    desk.hold(-2, one=MNQ)
    assert desk.approval().size == 1
    desk = Desk(risk(max_contracts=2))
    desk.hold(-2, one=MNQ)
    denied = desk.denial()
    assert (denied.code, denied.used, denied.limit) == (Denial.MAX_CONTRACTS, 2, 2)


def test_contracts_on_the_way_count_as_held() -> None:
    desk = Desk(risk(max_contracts=3, max_risk_per_trade=Decimal("0.03")))
    assert desk.approval(signal(contract=MNQ.id)).size == 3
    desk.phase(Phase.ENTERING, MNQ)
    denied = desk.denial(now=NOW + SECOND)
    assert isinstance(denied, Denied)
    assert (denied.code, denied.used) == (Denial.MAX_CONTRACTS, 3)


@pytest.mark.parametrize("status", [one for one in MarketStatus if one is not MarketStatus.OPEN])
def test_only_an_open_market_is_entered(desk: Desk, status: MarketStatus) -> None:
    desk.status(status)
    denied = desk.denial()
    assert (denied.code, denied.unit) == (Denial.MARKET_NOT_OPEN, "")
    desk.approval(signal(contract=MNQ.id))
    assert desk.book.permission(NOW).allowed, "another contract may be open"
    desk.status(status, MNQ)
    assert desk.book.permission(NOW).code is Denial.MARKET_NOT_OPEN


def test_a_degraded_bar_has_no_book_to_enter_on(desk: Desk) -> None:
    desk.account.closed(BarClosed(MES.id, bar(NOW + 2 * SECOND, bid=0, ask=0), degraded=True))
    assert desk.denial().code is Denial.STALE_DATA
