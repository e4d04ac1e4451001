"""One timeframe's bars: the venue's past and our own, without seam or double count."""

from bisect import insort

from msgspec import structs

from actors.bar.history.hours import Market, trimmed
from actors.bar.history.spans import Span, Spans
from actors.bar.timeframes.periods import period
from actors.bar.timeframes.told import Told
from config.timeframe import Timeframe
from messages.base import SECOND, Nanos
from messages.market import Bar, BarsFound, QueryBars

MOST_BARS = 20_000
"""Bars kept; older ones are forgotten."""
STALLED = 7_200 * SECOND
"""An answer vouches for the silence behind its newest bar when the question ended so long before it
was asked: the venue's newest bar has been seen frozen for 75 minutes while the market traded
(gateway.md 9).
"""


class Series:
    """Every period has one bar, from one side: our own where the tape ran through all of it, for it
    carries the flow, else the venue's, else what we have. A period without prints has none.

    Our own tape runs from `tape_back` to `tape_lost`; it counts as away at first.
    """

    def __init__(self, timeframe: Timeframe, most: int = MOST_BARS) -> None:
        """ValueError for tick and volume frames, of which the venue has no past."""
        self.timeframe = timeframe
        self.seconds = timeframe.seconds
        self._most = most
        self._bars: dict[Nanos, Bar] = {}
        self._starts: list[Nanos] = []
        self._ours: set[Nanos] = set()
        """Starts of bars through all of which the tape ran."""
        self._theirs: set[Nanos] = set()
        self._taped = Spans()
        self._answered = Spans()
        self._since: Nanos | None = None
        """Since when the tape has run."""
        self._oldest: Nanos = 0
        """Bars before it have been forgotten, and are not missing."""

    @property
    def bars(self) -> tuple[Bar, ...]:
        """Oldest first."""
        return tuple(self._bars[start] for start in self._starts)

    def tape_back(self, at: Nanos) -> None:
        """Our tape is whole from `at` on, by the venue's time."""
        if self._since is None:
            self._since = at

    def tape_lost(self, at: Nanos) -> None:
        """Our tape was whole up to `at`."""
        if self._since is not None:
            self._taped.add(self._since, at)
            self._since = None

    def taped(self, bar: Bar) -> bool:
        """Whether our tape ran through all of a bar."""
        return self._runs(bar.start, bar.end)

    def tell(self, told: Told) -> bool:
        """Take in a bar of our own, or its correction; False if the venue's stands in its place.
        ValueError for another timeframe's.
        """
        if told.timeframe != self.timeframe:
            raise ValueError(f"a bar of {told.timeframe} does not belong among {self.timeframe}")
        bar = told.bar
        if self._runs(bar.start, bar.end):
            self._ours.add(bar.start)
        elif bar.start in self._theirs:
            return False
        self._put(bar)
        self._forget()
        return True

    def found(self, question: QueryBars, answer: BarsFound) -> None:
        """Take in the venue's answer, in whatever order, with whatever overlap; bars that were
        forming when it was asked for, or without volume, are left out. ValueError, and nothing
        changed, if it is of another width, or its bars do not begin where ours do.
        """
        closed = self._closed(answer)
        for bar in closed:
            if bar.start not in self._ours:
                self._theirs.add(bar.start)
                self._put(bar)
        oldest = min((bar.start for bar in closed), default=None)
        newest = max((bar.end for bar in closed), default=question.start)
        cut = len(answer.bars) >= question.limit and oldest is not None
        begin = oldest if cut and oldest is not None else self._up(question.start)
        until = min(period(self.timeframe, question.end).end, self._present(answer.asked))
        settled = until <= answer.asked - STALLED
        self._answered.add(begin, until if settled else min(newest, until))
        self._forget()

    def missing(self, since: Nanos, until: Nanos, market: Market) -> list[Span]:
        """Where, from whole periods closed in [since, until], bars may be missing: neither did our
        tape run, nor has the venue answered, and the market was open in it.
        """
        begin, end = max(self._up(since), self._oldest), self._present(until)
        known = Spans([*self._taped, *self._answered])
        if self._since is not None:
            known.add(self._since, end)
        parts = (trimmed(hole, market) for hole in known.holes(begin, end))
        return list(
            Spans(Span(self._present(part.start), self._up(part.end)) for part in parts if part)
        )

    def questions(self, contract: str, missing: list[Span]) -> list[QueryBars]:
        """What to ask the venue for: one question a span. It pages beyond what one answer holds."""
        found = []
        for start, end in missing:
            last = self._present(end - 1)
            limit = (last - start) // (self.seconds * SECOND) + 2
            found.append(QueryBars(contract, self.seconds, start, last, limit))
        return found

    def _closed(self, answer: BarsFound) -> list[Bar]:
        if answer.seconds != self.seconds:
            raise ValueError(f"bars of {answer.seconds} s do not belong among {self.timeframe}")
        found = []
        for bar in answer.bars:
            start, end = period(self.timeframe, bar.start)
            if start != bar.start:
                raise ValueError(
                    f"the venue's {self.timeframe} bar from {bar.start} ns begins inside ours from"
                    f" {start} ns: ask for a shorter width and build from it"
                )
            if end <= answer.asked and bar.volume:
                found.append(structs.replace(bar, end=end))
        return found

    def _runs(self, start: Nanos, end: Nanos) -> bool:
        """Whether the tape ran through all of [start, end)."""
        running = self._since is not None and self._since <= start
        return running or self._taped.cover(start, end)

    def _present(self, stamp: Nanos) -> Nanos:
        """The start of the period that a stamp lies in."""
        return period(self.timeframe, stamp).start

    def _up(self, stamp: Nanos) -> Nanos:
        """The first start of a period at a stamp or after it."""
        start, end = period(self.timeframe, stamp)
        return start if start == stamp else end

    def _put(self, bar: Bar) -> None:
        if bar.start not in self._bars:
            insort(self._starts, bar.start)
        self._bars[bar.start] = bar

    def _forget(self) -> None:
        gone = self._starts[: -self._most]
        del self._starts[: -self._most]
        for start in gone:
            del self._bars[start]
            self._ours.discard(start)
            self._theirs.discard(start)
        if gone:
            self._oldest = self._starts[0]
            self._taped.forget(self._oldest)
            self._answered.forget(self._oldest)
