"""Spoofing: the planted pattern is found, and what only resembles it is not."""

import pytest

from actors.bar.analytics.spoofing import REACH
from messages.base import SECOND
from messages.market import Side
from tests.bar.analytics.bench import BUY, SELL, Feed


def quiet() -> Feed:
    feed = Feed()
    feed.book(0, {100 - k: 20 for k in range(10)}, {101 + k: 20 for k in range(10)})
    return feed


def flicker(
    times: int = 40,
    *,
    side: Side = BUY,
    price: int = 95,
    size: int = 100,
    lives: float = 2.0,
    every: float = 15.0,
) -> Feed:
    """Once every so many seconds `size` is added to a level of 20 and pulled after its life."""
    feed = quiet()
    for k in range(times):
        feed.level(every * k + 1, side, price, 20 + size)
        feed.level(every * k + 1 + lives, side, price, 20)
    return feed


@pytest.mark.parametrize(("side", "price"), [(BUY, 95), (SELL, 106)])
def test_a_planted_spoof_is_found_on_either_side(side: Side, price: int) -> None:
    (found,) = flicker(side=side, price=price).market.spoofing()
    assert (found.side, found.price, found.placements, found.per_minute) == (side, price, 40, 4.0)
    assert (found.cancellation_rate, found.time_to_cancel) == (1.0, 2.0)
    assert (found.distance, found.size) == (5.0, 100.0)
    assert found.confidence == pytest.approx((1 - 3 / 8 + 1 + 28 / 30) / 3, abs=1e-12)


def test_each_limit_stops_it_just_beyond() -> None:
    market = flicker().market
    assert len(market.spoofing(min_placement_frequency=4.0)) == 1
    assert market.spoofing(min_placement_frequency=4.01) == ()
    assert len(market.spoofing(min_distance_ticks=5)) == 1
    assert market.spoofing(min_distance_ticks=6) == ()
    assert len(market.spoofing(max_time_to_cancel=2 * SECOND, confidence_threshold=0.5)) == 1
    assert market.spoofing(max_time_to_cancel=2 * SECOND - 1, confidence_threshold=0.5) == ()
    assert len(market.spoofing(confidence_threshold=0.85)) == 1
    assert market.spoofing(confidence_threshold=0.86) == ()


def test_orders_that_stay_lower_the_cancellation_rate() -> None:
    feed = quiet()
    for k in range(40):
        feed.level(15 * k + 1, BUY, 95, 120)
        if k % 5 in (0, 1):
            feed.level(15 * k + 2, BUY, 95, 20)
        else:
            feed.trade(15 * k + 2, 95, 100, SELL)
            feed.level(15 * k + 2, BUY, 95, 20)
    assert feed.market.spoofing() == ()
    (found,) = feed.market.spoofing(min_cancellation_rate=0.4, confidence_threshold=0.5)
    assert found.cancellation_rate == 0.4


def test_size_that_is_cut_little_by_little_is_not_a_pull() -> None:
    feed = quiet()
    for k in range(40):
        for step, size in enumerate((120, 80, 40, 20)):
            feed.level(15 * k + step, BUY, 95, size)
    assert feed.market.spoofing(confidence_threshold=0.0, min_cancellation_rate=0.0) == ()


def test_two_orders_at_one_level_are_pulled_newest_first() -> None:
    feed = quiet()
    for k in range(40):
        feed.level(15 * k + 1, BUY, 95, 120)
        feed.level(15 * k + 2, BUY, 95, 320)
        feed.level(15 * k + 3, BUY, 95, 120)
        feed.level(15 * k + 5, BUY, 95, 20)
    (found,) = feed.market.spoofing()
    assert (found.placements, found.cancellation_rate) == (80, 1.0)
    assert found.time_to_cancel == (1 + 4) / 2


def test_ordinary_size_orders_at_the_best_and_far_ones_are_not_followed() -> None:
    assert flicker(size=19).market.spoofing() == ()
    assert len(flicker(size=20).market.spoofing()) == 1
    assert flicker(price=100).market.spoofing(min_distance_ticks=0) == ()
    assert len(flicker(price=100 - REACH, size=200).market.spoofing()) == 1
    assert flicker(price=99 - REACH, size=200).market.spoofing() == ()


def test_what_stood_before_a_reset_is_not_followed_across_it() -> None:
    feed = quiet()
    shown = {100 - k: 20 for k in range(10)}
    for k in range(40):
        feed.level(15 * k + 1, BUY, 95, 120)
        feed.book(15 * k + 2, shown | {95: 120}, {101: 20})
        feed.level(15 * k + 3, BUY, 95, 20)
    assert feed.market.spoofing(min_cancellation_rate=0.0, confidence_threshold=0.0) == ()


def test_a_quiet_book_and_the_past_are_silent() -> None:
    assert quiet().market.spoofing() == ()
    feed = flicker()
    feed.market.on_time(feed.market.now + 601 * SECOND)
    assert feed.market.spoofing() == ()
