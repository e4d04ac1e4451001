"""The decisions of the sample strategies, at and beside every boundary."""

from collections.abc import Sequence

import pytest

from actors.signal.samples.breakout import Breakout
from actors.signal.samples.reversion import Reversion
from actors.signal.samples.timed import Timed
from actors.signal.strategy import Strategy, View
from messages.base import SECOND
from messages.decision import NoSignal, Signal, SignalKind, SignalRefusal
from messages.market import Bar
from tests.signal.bench import MES, NOW, nothing

MINUTE = NOW - NOW % (60 * SECOND)
LONG, SHORT = SignalKind.LONG_ENTRY, SignalKind.SHORT_ENTRY
EXIT_LONG, EXIT_SHORT = SignalKind.EXIT_LONG, SignalKind.EXIT_SHORT
HOLDING, NONE = SignalRefusal.HOLDING, SignalRefusal.STRATEGY


def decide(
    strategy: Strategy, closes: Sequence[int], size: int = 0, after: int = 0, reach: int = 0
) -> Signal | NoSignal:
    """The answer to one-second bars with these closes, whose highs and lows reach beyond them, the
    last of which ends `after` seconds after a whole minute.
    """
    end = MINUTE + after * SECOND
    ends = [end - (len(closes) - 1 - k) * SECOND for k in range(len(closes))]
    bars = tuple(
        Bar(at - SECOND, at, price, price + reach, price - reach, price, 1)
        for at, price in zip(ends, closes, strict=True)
    )
    return strategy.decide(View(MES.id, bars[-1], nothing(), size, "", True, False, bars))


def outcome(answer: Signal | NoSignal) -> SignalKind | SignalRefusal:
    return answer.kind if isinstance(answer, Signal) else answer.code


TIMED = Timed(MES, every_s=60, hold_s=20, lookback=2)


@pytest.mark.parametrize(
    ("closes", "after", "expected"),
    [
        ([100, 100, 101], 0, LONG),
        ([101, 100, 100], 0, SHORT),
        ([100, 105, 100], 0, SignalRefusal.NO_DIRECTION),
        ([90, 100, 100, 100], 0, SignalRefusal.NO_DIRECTION),
        ([100, 101], 0, NONE),
        ([100, 100, 101], 1, NONE),
        ([100, 100, 101], 59, NONE),
        ([100, 100, 101], 60, LONG),
    ],
)
def test_timed_enters_at_the_whole_minute_with_the_move(
    closes: list[int], after: int, expected: SignalKind | SignalRefusal
) -> None:
    assert outcome(decide(TIMED, closes, after=after)) == expected


@pytest.mark.parametrize(("size", "exit"), [(1, EXIT_LONG), (-1, EXIT_SHORT)])
def test_timed_leaves_when_its_time_is_over(size: int, exit: SignalKind) -> None:
    for after, expected in ((1, HOLDING), (19, HOLDING), (20, exit), (59, exit), (60, exit)):
        assert outcome(decide(TIMED, [100] * 3, size, after)) == expected


BREAKOUT = Breakout(MES, window=4, exit_window=2, margin=2)
RANGE = [100, 103, 98, 100]


@pytest.mark.parametrize(
    ("close", "expected"),
    [(106, LONG), (105, NONE), (96, NONE), (95, SHORT)],
)
def test_breakout_enters_by_its_margin_beyond_the_highs_and_lows(
    close: int, expected: SignalKind | SignalRefusal
) -> None:
    assert outcome(decide(BREAKOUT, [*RANGE, close], reach=1)) == expected


def test_breakout_waits_for_its_window_and_forgets_what_is_older() -> None:
    assert outcome(decide(BREAKOUT, [100, 103, 98, 110])) == NONE
    assert outcome(decide(BREAKOUT, [200, *RANGE, 105])) == LONG


@pytest.mark.parametrize(
    ("size", "close", "expected"),
    [
        (1, 98, HOLDING),
        (1, 97, EXIT_LONG),
        (-1, 100, HOLDING),
        (-1, 101, EXIT_SHORT),
        (1, 120, HOLDING),
        (-1, 80, HOLDING),
    ],
)
def test_breakout_leaves_beyond_the_opposite_end_of_the_shorter_range(
    size: int, close: int, expected: SignalKind | SignalRefusal
) -> None:
    assert outcome(decide(BREAKOUT, [*RANGE, close], size)) == expected


REVERSION = Reversion(MES, window=4, sigmas=2, least=4)
WIDE = [97, 103, 97, 103]
"""Mean 100, standard deviation 3."""


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        ([*WIDE, 106], NONE),
        ([*WIDE, 107], SHORT),
        ([*WIDE, 94], NONE),
        ([*WIDE, 93], LONG),
        ([100, 100, 100, 100, 104], SHORT),
        ([100, 100, 100, 100, 103], NONE),
        ([100, 100, 100, 100, 96], LONG),
        ([100, 100, 100, 100, 97], NONE),
        ([*WIDE[1:], 107], NONE),
        ([500, *WIDE, 107], SHORT),
    ],
)
def test_reversion_enters_against_a_price_beyond_its_deviations_and_least_distance(
    closes: list[int], expected: SignalKind | SignalRefusal
) -> None:
    assert outcome(decide(REVERSION, closes)) == expected


@pytest.mark.parametrize(
    ("size", "close", "expected"),
    [
        (1, 99, HOLDING),
        (1, 100, EXIT_LONG),
        (-1, 101, HOLDING),
        (-1, 100, EXIT_SHORT),
        (2, 110, EXIT_LONG),
    ],
)
def test_reversion_leaves_at_the_mean(
    size: int, close: int, expected: SignalKind | SignalRefusal
) -> None:
    assert outcome(decide(REVERSION, [*WIDE, close], size)) == expected


@pytest.mark.parametrize("strategy", [Timed(MES), Breakout(MES), Reversion(MES)])
def test_the_same_view_has_the_same_answer(strategy: Strategy) -> None:
    closes = [100 + (7 * k) % 11 for k in range(61)]
    first = decide(strategy, [*closes, 130])
    decide(strategy, closes, size=1)
    assert decide(strategy, [*closes, 130]) == first
    assert isinstance(first, Signal)
