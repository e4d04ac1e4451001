"""The facade: messages in, one time for all, and what breaks or is wrong stays contained."""

from inspect import signature

import pytest

from actors.bar.analytics.market import Market
from actors.bar.analytics.windows import HOUR, MINUTE
from actors.bar.ladder import Touch
from messages.base import MILLISECOND, SECOND
from messages.market import Depth, DepthKind, DepthRow, Quote
from tests.bar.analytics.bench import BUY, MES, SELL, Feed, at, whole


def test_sparse_quotes_merge_and_serve_until_there_is_a_book() -> None:
    feed = Feed()
    assert feed.market.bid_ask() == (None, None)
    feed.quote(0, bid=99, ask=102)
    feed.quote(1, ask=101)
    assert feed.market.bid_ask() == (99, 101)
    feed.book(2, {98: 5}, {103: 5})
    assert feed.market.bid_ask() == (98, 103)
    feed.market.book.lose()
    assert feed.market.bid_ask() == (99, 101)


def test_a_break_loses_the_book_and_keeps_the_tape() -> None:
    feed = Feed()
    feed.book(0, {100: 5}, {101: 5})
    feed.trade(1, 101, 3, BUY)
    feed.market.book.lose()
    assert feed.market.touch is None
    assert feed.market.imbalance() is None
    assert feed.market.cumulative_delta().delta == 3
    feed.book(2, {100: 6}, {101: 5})
    assert feed.market.touch == Touch(100, 101, 6, 5)


def test_a_crossed_and_a_locked_book_are_shown_and_counted() -> None:
    feed = Feed()
    feed.book(0, {105: 5}, {101: 5})
    assert feed.market.touch == Touch(105, 101, 5, 5)
    feed.level(1, BUY, 105, 0)
    feed.level(2, BUY, 101, 1)
    statistics = feed.market.statistics()
    assert (statistics.crossed, statistics.locked, statistics.updates) == (1, 1, 3)


def test_statistics_count_what_came_and_when() -> None:
    feed = Feed()
    feed.quote(0, 100, 101)
    feed.book(1, {100: 5, 99: 7}, {101: 4})
    feed.level(2, SELL, 102, 9)
    feed.trades(3, (101, 3, BUY), (101, 1, BUY))
    found = feed.market.statistics()
    assert (found.quotes, found.rows, found.prints, found.resets) == (1, 5, 2, 1)
    assert (found.bid_levels, found.ask_levels) == (2, 2)
    assert (found.bid_volume, found.ask_volume, found.session_volume) == (12, 13, 4)
    assert (found.last_quote, found.last_depth, found.last_print) == (at(0), at(2), at(3))
    assert (found.whole, found.touch, found.stale_rows) == (True, Touch(100, 101, 5, 4), 0)


def test_one_depth_row_of_the_future_does_not_empty_the_windows() -> None:
    feed = Feed()
    feed.book(0, {100: 5}, {101: 5})
    feed.trade(1, 101, 3, BUY)
    row = DepthRow(at(86_400), DepthKind.BID, 100, 9)
    feed.market.on_depth(Depth(MES, at(2), (row,)))
    assert feed.market.now == at(7)
    assert feed.market.touch == Touch(100, 101, 9, 5)
    assert feed.market.cumulative_delta(10 * SECOND).delta == 3
    feed.trade(8, 101, 2, BUY)
    assert feed.market.now == at(8)


def test_time_does_not_go_back() -> None:
    feed = Feed()
    feed.trade(10, 100, 1, BUY)
    feed.market.on_time(at(5))
    feed.trade(3, 100, 1, BUY)
    assert feed.market.now == at(10)


def test_a_quote_moves_no_time_because_it_may_have_overtaken_prints() -> None:
    feed = Feed()
    feed.trade(10.9, 100, 1, BUY)
    feed.quote(11.1, bid=99)
    feed.trade(10.95, 100, 2, BUY)
    feed.trade(11.2, 100, 4, BUY)
    assert feed.market.cumulative_delta(SECOND).delta == 4


def test_stale_is_when_nothing_came_for_longer_than_the_limit_by_our_clock() -> None:
    feed = Feed()
    feed.market.on_quote(Quote(MES, at(0), at(2)))
    assert not feed.market.is_stale(at(7))
    assert feed.market.is_stale(at(7) + 1)
    assert feed.market.is_stale(at(2) + 501 * MILLISECOND, after=500 * MILLISECOND)


def test_a_market_that_nothing_reached_answers_every_question() -> None:
    market = Feed().market
    assert market.snapshot() == (False, None, (), ())
    assert market.depth_within(5) == (0, 0, 0, 0)
    assert market.impact(BUY, 1).unfilled == 1
    assert market.trade_flow().largest == 0
    assert market.spread_analysis().mean is None
    assert market.statistics().rows == 0
    assert market.is_stale(at(0))
    assert not market.icebergs()
    assert not market.spoofing()
    assert not market.order_clusters()
    assert not market.liquidity_levels()
    assert not market.support_resistance()


def test_rows_that_someone_else_applies_in_parts_count_the_same() -> None:
    one, other = Feed(), Feed()
    rows = (*whole(at(0), {100: 5}, {101: 5}), DepthRow(at(1), DepthKind.BID, 100, 9))
    one.rows(1, *rows)
    other.market.expect(Depth(MES, at(1), rows))
    index = other.market.book.apply(rows, 0, at(1))
    assert index == 3
    assert other.market.touch == Touch(100, 101, 5, 5)
    other.market.book.apply(rows, index, at(2))
    assert one.market.statistics() == other.market.statistics()
    assert one.market.order_flow_imbalance() == other.market.order_flow_imbalance() == 4


ASKED_FOR: dict[str, dict[str, object]] = {
    "imbalance": {"levels": 10},
    "liquidity_levels": {"min_volume": 100, "levels": 20},
    "order_clusters": {"min_cluster_size": 3, "price_tolerance": 1},
    "cumulative_delta": {"window": HOUR},
    "volume_profile": {"window": HOUR, "bins": 20},
    "support_resistance": {"lookback": 2 * HOUR, "min_touches": 3, "tolerance": 1},
    "spread_analysis": {"window": 30 * MINUTE},
    "spoofing": {
        "window": 10 * MINUTE,
        "min_placement_frequency": 3.0,
        "min_cancellation_rate": 0.8,
        "max_time_to_cancel": 30 * SECOND,
        "min_distance_ticks": 3,
        "confidence_threshold": 0.7,
    },
}
"""Defaults that document 003 gives; a price tolerance of 0.1 is one tick of gold."""


@pytest.mark.parametrize("call", ASKED_FOR)
def test_defaults_are_those_asked_for(call: str) -> None:
    parameters = signature(getattr(Market, call)).parameters.values()
    assert {one.name: one.default for one in parameters if one.name != "self"} == ASKED_FOR[call]
