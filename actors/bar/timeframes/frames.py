"""One contract's bars of several timeframes, built at once."""

from collections.abc import Callable, Iterable
from operator import attrgetter

from actors.bar.lag import Lag
from actors.bar.picture import AHEAD, ALLOWANCE
from actors.bar.timeframes.cell import NEVER
from actors.bar.timeframes.counted import CountedBars
from actors.bar.timeframes.run import Run
from actors.bar.timeframes.timed import TimedBars
from actors.bar.timeframes.told import Told
from config.timeframe import Timeframe
from messages.base import Nanos
from messages.market import Bar, Side, Tape

Add = Callable[[Nanos, int, int, int, int], bool]

_END = attrgetter("bar.end")
_BUY = Side.BUY  # an enum's members are slow to reach
LONG = 60
"""Frames of so many seconds and more share a Run: their bars change seldom enough for it to pay."""


class Frames:
    """Prints in, closed bars of every timeframe out, oldest end first.

    A timed bar closes at the first print stamped `allowance` (ns) after its end or later, or by our
    clock when the venue's has passed that (`on_time`, at `due`). What comes later corrects it
    (TimedBars). In every frame the volume of the bars is the volume of the tape. `lag` is that
    of whoever hears the contract's other streams too, and notes it.
    """

    def __init__(
        self,
        timeframes: Iterable[Timeframe],
        allowance: Nanos = ALLOWANCE,
        lag: Lag | None = None,
    ) -> None:
        wanted = tuple(dict.fromkeys(timeframes))
        self._timed = {each: TimedBars(each) for each in wanted if each.timed}
        self._counted = {each: CountedBars(each) for each in wanted if not each.timed}
        self.every: tuple[TimedBars | CountedBars, ...] = (
            *self._timed.values(),
            *self._counted.values(),
        )
        long = [each for each in self._timed.values() if each.timeframe.seconds >= LONG]
        shared = long if len(long) > 1 else []
        self._run = Run(shared)
        self._adds: tuple[Add, ...] = (
            *([self._run.add] if shared else []),
            *(each.add for each in self.every if each not in shared),
        )
        self._allowance = allowance
        self._lag = Lag() if lag is None else lag
        self._notes = lag is None
        self.ends: Nanos = NEVER
        """The end of the bar that ends first; NEVER while none forms."""
        self._due: Nanos = NEVER
        """The stamp at which something closes."""
        self.floor: Nanos = 0
        """Older prints are in the venue's bars, which stood in until then."""
        self.ahead = 0
        """Prints stamped more than AHEAD after their receipt, and cut to that."""
        self.missed = 0
        """Contracts of bars that came in place of prints: counted frames lack them."""

    @property
    def due(self) -> Nanos | None:
        """When, by our clock, a bar closes of itself; None while none forms."""
        return self._due + self._lag.least if self._due < NEVER else None

    def late(self, timeframe: Timeframe) -> tuple[int, int]:
        """Prints that came after their bar had closed, and those of them that were too late to
        correct it and stand in the oldest remembered bar.
        """
        bars = self._timed.get(timeframe)
        return (bars.late, bars.strays) if bars else (0, 0)

    def on_tape(self, tape: Tape) -> list[Told]:
        """Count prints in the venue's order."""
        prints, received = tape.prints, tape.received
        ahead, adds, told = received + AHEAD, self._adds, False
        floor = self.floor
        for one in prints:
            stamp, price, size = one.stamp, one.price, one.size
            if stamp < floor:
                continue
            if stamp > ahead:
                stamp = ahead
                self.ahead += 1
            moved = stamp >= self._due
            if moved:
                self._close(stamp - self._allowance)
            bought = size if one.side is _BUY else 0
            worth = price * size
            for add in adds:
                if add(stamp, price, size, bought, worth):
                    moved = True
            if moved:
                self._watch()
                told = True
        if prints and self._notes:
            self._lag.note(received, min(prints[-1].stamp, ahead))
        return self._take() if told else []

    def on_bar(self, bar: Bar) -> list[Told]:
        """Count a closed bar of a shorter frame in place of its prints: the past's, or those of a
        gap. Timed frames alone; a frame closes with the bar that reaches its end. From 1 s bars
        they are exact but for prints that came late to these. ValueError if the bar does not lie
        within one period of each frame.
        """
        for each in self._timed.values():
            if not each.fits(bar):
                raise ValueError(
                    f"a bar of {(bar.end - bar.start) / 1e9:g} s from {bar.start} ns does not lie"
                    f" within one bar of {each.timeframe}: give shorter ones"
                )
        self._run.share()
        if self._counted:
            self.missed += bar.volume
        for each in self._timed.values():
            each.take(bar)
        self._close(bar.end)
        return self._take()

    def on_time(self, now: Nanos) -> list[Told]:
        """Close what is due by our clock."""
        if self.due is None or now < self.due:
            return []
        self._close(now - self._lag.least - self._allowance)
        return self._take()

    def end(self) -> list[Told]:
        """The market data has ended: close what forms, as it is."""
        self._close(NEVER)
        return self._take()

    def _close(self, edge: Nanos) -> None:
        self._run.close(edge)
        for each in self.every:
            each.close(edge)
        self._watch()

    def _watch(self) -> None:
        ends = NEVER
        for each in self.every:
            if each.due < ends:
                ends = each.due
        self.ends = ends
        self._due = ends + self._allowance

    def _take(self) -> list[Told]:
        found: list[Told] = []
        for each in self.every:
            each.revise()
            if each.told:
                found += each.told
                each.told.clear()
        if len(found) > 1:
            found.sort(key=_END)
        return found
