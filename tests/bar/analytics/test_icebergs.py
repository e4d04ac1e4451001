"""Icebergs: the planted one is found, ordinary trading and quiet books are not."""

import pytest

from actors.bar.analytics.icebergs import Iceberg
from messages.base import SECOND
from messages.market import Side
from tests.bar.analytics.bench import BUY, SELL, Feed


def quiet() -> Feed:
    feed = Feed()
    feed.book(0, {100 - k: 20 for k in range(10)}, {101 + k: 20 for k in range(10)})
    return feed


def refill(feed: Feed, times: int, side: Side = BUY, price: int = 100, size: int = 12) -> None:
    """Once a second `size` contracts trade at a level, and its row shows 20 again."""
    for k in range(times):
        feed.trade(1 + k, price, size, side.opposite)
        feed.level(1 + k, side, price, 20)


def test_a_planted_iceberg_is_found_with_its_tip() -> None:
    feed = quiet()
    refill(feed, 6)
    found = feed.market.icebergs()
    assert found == (Iceberg(BUY, 100, 12, 6, 72, 0, 1.0, (1 - 5 / 12 + 1) / 2),)


@pytest.mark.parametrize(("side", "price"), [(BUY, 100), (SELL, 101)])
def test_it_is_found_on_either_side(side: Side, price: int) -> None:
    feed = quiet()
    refill(feed, 5, side, price, size=10)
    (found,) = feed.market.icebergs()
    assert (found.side, found.price, found.tip) == (side, price, 10)


def test_trading_more_than_was_displayed_is_counted() -> None:
    feed = quiet()
    refill(feed, 5, size=25)
    (found,) = feed.market.icebergs()
    assert (found.tip, found.executed, found.beyond) == (20, 125, 25)


def test_too_few_refills_or_too_little_volume_is_none() -> None:
    feed = quiet()
    refill(feed, 6)
    assert feed.market.icebergs(min_refreshes=7) == ()
    assert feed.market.icebergs(volume_threshold=73) == ()
    assert len(feed.market.icebergs(6, 72)) == 1


def test_refills_leave_the_window_with_time() -> None:
    feed = quiet()
    refill(feed, 6)
    feed.market.on_time(feed.market.now + 601 * SECOND)
    assert feed.market.icebergs() == ()
    assert len(feed.market.icebergs(window=1_200 * SECOND)) == 1


def test_irregular_refills_rank_below_regular_ones() -> None:
    feed = quiet()
    for k in range(10):
        feed.trade(1 + k, 100, 12, SELL)
        feed.level(1 + k, BUY, 100, 20)
        feed.trade(1 + k, 101, 12, BUY)
        feed.level(1 + k, SELL, 101, 20 if k % 2 else 21 + k)
        feed.level(1.5 + k, SELL, 101, 20)
    first, second = feed.market.icebergs()
    assert (first.side, first.regularity) == (BUY, 1.0)
    assert (second.side, second.regularity) == (SELL, 0.5)
    assert first.confidence > second.confidence


def test_a_level_that_trades_down_without_refill_is_none() -> None:
    feed = quiet()
    for k in range(10):
        feed.trade(1 + k, 100, 2, SELL)
        feed.level(1 + k, BUY, 100, 18 - 2 * k)
    assert feed.market.icebergs(1, 1) == ()


def test_orders_that_join_between_trades_are_none() -> None:
    feed = quiet()
    for k in range(10):
        feed.trade(1 + k, 100, 12, SELL)
        feed.level(1 + k, BUY, 100, 8)
        feed.level(1.5 + k, BUY, 100, 20)
    assert feed.market.icebergs(1, 1) == ()


def test_a_trade_that_no_row_followed_is_forgotten_within_two_seconds() -> None:
    feed = quiet()
    feed.trade(1, 100, 12, SELL)
    feed.level(5, BUY, 100, 20)
    assert feed.market.icebergs(1, 1) == ()


def test_a_snapshot_after_a_trade_is_no_refill() -> None:
    feed = quiet()
    feed.trade(1, 100, 12, SELL)
    feed.book(1.5, {100: 20}, {101: 20})
    assert feed.market.icebergs(1, 1) == ()


def test_a_quiet_book_is_silent() -> None:
    assert quiet().market.icebergs(1, 1) == ()
