"""The ordered book: the same book as Book, in order, and what it tells its watch."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.bar.analytics import ladder as module
from actors.bar.analytics.ladder import NEVER, Ladder, Level, Touch
from actors.bar.book import TOUCHED, Book
from messages.base import Nanos, Ticks
from messages.market import DepthKind, DepthRow, Side
from tests.bar.analytics.bench import BUY, SELL, T, ladder, whole

rows = st.builds(
    DepthRow,
    st.integers(T, T + 2 * TOUCHED),
    st.sampled_from([*[DepthKind.BID, DepthKind.ASK] * 8, DepthKind.RESET]),
    st.integers(90, 110),
    st.integers(0, 3),
)


class Heard:
    """A Watch that writes down what it hears."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def on_level(self, side: Side, price: Ticks, before: int, after: int, stamp: Nanos) -> None:
        self.calls.append((side, price, before, after, stamp - T))

    def on_reset(self) -> None:
        self.calls.append(("reset",))

    def on_settled(self, stamp: Nanos) -> None:
        self.calls.append(("settled", stamp - T))


def heard(*given: DepthRow) -> list[tuple[Any, ...]]:
    watch = Heard()
    Ladder(watch).apply(given, 0, NEVER)
    return watch.calls


@settings(deadline=None)
@given(st.lists(st.tuples(st.lists(rows, max_size=12), st.integers(T, T + 3 * TOUCHED))))
def test_it_is_the_same_book_as_book(
    records: list[tuple[list[DepthRow], Nanos]],
) -> None:
    plain, ordered = Book(), Ladder()
    for record, before in records:
        assert ordered.apply(tuple(record), 0, before) == plain.apply(tuple(record), 0, before)
        assert (ordered.bids, ordered.asks) == (plain.bids, plain.asks)
        assert (ordered.whole, ordered.top()) == (plain.whole, plain.top())


@settings(deadline=None)
@given(st.lists(rows))
def test_its_order_and_volume_are_those_of_its_sizes(record: list[DepthRow]) -> None:
    made = Ladder()
    made.apply(tuple(record), 0, NEVER)
    bids, asks = made.bid_side, made.ask_side
    assert bids.levels(99) == [Level(*item) for item in sorted(made.bids.items(), reverse=True)]
    assert asks.levels(99) == [Level(*item) for item in sorted(made.asks.items())]
    assert (bids.volume, asks.volume) == (sum(made.bids.values()), sum(made.asks.values()))
    assert bids.best == max(made.bids, default=None)
    assert asks.best == min(made.asks, default=None)


def test_levels_are_given_from_the_best_on() -> None:
    made = ladder({98: 3, 100: 1, 99: 2}, {103: 3, 101: 1, 102: 2})
    assert made.bid_side.levels(2) == [(100, 1), (99, 2)]
    assert made.ask_side.levels(2) == [(101, 1), (102, 2)]
    assert made.ask_side.levels(0) == []
    assert made.bid_side.within(1) == [(100, 1), (99, 2)]
    assert made.ask_side.within(0) == [(101, 1)]


@pytest.mark.parametrize(("ask", "spread"), [(103, 3), (100, 0), (98, -2)])
def test_a_locked_or_crossed_touch_is_stated_as_it_is(ask: Ticks, spread: Ticks) -> None:
    touch = ladder({100: 5}, {ask: 7}).touch()
    assert touch == Touch(100, ask, 5, 7)
    assert (touch.spread, touch.mid) == (spread, (100 + ask) / 2)


def test_no_touch_without_both_sides_or_after_a_loss() -> None:
    assert ladder({100: 5}, {}).touch() is None
    made = Ladder()
    made.apply(whole(T - TOUCHED, {100: 5}, {101: 5})[1:], 0, NEVER)
    made.lose()
    made.apply(whole(T, {100: 5}, {101: 5})[1:], 0, NEVER)
    assert made.touch() is None
    made.apply((DepthRow(T + TOUCHED, DepthKind.BID, 100, 6),), 0, NEVER)
    assert made.touch() == Touch(100, 101, 6, 5)


def test_the_watch_hears_each_row_and_each_stamp_once_it_is_whole() -> None:
    assert heard(
        *whole(T, {100: 5}, {101: 5}),
        DepthRow(T + 3, DepthKind.BID, 100, 2),
        DepthRow(T + 3, DepthKind.ASK, 101, 5),
        DepthRow(T + 4, DepthKind.ASK, 101, 0),
    ) == [
        ("reset",),
        (BUY, 100, 0, 5, 0),
        (SELL, 101, 0, 5, 0),
        ("settled", 0),
        (BUY, 100, 5, 2, 3),
        (SELL, 101, 5, 5, 3),
        ("settled", 3),
        (SELL, 101, 5, 0, 4),
        ("settled", 4),
    ]


def test_a_row_stamped_before_its_predecessor_is_applied_and_counted() -> None:
    made = Ladder()
    made.apply(whole(T + 9, {100: 5}, {101: 5}), 0, NEVER)
    made.apply((DepthRow(T + 1, DepthKind.BID, 100, 7),), 0, NEVER)
    assert made.bids == {100: 7}
    assert made.stale_rows == 1


def test_the_furthest_level_goes_when_a_side_holds_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_LEVELS", 3)
    made = ladder({97: 1, 100: 2, 99: 4, 98: 8}, {101: 1, 104: 2, 102: 4, 103: 8})
    assert set(made.bids) == {98, 99, 100}
    assert set(made.asks) == {101, 102, 103}
    assert (made.bid_side.volume, made.ask_side.volume) == (14, 13)
    assert made.dropped_levels == 2
