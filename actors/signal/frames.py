"""What a strategy sees of the bars beside those of one second."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from config.timeframe import parse
from messages.market import Bar, FrameClosed, PastFrames

MOST = 300
"""Bars of a timeframe that are kept."""

_START = attrgetter("start")


class Frames:
    """One contract's newest bars of the wanted timeframes, as the bar room tells them."""

    def __init__(self, timeframes: Iterable[str]) -> None:
        self._bars: dict[str, tuple[Bar, ...]] = dict.fromkeys(timeframes, ())
        self._timed = {each: parse(each).timed for each in self._bars}

    @property
    def bars(self) -> Mapping[str, tuple[Bar, ...]]:
        """By timeframe, oldest first. Not to be changed."""
        return self._bars

    def past(self, past: PastFrames) -> None:
        self._keep(past.timeframe, past.bars)

    def closed(self, closed: FrameClosed) -> None:
        bars, bar = self._bars.get(closed.timeframe, ()), closed.bar
        if not self._timed.get(closed.timeframe) or not bars or bars[-1].start < bar.start:
            self._keep(closed.timeframe, (*bars, bar))
            return
        place = bisect_left(bars, bar.start, key=_START)
        rest = bars[place:]
        if rest[0].start == bar.start:
            rest = rest[1:]
        self._keep(closed.timeframe, (*bars[:place], bar, *rest))

    def _keep(self, timeframe: str, bars: Sequence[Bar]) -> None:
        # a mapping of its own for each change: a view that a strategy has kept stays as it was
        self._bars = {**self._bars, timeframe: tuple(bars[-MOST:])}
