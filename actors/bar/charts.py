"""One contract's bars of every wanted timeframe: cut from the tape, joined with the venue's own.

Pure: what the tape brings, the venue's answers and time in; messages out.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from actors.bar.history.hours import Market
from actors.bar.history.series import Series
from actors.bar.lag import Lag
from actors.bar.timeframes.frames import Frames
from actors.bar.timeframes.told import Told
from config.timeframe import Timeframe
from messages.base import SECOND, Nanos
from messages.market import Bar, BarsFound, FrameClosed, PastFrames, QueryBars, Tape

KEPT = 300
"""Bars of a timeframe that are kept, asked the venue for at the start, and told at most."""
SETTLE = 2 * SECOND
"""How long after a bar's end the venue's own is taken for complete."""
AGAIN = 60 * SECOND
"""When what the venue has not answered, or not in full, is asked for again."""


class Charts:
    """A bar is `degraded` unless our tape ran through all of it. Such a bar is asked for: the
    venue's takes its place, as it does before the start.

    `hours` tells when the market is open: only then can a bar be missing.
    """

    def __init__(
        self, contract: str, timeframes: Sequence[Timeframe], hours: Market, lag: Lag
    ) -> None:
        self.frames = Frames(timeframes, lag=lag)
        self.refused: dict[Timeframe, str] = {}
        """Timeframes whose bars the venue cuts otherwise, and how: they have no past."""
        self.missing = False
        """Whether the venue still had bars to tell as it was last looked at."""
        self._contract = contract
        self._hours = hours
        self._lag = lag
        self._series = {each: Series(each, KEPT) for each in timeframes if each.timed}
        self._counted: dict[Timeframe, deque[Bar]] = {
            each: deque(maxlen=KEPT) for each in timeframes if not each.timed
        }
        self._since: Nanos | None = None
        """Since when the tape has run without a hole."""
        self._until: Nanos = 0
        """Up to where it did."""
        self._broke: Nanos = 0
        self._asked: dict[tuple[int, Nanos], tuple[QueryBars, Nanos]] = {}
        """Questions by width and start, and when they were asked."""
        self.told: list[FrameClosed] = []
        """For the caller to take away, oldest end first."""

    @property
    def late(self) -> tuple[int, int]:
        """Prints that came after their bar of any timeframe had closed, and those of them that were
        too late to correct it.
        """
        counts = [self.frames.late(each) for each in self._series]
        return sum(late for late, _ in counts), sum(strays for _, strays in counts)

    # What the tape brings

    def on_tape(self, tape: Tape) -> None:
        if told := self.frames.on_tape(tape):
            self._tell(told)

    def on_time(self, now: Nanos) -> None:
        """Close what is due by our clock."""
        self._tell(self.frames.on_time(now))

    def taped(self, bars: Sequence[Bar]) -> None:
        """Our tape has made these bars of one second; a jump between them is a hole."""
        for bar in bars:
            if bar.start != self._until:
                self.broken()
            if self._since is None:
                self._since = bar.start
                for series in self._series.values():
                    series.tape_back(bar.start)
            self._until = bar.end

    def stated(self, bars: Iterable[Bar]) -> None:
        """The venue has told these bars of one second, in place of prints. That in which the tape
        broke off would count twice; the venue's bars of the timeframes will have it whole.
        """
        if self.frames.every:
            for bar in bars:
                if bar.start != self._broke:
                    self._tell(self.frames.on_bar(bar))

    def broken(self, second: Nanos = 0) -> None:
        """The tape is away, or has jumped; it has told of a part of the `second` from there on."""
        self._broke = second
        if self._since is not None:
            self._since = None
            for series in self._series.values():
                series.tape_lost(self._until)

    def end(self) -> None:
        """The market data has ended: what forms is told as it is."""
        self.broken()
        self._tell(self.frames.end())

    # The venue's own

    def question(self, now: Nanos) -> QueryBars | None:
        """What to ask the venue for next, if anything is missing; `missing` tells whether."""
        venues = now - self._lag.least
        self._asked = {key: one for key, one in self._asked.items() if now - one[1] < AGAIN}
        self.missing = False
        for timeframe, series in self._series.items():
            if timeframe in self.refused:
                continue
            since = venues - KEPT * timeframe.seconds * SECOND
            missing = series.missing(since, venues - SETTLE, self._hours)
            for question in series.questions(self._contract, missing):
                self.missing = True
                key = question.seconds, question.start
                before, _ = self._asked.get(key, (None, 0))
                if before is None or before.end < question.end:
                    self._asked[key] = question, now
                    return question
        return None

    def found(self, answer: BarsFound) -> list[PastFrames]:
        """Take in the venue's answer; the timeframes that it changes, as they now are."""
        question, _ = self._asked.get((answer.seconds, answer.since), (None, 0))
        if question is None:
            return []
        answer = replace(answer, asked=answer.asked - self._lag.least)  # as its bars are stamped
        told = []
        for timeframe, series in self._series.items():
            if series.seconds == answer.seconds:
                before = series.bars
                try:
                    series.found(question, answer)
                except ValueError as error:
                    self.refused[timeframe] = str(error)
                if series.bars != before:
                    told.append(PastFrames(self._contract, str(timeframe), series.bars))
        return told

    def past(self) -> Iterator[PastFrames]:
        """All that is kept, for whoever has lost it."""
        for timeframe, series in self._series.items():
            yield PastFrames(self._contract, str(timeframe), series.bars)
        for timeframe, bars in self._counted.items():
            yield PastFrames(self._contract, str(timeframe), tuple(bars))

    def _tell(self, told: Iterable[Told]) -> None:
        for one in told:
            timeframe, bar, revision = one
            if (series := self._series.get(timeframe)) is None:
                self._counted[timeframe].append(bar)
                whole = self._since is not None and self._since <= bar.start
            elif not series.tell(one):
                continue
            else:
                whole = series.taped(bar)
            self.told.append(FrameClosed(self._contract, str(timeframe), bar, revision, not whole))
