"""The tape in sums, by hand, and windows by time."""

from messages.base import MILLISECOND, SECOND
from messages.market import Print, Tape
from tests.bar.analytics.bench import BUY, MES, SELL, Feed, at


def traded() -> Feed:
    feed = Feed()
    feed.trade(0.5, 100, 3, BUY)
    feed.trades(10.2, (101, 5, SELL), (102, 2, BUY))
    feed.trade(70.9, 104, 4, BUY)
    return feed


def test_cumulative_delta_is_bought_less_sold_by_aggressor() -> None:
    market = traded().market
    assert market.cumulative_delta() == (9, 5, 4)
    assert market.cumulative_delta(61 * SECOND) == (6, 5, 1)
    assert market.cumulative_delta(60 * SECOND) == (4, 0, 4)


def test_momentum_is_the_share_of_buyers_over_sellers() -> None:
    market = traded().market
    assert market.momentum() == (1.0, 4)
    assert market.momentum(61 * SECOND) == (1 / 11, 11)


def test_momentum_of_silence_is_nought() -> None:
    assert Feed().market.momentum() == (0.0, 0)


def test_vwap_of_a_window_weighs_prices_by_size() -> None:
    market = traded().market
    assert market.vwap() == (300 + 505 + 204 + 416) / 14
    assert market.vwap(60 * SECOND) == 104.0
    market.on_time(at(200))
    assert market.vwap(60 * SECOND) is None


def test_the_summary_of_the_tape() -> None:
    flow = traded().market.trade_flow(100 * SECOND)
    assert flow == (9, 5, 4, 3, 1, 14 / 4, 5, 1425 / 14, 4 / 100)


def test_the_largest_print_of_a_window_is_not_that_of_the_past() -> None:
    assert traded().market.trade_flow(60 * SECOND).largest == 4


def test_time_without_prints_empties_the_window() -> None:
    market = traded().market
    market.on_time(at(70.9 + 3_600))
    assert market.cumulative_delta() == (0, 0, 0)
    assert market.cumulative_delta(3_601 * SECOND) == (4, 0, 4)


def test_a_late_print_counts_in_the_present_second_and_is_not_dropped() -> None:
    feed = traded()
    feed.trade(3.0, 99, 7, SELL)
    assert feed.market.cumulative_delta(SECOND) == (4, 7, -3)


def test_a_stamp_of_the_future_does_not_empty_the_windows() -> None:
    feed = traded()
    wrong = Print(at(99_999), 104, 1, BUY)
    feed.market.on_tape(Tape(MES, at(70.9), (wrong,)))
    assert feed.market.now == at(75.9)
    assert feed.market.cumulative_delta() == (10, 5, 5)
    assert feed.market.statistics().ahead == 1


def test_asking_between_prints_of_one_second_counts_none_twice() -> None:
    feed = Feed()
    for k in range(5):
        feed.trade(0.1 * k, 100, 1, BUY)
        assert feed.market.cumulative_delta().delta == k + 1
    assert feed.market.now == at(0) + 400 * MILLISECOND
    assert feed.market.trade_flow().buy_prints == 5
