"""The newest consecutive bars of one contract, as the features need them."""

from collections import deque
from collections.abc import Iterator, Sequence

from messages.base import SECOND
from messages.decision import ModelRefusal
from messages.market import Bar
from models.features import LIVE, PAST, known

LONGEST_BRIDGE = 60 * SECOND
"""History states no bar for a silent second; a hole no longer than this was silence."""


class Window:
    """At most PAST consecutive bars. Holes up to LONGEST_BRIDGE are bridged with flat bars, which
    carry a close but no flow and no book; a longer one empties the window.
    """

    def __init__(self) -> None:
        self.bars: deque[Bar] = deque(maxlen=PAST)

    def add(self, bar: Bar, degraded: bool = False) -> ModelRefusal | None:
        """Take in a bar as it closes; why there is nothing to predict from, if so."""
        gap = bool(self.bars) and bar.start != self.bars[-1].end
        self._append(bar)
        if degraded:
            return ModelRefusal.DEGRADED
        if gap:
            return ModelRefusal.GAP
        if not known(bar):
            return ModelRefusal.NO_BOOK
        if len(self.bars) < PAST or self.known < LIVE:
            return ModelRefusal.COLD_WINDOW
        return None

    def warm(self, history: Sequence[Bar]) -> None:
        """Put past bars (oldest first) before the live ones; where both exist the live stays."""
        live = list(self.bars)
        self.bars.clear()
        for bar in history:
            if not live or bar.end <= live[0].start:
                self._append(bar)
        for bar in live:
            self._append(bar)

    @property
    def known(self) -> int:
        """How many of the newest LIVE bars carry flow and book."""
        return sum(known(self.bars[-1 - k]) for k in range(min(LIVE, len(self.bars))))

    @property
    def words(self) -> str:
        return f"{len(self.bars)} of {PAST} bars, {self.known} of {LIVE} with flow and book"

    def _append(self, bar: Bar) -> None:
        if self.bars:
            last = self.bars[-1]
            if not 0 <= bar.start - last.end <= LONGEST_BRIDGE:
                self.bars.clear()
            else:
                self.bars.extend(_flat(last, bar))
        self.bars.append(bar)


def _flat(last: Bar, following: Bar) -> Iterator[Bar]:
    close = last.close
    for start in range(last.end, following.start, SECOND):
        yield Bar(start, start + SECOND, close, close, close, close, 0)
