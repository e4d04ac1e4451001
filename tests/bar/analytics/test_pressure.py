"""Order flow imbalance and the answer of price to volume, by hand."""

from math import sqrt

import pytest

from actors.bar.analytics.pressure import contribution
from actors.bar.ladder import Touch
from messages.base import SECOND
from tests.bar.analytics.bench import BUY, SELL, Feed, at

OLD = Touch(100, 101, 10, 20)


@pytest.mark.parametrize(
    ("new", "e"),
    [
        (Touch(100, 101, 15, 20), 5),  # the bid grows by 5
        (Touch(100, 101, 10, 13), 7),  # the ask shrinks by 7
        (Touch(101, 102, 4, 9), 4 + 20),  # a new bid of 4; the ask of 20 is gone
        (Touch(99, 100, 8, 6), -10 - 6),  # the bid of 10 is gone; a new ask of 6
        (OLD, 0),
    ],
)
def test_bids_that_come_and_asks_that_go_count_up(new: Touch, e: int) -> None:
    assert contribution(OLD, new) == e


def test_order_flow_imbalance_sums_the_window() -> None:
    feed = Feed()
    feed.book(0, {100: 10}, {101: 20})
    feed.level(1, BUY, 100, 15)
    feed.level(30, SELL, 101, 13)
    assert feed.market.order_flow_imbalance() == 12
    assert feed.market.order_flow_imbalance(20 * SECOND) == 7


def test_levels_behind_the_best_and_a_reset_are_no_order_flow() -> None:
    feed = Feed()
    feed.book(0, {100: 10}, {101: 20})
    feed.level(1, BUY, 99, 500)
    feed.book(2, {100: 70}, {101: 1})
    assert feed.market.order_flow_imbalance() == 0


def trending() -> Feed:
    """Deltas of +4, -2 and +6 in three seconds; the mid moves +1, 0 and +2 ticks by their ends."""
    feed = Feed()
    feed.book(0, {100: 5}, {102: 5})
    feed.trade(1.1, 102, 4, BUY)
    feed.book(1.2, {101: 5}, {103: 5})
    feed.trade(2.1, 101, 2, SELL)
    feed.trade(3.1, 103, 6, BUY)
    feed.book(3.2, {103: 5}, {105: 5})
    feed.market.on_time(at(4))
    return feed


def test_impact_is_the_slope_of_mid_changes_on_signed_volume() -> None:
    found = trending().market.microstructure()
    # q = 4, -2, 6 and y = 1, 0, 2: n = 3, Sq = 8, Sy = 3, Sqq = 56, Sqy = 16, Syy = 5
    covariance, variance, moved = 3 * 16 - 8 * 3, 3 * 56 - 64, 3 * 5 - 9
    assert found.impact == pytest.approx(covariance / variance, abs=1e-12)
    assert found.r_squared == pytest.approx(covariance**2 / (variance * moved), abs=1e-12)
    assert found.volatility == pytest.approx(sqrt(5), abs=1e-12)


def test_a_market_that_stands_still_has_no_impact() -> None:
    feed = Feed()
    feed.book(0, {100: 5}, {102: 5})
    feed.market.on_time(at(60))
    found = feed.market.microstructure()
    assert (found.impact, found.r_squared, found.volatility) == (None, None, 0.0)


def test_microstructure_gathers_the_other_measures() -> None:
    feed = trending()
    market, found = feed.market, feed.market.microstructure()
    assert found.touch == market.touch == Touch(103, 105, 5, 5)
    assert found.microprice == 104.0
    assert found.imbalance == 0.0
    assert found.trade_imbalance == 8 / 12
    assert found.order_flow_imbalance == market.order_flow_imbalance(1_800 * SECOND)
    assert found.prints_per_second == 3 / 1_800


def test_without_a_book_the_tape_still_answers() -> None:
    feed = Feed()
    feed.trade(0, 100, 3, SELL)
    found = feed.market.microstructure()
    assert (found.touch, found.microprice, found.imbalance) == (None, None, None)
    assert found.trade_imbalance == -1.0
