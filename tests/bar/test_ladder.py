"""The book: sets, deletes, resets, its order and top, what is not known, what its watch hears."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.bar import ladder as module
from actors.bar.ladder import DEEP, NEVER, TOUCHED, Ladder, Level, Top, Touch
from messages.base import SECOND, Nanos, Ticks
from messages.market import DepthKind, DepthRow, Side
from tests.bar.analytics.bench import BUY, SELL, T, ladder, whole

rows = st.builds(
    DepthRow,
    st.integers(T, T + 2 * TOUCHED),
    st.sampled_from([*[DepthKind.BID, DepthKind.ASK] * 8, DepthKind.RESET]),
    st.integers(90, 110),
    st.integers(0, 3),
)


def row(kind: DepthKind, price: int = 0, size: int = 0, stamp: Nanos = T) -> DepthRow:
    return DepthRow(stamp, kind, price, size)


def bid(price: int, size: int, stamp: Nanos = T) -> DepthRow:
    return row(DepthKind.BID, price, size, stamp)


def ask(price: int, size: int, stamp: Nanos = T) -> DepthRow:
    return row(DepthKind.ASK, price, size, stamp)


RESET = row(DepthKind.RESET)


def book(*rows: DepthRow) -> Ladder:
    made = Ladder()
    assert made.apply((RESET, *rows), 0, NEVER) == 1 + len(rows)
    return made


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


def test_the_top_is_the_best_prices_their_sizes_and_the_five_best_levels() -> None:
    bids = [bid(100 - k, k + 1) for k in range(7)]
    asks = [ask(101 + k, 10 * (k + 1)) for k in range(7)]
    made = book(*reversed(bids), *asks)
    assert made.top() == Top(100, 101, 1, 10, 1 + 2 + 3 + 4 + 5, 10 + 20 + 30 + 40 + 50)


def test_a_row_replaces_the_size_at_its_price() -> None:
    assert book(bid(100, 5), ask(101, 5), bid(100, 2)).top() == Top(100, 101, 2, 5, 2, 5)


def test_size_zero_deletes_a_level_and_the_next_one_is_best() -> None:
    made = book(bid(100, 5), bid(98, 7), ask(101, 5), bid(100, 0))
    assert made.top() == Top(98, 101, 7, 5, 7, 5)


def test_deleting_a_level_that_is_not_there_changes_nothing() -> None:
    made = book(bid(100, 5), ask(101, 5), ask(150, 0))
    assert made.top() == Top(100, 101, 5, 5, 5, 5)


def test_a_reset_in_the_middle_of_a_record_drops_what_came_before_it() -> None:
    made = book(bid(100, 5), ask(101, 5), RESET, bid(90, 1), ask(91, 2))
    assert made.top() == Top(90, 91, 1, 2, 1, 2)


def test_a_crossed_book_is_stated_as_it_is() -> None:
    top = book(bid(105, 5), ask(101, 5)).top()
    assert top is not None
    assert (top.bid, top.ask) == (105, 101)


def test_a_book_with_one_side_has_no_top() -> None:
    assert book(bid(100, 5)).top() is None


def test_a_book_begun_in_the_middle_of_the_stream_is_not_relied_on_for_ten_seconds() -> None:
    made = Ladder()
    made.apply((bid(90, 1), ask(110, 1)), 0, NEVER)
    made.apply((bid(91, 1, T + TOUCHED - 1),), 0, NEVER)
    assert made.top() is None
    made.apply((bid(92, 1, T + TOUCHED),), 0, NEVER)
    assert made.top() == Top(92, 110, 1, 1, 3, 1)


def test_rows_are_applied_up_to_the_first_one_of_the_next_bar() -> None:
    made = book()
    rows = (bid(100, 5), ask(101, 5), bid(102, 9, T + SECOND), ask(103, 9, T))
    assert made.apply(rows, 0, T + SECOND) == 2
    assert made.top() == Top(100, 101, 5, 5, 5, 5)
    assert made.apply(rows, 2, T + 2 * SECOND) == 4
    assert 102 in made.bids


@settings(deadline=None)
@given(st.lists(st.lists(rows, max_size=12)))
def test_its_sizes_and_top_are_those_of_a_plain_book(records: list[list[DepthRow]]) -> None:
    """Every row in its place in a dict, the top by sorting all of it."""
    made = Ladder()
    sides: dict[DepthKind, dict[Ticks, int]] = {DepthKind.BID: {}, DepthKind.ASK: {}}
    for record in records:
        made.apply(tuple(record), 0, NEVER)
        for one in record:
            if one.kind is DepthKind.RESET:
                sides = {DepthKind.BID: {}, DepthKind.ASK: {}}
            else:
                sides[one.kind].pop(one.price, None)
                sides[one.kind].update({one.price: one.size} if one.size else {})
        bids = sorted(sides[DepthKind.BID].items(), reverse=True)
        asks = sorted(sides[DepthKind.ASK].items())
        assert (made.bids, made.asks) == (dict(bids), dict(asks))
        if not (made.whole and bids and asks):
            assert made.top() is None
            continue
        depths = (sum(size for _, size in side[:DEEP]) for side in (bids, asks))
        (best_bid, bid_size), (best_ask, ask_size) = bids[0], asks[0]
        assert made.top() == Top(best_bid, best_ask, bid_size, ask_size, *depths)


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
