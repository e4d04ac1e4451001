"""What the position room says, and when."""

import pytest
from msgspec.structs import replace

from actors.position.holdings import LOOKS, REMEMBERED_ORDERS, Holdings
from actors.position.reason import exit_reason
from messages.base import FINE, SECOND, Message
from messages.market import Quote, Side
from messages.order import Order, OrderStatus, OrderType, Phase, PhaseChanged
from messages.position import (
    DayFigures,
    ExitReason,
    Mismatch,
    PositionChanged,
    PositionMarked,
    PositionsFound,
    Reconciled,
    RoundTrip,
)
from tests.position.bench import BUY, FEES, MES, MNQ, PRICE, SELL, START, fill, held, ready


def kinds(said: list[Message]) -> list[type[Message]]:
    return [type(message) for message in said]


def test_nothing_is_said_before_the_venues_first_answers() -> None:
    holdings = Holdings((MES, MNQ), START)
    assert holdings.fill(fill(1, BUY)) == []
    assert holdings.quote(Quote(MES.id, 0, 0, bid=PRICE, ask=PRICE + 1)) == []
    assert holdings.again() == []
    said, again = holdings.reconcile((), (held(1),), START + SECOND)
    assert not again
    assert PositionChanged(MES.id, 1, PRICE * FINE, START + SECOND, -FEES) in said
    assert Reconciled(MES.id, 1, False) in said
    assert Mismatch not in kinds(said)


def test_the_first_answers_are_taken_over_at_once() -> None:
    holdings = Holdings((MES,), START)
    said, again = holdings.reconcile((), (held(2),), START)
    assert not again
    assert said == [
        PositionChanged(MES.id, 2, PRICE * FINE, START, 0),
        DayFigures(0, 0, 0, 0),
        Reconciled(MES.id, 2, True),
    ]


def test_reconciling_twice_changes_nothing() -> None:
    holdings = ready(fill(1, BUY), positions=(held(1),))
    for _ in range(2):
        said, again = holdings.reconcile((fill(1, BUY),), (held(1),), START)
        assert said == [Reconciled(MES.id, 1, False), Reconciled(MNQ.id, 0, False)]
        assert not again


def test_a_fill_is_said_once_as_a_change_and_the_days_figures() -> None:
    holdings = ready()
    change = PositionChanged(MES.id, 1, PRICE * FINE, START + SECOND, -FEES)
    assert holdings.fill(fill(1, BUY)) == [change, DayFigures(-FEES, 0, 0, 0)]
    assert holdings.fill(fill(1, BUY)) == []


def test_a_position_that_no_fill_explains_is_adopted_after_looking_again() -> None:
    holdings = ready()
    for _ in range(LOOKS - 1):
        said, again = holdings.reconcile((), (held(1),), START)
        assert (said, again) == ([], True)
        assert holdings.disagrees()
    said, again = holdings.reconcile((), (held(1),), START)
    assert not again
    assert kinds(said) == [Mismatch, PositionChanged, Reconciled, Reconciled]
    assert said[0] == Mismatch(MES.id, 0, 1)
    assert said[2:] == [Reconciled(MES.id, 1, True), Reconciled(MNQ.id, 0, False)]
    assert not holdings.disagrees()


def test_an_agreement_in_between_begins_the_looks_anew() -> None:
    holdings = ready()
    for positions in ((held(1),), (), (held(1),), (held(1),)):
        _, again = holdings.reconcile((), positions, START)
        assert again is bool(positions)
    assert holdings.book.tallies[MES.id].size == 0


def test_a_fill_that_comes_late_explains_the_position() -> None:
    holdings = ready()
    holdings.position(held(1), START)
    assert holdings.disagrees()
    assert not holdings.held()
    holdings.fill(fill(1, BUY))
    assert not holdings.disagrees()
    assert holdings.held()
    holdings.position(held(1, contract="other"), START)
    assert not holdings.disagrees()


def test_what_was_told_since_the_positions_were_asked_for_wins_over_the_answer() -> None:
    """The fills were asked for together with them, and took longer."""
    holdings = ready()
    for at in (START + 1, START + 3, START + 5):
        holdings.position(held(1), START + 10)
        said, again = holdings.reconcile((fill(1, BUY),), (), at)
        assert (again, Mismatch in kinds(said)) == (False, False)
    assert holdings.book.tallies[MES.id].size == 1


def test_a_fill_after_the_answer_that_is_adopted_counts_on_top_of_it() -> None:
    holdings = ready()
    for _ in range(LOOKS):
        holdings.reconcile((), (held(1),), START + 2 * SECOND)
    holdings.fill(fill(3, BUY))
    assert holdings.book.tallies[MES.id].size == 2


def test_an_older_word_on_a_position_changes_nothing() -> None:
    holdings = ready()
    holdings.position(held(1), START + 2)
    holdings.positions(PositionsFound((), START + 1))
    assert holdings.disagrees()
    assert holdings.exposed()
    holdings.positions(PositionsFound((), START + 2))
    assert not holdings.disagrees()
    assert not holdings.exposed()


def test_a_round_trip_is_said_once() -> None:
    holdings = ready()
    holdings.fill(fill(1, BUY))
    said = holdings.fill(fill(2, SELL, pnl=0))
    (trip,) = [m for m in said if isinstance(m, RoundTrip)]
    assert trip.id == 2
    later, _ = holdings.reconcile((fill(1, BUY), fill(2, SELL, pnl=0)), (), START)
    assert RoundTrip not in kinds(later + holdings.again())


def test_what_lost_fills_look_like_is_no_round_trip() -> None:
    """Of two trips the first's exit and the second's entry are told: together they look like
    one.
    """
    fills = (
        fill(1, BUY, price=PRICE),
        fill(2, SELL, price=PRICE + 4, pnl=4 * 12_500),
        fill(3, BUY, price=PRICE + 6),
        fill(4, SELL, price=PRICE + 7, pnl=12_500),
    )
    holdings = ready()
    assert RoundTrip not in kinds(holdings.fill(fills[1]))
    assert RoundTrip not in kinds(holdings.fill(fills[2]))
    assert holdings.doubtful()
    said, _ = holdings.reconcile(fills[:3], (held(1),), START)
    assert [m.id for m in said if isinstance(m, RoundTrip)] == [2]
    assert not holdings.doubtful()
    said = holdings.fill(fills[3])
    assert [m.gross for m in said if isinstance(m, RoundTrip)] == [12_500]


def test_a_round_trip_that_the_venue_has_listed_is_said_whatever_it_makes_of_it() -> None:
    holdings = ready()
    fills = (fill(1, BUY), fill(2, SELL, pnl=77_000))
    assert RoundTrip not in kinds([m for one in fills for m in holdings.fill(one)])
    assert holdings.doubtful()
    said, _ = holdings.reconcile(fills, (), START)
    assert [m.gross for m in said if isinstance(m, RoundTrip)] == [77_000]
    assert not holdings.doubtful()


def test_round_trips_of_an_earlier_session_are_in_the_figures_only() -> None:
    holdings = Holdings((MES,), START + 2 * SECOND + 1)
    said, _ = holdings.reconcile((fill(1, BUY), fill(2, SELL, pnl=0)), (), START)
    assert RoundTrip not in kinds(said)
    assert DayFigures(-2 * FEES, 1, 1, START + 2 * SECOND) in said
    holdings = Holdings((MES,), START + 2 * SECOND)
    said, _ = holdings.reconcile((fill(1, BUY), fill(2, SELL, pnl=0)), (), START)
    assert RoundTrip in kinds(said)


def test_again_repeats_what_is_so_and_nothing_that_happened() -> None:
    holdings = ready(fill(1, BUY), positions=(held(1),))
    holdings.quote(Quote(MES.id, 0, 0, bid=PRICE + 2, ask=PRICE + 3))
    once = holdings.again()
    assert kinds(once) == [PositionChanged, PositionChanged, DayFigures, Reconciled, Reconciled]
    assert once[-1] == Reconciled(MNQ.id, 0, False)
    assert holdings.again() == once
    mark = PositionMarked(MES.id, PRICE + 2, 2 * 12_500)
    assert holdings.quote(Quote(MES.id, 0, 0, last=1)) == [mark]


def test_again_does_not_take_an_older_word_of_the_venue_for_newer_than_a_fill() -> None:
    """Its closing fill has been told, its flat position not yet."""
    holdings = ready(fill(1, BUY), positions=(held(1),))
    holdings.fill(fill(2, SELL))
    sizes = {
        said.size
        for said in holdings.again()
        if isinstance(said, PositionChanged | Reconciled) and said.contract == MES.id
    }
    assert sizes == {0}


def test_an_open_position_is_marked_when_its_profit_changes() -> None:
    holdings = ready(fill(1, BUY), positions=(held(1),))
    assert holdings.quote(Quote(MES.id, 0, 0, bid=PRICE + 2)) == []  # no ask yet
    mark = PositionMarked(MES.id, PRICE + 2, 2 * 12_500)
    assert holdings.quote(Quote(MES.id, 0, 0, ask=PRICE + 3)) == [mark]
    assert holdings.quote(Quote(MES.id, 0, 0, ask=PRICE + 4)) == []
    assert holdings.quote(Quote(MNQ.id, 0, 0, bid=1, ask=2)) == []
    said = holdings.fill(fill(2, SELL, price=PRICE + 2, pnl=2 * 12_500))
    assert PositionMarked(MES.id, 0, 0) in said


def test_a_short_is_marked_at_the_ask() -> None:
    holdings = ready(fill(1, SELL), positions=(held(-1),))
    said = holdings.quote(Quote(MES.id, 0, 0, bid=PRICE + 2, ask=PRICE + 3))
    assert said == [PositionMarked(MES.id, PRICE + 3, -3 * 12_500)]


def test_a_new_day_is_said() -> None:
    holdings = ready(fill(1, BUY), fill(2, SELL, pnl=0))
    said = holdings.start_day(START + 10 * SECOND)
    assert said == [PositionChanged(MES.id, 0, 0, 0, 0), DayFigures(0, 0, 0, 0)]


# Reasons


def order(type: OrderType, tag: str | None = None, parent: int | None = None) -> Order:
    return Order(1_002, MES.id, OrderStatus.OPEN, type, Side.SELL, 1, 0, 0, tag=tag, parent=parent)


STOP, LIMIT, MARKET = OrderType.STOP, OrderType.LIMIT, OrderType.MARKET


@pytest.mark.parametrize(
    ("closing", "phase", "words", "reason"),
    [
        (order(STOP, parent=1), Phase.PROTECTED, "", ExitReason.STOP),
        (order(STOP, tag="ff-1-SL"), Phase.EXITING, "flatten: x", ExitReason.STOP),
        (order(OrderType.TRAILING_STOP, parent=1), Phase.PROTECTED, "", ExitReason.STOP),
        (order(LIMIT, parent=1), Phase.PROTECTED, "", ExitReason.TARGET),
        (order(STOP), Phase.PROTECTED, "", ExitReason.OUTSIDE),
        (order(MARKET), Phase.EXITING, "exit: EXIT_LONG", ExitReason.EXIT),
        (order(MARKET), Phase.EXITING, "flatten: stale", ExitReason.FLATTEN),
        (order(MARKET), Phase.PROTECTED, "", ExitReason.OUTSIDE),
        (None, Phase.EXITING, "flatten: stale", ExitReason.FLATTEN),
        (None, Phase.UNKNOWN, "", ExitReason.OUTSIDE),
    ],
)
def test_the_reason_is_the_closing_orders_or_the_order_rooms(
    closing: Order | None, phase: Phase, words: str, reason: ExitReason
) -> None:
    assert exit_reason(closing, phase, words) is reason


def test_a_round_trip_carries_its_reason() -> None:
    holdings = ready()
    holdings.order(order(STOP, parent=1))
    holdings.phase(PhaseChanged(MES.id, Phase.PROTECTED, "bracket verified"))
    holdings.fill(fill(1, BUY))
    (trip,) = [m for m in holdings.fill(fill(2, SELL, pnl=0)) if isinstance(m, RoundTrip)]
    assert trip.reason is ExitReason.STOP
    holdings.fill(fill(3, BUY))
    holdings.phase(PhaseChanged(MES.id, Phase.EXITING, "flatten: asked"))
    (trip,) = [m for m in holdings.fill(fill(4, SELL, pnl=0)) if isinstance(m, RoundTrip)]
    assert trip.reason is ExitReason.FLATTEN


@pytest.mark.parametrize(
    ("newer", "reason"),
    [(REMEMBERED_ORDERS - 1, ExitReason.STOP), (REMEMBERED_ORDERS, ExitReason.OUTSIDE)],
)
def test_the_oldest_orders_are_forgotten(newer: int, reason: ExitReason) -> None:
    holdings = ready()
    holdings.order(order(STOP, parent=1))
    for id in range(2_000, 2_000 + newer):
        holdings.order(replace(order(LIMIT), id=id))
    holdings.fill(fill(1, BUY))
    (trip,) = [m for m in holdings.fill(fill(2, SELL, pnl=0)) if isinstance(m, RoundTrip)]
    assert trip.reason is reason
