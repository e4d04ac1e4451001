"""Support and resistance: planted turns are found, a quiet or a trending tape has none."""

from collections.abc import Iterable

from actors.bar.analytics.levels import REVERSAL, PriceLevel, Turn, Turns
from messages.base import SECOND
from tests.bar.analytics.bench import BUY, SELL, Feed, at


def walked(prices: Iterable[int]) -> Turns:
    turns = Turns()
    for second, price in enumerate(prices):
        turns.add(at(second), price)
    return turns


def test_a_turn_is_an_extreme_from_which_price_came_back_far_enough() -> None:
    up_and_down = [100, 105, 110, 110, 104, 102, 95, 103]
    assert list(walked(up_and_down).turns) == [Turn(at(2), 110, SELL), Turn(at(6), 95, BUY)]


def test_less_than_the_reversal_is_no_turn() -> None:
    assert not walked([100, 100 + REVERSAL - 1, 100]).turns
    assert list(walked([100, 100 + REVERSAL, 100]).turns) == [Turn(at(1), 100 + REVERSAL, SELL)]


def test_a_planted_support_and_resistance_are_found() -> None:
    feed = Feed()
    for second, price in enumerate([110, 100, 121, 101, 120, 100, 121, 110]):
        feed.trade(second, price, 1, BUY)
    assert feed.market.support_resistance() == (
        PriceLevel(BUY, 100, 3, 3, 0, at(5)),
        PriceLevel(SELL, 121, 3, 0, 3, at(6)),
    )


def test_a_price_that_turned_from_both_sides_counts_both() -> None:
    (level,) = walked([100, 120, 110, 130, 120, 135]).levels(at(5), tolerance=0, min_touches=2)
    assert level == PriceLevel(BUY, 120, 2, 1, 1, at(4))


def test_most_touches_come_first_then_the_nearer_level() -> None:
    turns = walked([110, 100, 130, 100, 130, 100, 120, 110, 120, 110, 118])
    found = turns.levels(at(10), min_touches=2)
    assert [(one.price, one.touches) for one in found] == [(100, 3), (120, 2), (110, 2), (130, 2)]


def test_touches_outside_the_lookback_are_forgotten() -> None:
    turns = walked([110, 100, 120, 100, 120, 100, 120])
    assert [level.touches for level in turns.levels(at(6))] == [3]
    assert turns.levels(at(6), lookback=5 * SECOND) == ()
    assert [one.touches for one in turns.levels(at(6), 5 * SECOND, min_touches=2)] == [2, 2]


def test_turns_further_apart_than_the_tolerance_make_no_level() -> None:
    prices = [110, 100, 120, 103, 123, 106, 126, 110]
    assert walked(prices).levels(at(7)) == ()
    assert [level.touches for level in walked(prices).levels(at(7), tolerance=3)] == [3, 3]


def test_a_quiet_tape_and_a_trend_have_no_levels() -> None:
    assert walked([100, 101] * 500).levels(at(1_000)) == ()
    assert walked(range(100, 1_000)).levels(at(1_000), min_touches=2) == ()
    assert Turns().levels(at(0)) == ()
