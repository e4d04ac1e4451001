"""Where a trade's stop and target lie, in whole ticks from its fill. Integer arithmetic."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise

from config.schema import Risk
from messages.base import Ticks
from messages.market import Bar

VENUE_LEAST: Ticks = 4
"""The venue refuses a bracket nearer than this (gateway.md 5.2)."""

ROUGH = 10
"""True ranges enough for a rough mean: the bounds of the stop hold what it lacks, and a restarted
room need not wait for the whole window.
"""


class TrueRanges:
    """True ranges of the newest `window` one-second bars: the larger of high, previous close minus
    the smaller of low, previous close (J. W. Wilder, 1978), here with a plain mean.
    """

    def __init__(self, window: int) -> None:
        self.needed = min(window, ROUGH)
        self._bars: deque[Bar] = deque(maxlen=window + 1)

    @property
    def known(self) -> int:
        return max(0, len(self._bars) - 1)

    @property
    def ready(self) -> bool:
        return self.known >= self.needed

    def total(self) -> Ticks:
        """The sum of the known true ranges."""
        return sum(
            max(bar.high, before.close) - min(bar.low, before.close)
            for before, bar in pairwise(self._bars)
        )

    def add(self, bar: Bar) -> None:
        if not self._bars or bar.end > self._bars[-1].end:
            self._bars.append(bar)

    def fill(self, older: Iterable[Bar]) -> None:
        """Put the past in front of what was seen live; a live bar beats the past's of the same
        second.
        """
        bars = {bar.end: bar for bar in (*older, *self._bars)}
        self._bars.clear()
        self._bars.extend(bars[end] for end in sorted(bars))


def farthest(risk: Risk) -> Ticks:
    """The farthest stop that these settings can give."""
    return max(risk.stop_ticks if risk.stop == "ticks" else risk.max_stop_ticks, VENUE_LEAST)


def stop_ticks(ranges: TrueRanges, risk: Risk) -> Ticks:
    """`risk.stop_ticks`, or the mean true range times `atr_multiple`, to the nearest tick, within
    the two bounds; the farthest stop while the mean is not known.
    """
    least, most = max(risk.min_stop_ticks, VENUE_LEAST), farthest(risk)
    if risk.stop == "ticks" or not ranges.ready:
        return most
    over, under = risk.atr_multiple.as_integer_ratio()
    under *= ranges.known
    nearest = (2 * ranges.total() * over + under) // (2 * under)
    return min(max(nearest, least), most)


def target_ticks(stop: Ticks, reward_risk: Decimal) -> Ticks:
    """`stop` times `reward_risk`, up to the next tick: never a worse ratio than asked for."""
    over, under = reward_risk.as_integer_ratio()
    return max(-(-stop * over // under), VENUE_LEAST)
