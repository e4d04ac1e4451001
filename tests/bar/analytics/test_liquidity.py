"""Measures of the displayed book, by hand."""

import pytest

from actors.bar.analytics.liquidity import (
    Impact,
    LiquidityLevel,
    depth_within,
    imbalance,
    impact,
    liquidity_levels,
    microprice,
    snapshot,
)
from actors.bar.ladder import Ladder, Touch
from tests.bar.analytics.bench import BUY, SELL, ladder

BOOK = ladder({100: 10, 99: 20, 97: 30}, {101: 5, 102: 15, 105: 100})


def test_imbalance_is_bids_less_asks_over_both_in_the_best_levels() -> None:
    near, far = imbalance(BOOK, 2), imbalance(BOOK)
    assert near == (30, 20, 10 / 50)
    assert far == (60, 120, -60 / 180)


@pytest.mark.parametrize(("bid", "ask", "sign"), [(99, 1, 0.98), (1, 99, -0.98), (4, 4, 0)])
def test_imbalance_is_positive_for_buyers(bid: int, ask: int, sign: float) -> None:
    found = imbalance(ladder({100: bid}, {101: ask}))
    assert found is not None
    assert found.ratio == sign


def test_no_imbalance_without_a_book() -> None:
    assert imbalance(Ladder()) is None


def test_depth_within_a_range_counts_each_side_from_its_own_best() -> None:
    assert depth_within(BOOK, 0) == (1, 1, 10, 5)
    assert depth_within(BOOK, 3) == (3, 2, 60, 20)
    assert depth_within(BOOK, 4) == (3, 3, 60, 120)


def test_impact_walks_the_other_side_level_by_level() -> None:
    # 5 at 101, 15 at 102, 10 at 105: 505 + 1530 + 1050 = 3085
    assert impact(BOOK, BUY, 30) == Impact(30, 0, 3, 3085 / 30, 105, 55 / 30)
    # 10 at 100, 2 at 99
    assert impact(BOOK, SELL, 12) == Impact(12, 0, 2, 1198 / 12, 99, 2 / 12)
    assert impact(BOOK, BUY, 5) == Impact(5, 0, 1, 101.0, 101, 0.0)


def test_impact_says_what_the_book_cannot_fill() -> None:
    assert impact(BOOK, SELL, 100)[:3] == (60, 40, 3)
    assert impact(Ladder(), BUY, 3) == Impact(0, 3, 0, 0.0, None, 0.0)
    with pytest.raises(ValueError, match="give at least 1"):
        impact(BOOK, BUY, 0)


def test_liquidity_levels_are_the_large_ones_of_the_best_levels() -> None:
    assert liquidity_levels(BOOK, min_volume=20) == (
        LiquidityLevel(SELL, 105, 100, 4, 100 / 120),
        LiquidityLevel(BUY, 97, 30, 3, 30 / 60),
        LiquidityLevel(BUY, 99, 20, 1, 20 / 60),
    )
    assert liquidity_levels(BOOK, min_volume=20, levels=2) == (
        LiquidityLevel(BUY, 99, 20, 1, 20 / 30),
    )
    assert [level.price for level in liquidity_levels(BOOK)] == [105]


def test_a_quiet_book_has_no_liquidity_level() -> None:
    quiet = ladder({100 - k: 20 for k in range(30)}, {101 + k: 20 for k in range(30)})
    assert liquidity_levels(quiet) == ()


def test_the_microprice_leans_to_the_thinner_side() -> None:
    assert microprice(Touch(100, 102, 30, 10)) == (100 * 10 + 102 * 30) / 40 == 101.5


def test_a_snapshot_shows_both_sides_best_first_and_whether_to_rely_on_it() -> None:
    shown = snapshot(BOOK, 2)
    assert shown.whole
    assert shown.touch == Touch(100, 101, 10, 5)
    assert shown.bids == ((100, 10), (99, 20))
    assert shown.asks == ((101, 5), (102, 15))
    assert snapshot(Ladder()) == (False, None, (), ())
