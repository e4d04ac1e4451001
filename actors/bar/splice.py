"""One contract's bars without a hole: the tape's while it runs, the venue's own where it did not.

Pure: messages and time in, messages out.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from typing import TypeAlias

from actors.bar.analytics.market import Market
from actors.bar.bars import MOST_SILENT
from actors.bar.charts import Charts
from actors.bar.history.hours import Market as Hours
from actors.bar.ladder import NEVER
from actors.bar.lag import Lag
from actors.bar.picture import Picture
from config.calendar import exchange
from config.timeframe import Timeframe
from messages.base import SECOND, Nanos, Ticks
from messages.market import Bar, BarClosed, BarsFound, Depth, Quote, Tape

SETTLE = 1 * SECOND
"""How long after a second's end the venue's bar of it is taken for complete."""
SPARE = 1 * SECOND
"""How far beyond the reopening the tape's own bars begin at least: the two clocks need not agree to
the instant.
"""
PATIENCE = 10 * SECOND
"""How long the tape's bars wait for the venue to fill the gap before them."""
MOST_BARS = 20_000
"""What the venue gives in one answer (gateway.md 9)."""

Heard: TypeAlias = Tape | Depth | Quote


class Run(Enum):
    """Where the tape stands."""

    RUNNING = auto()
    AWAY = auto()
    BACK = auto()
    """It runs again, and waits until the gap before it is filled."""


_RUNNING = Run.RUNNING  # an enum's members are slow to reach


class Splice:
    """Every second has its bar from one side alone, in order.

    The bar that forms as the tape is lost, and all before `SPARE` after its return, are the
    venue's; the tape's prints of those seconds count nowhere. What it brings after its return waits
    for the venue's last bar. A second for which the venue states no bar was silent.

    `market` is told whatever the tape brings, in the tape's order, and shares its book; `charts`
    get the tape, and the venue's seconds where it was away.
    """

    def __init__(
        self,
        taped: bool,
        contract: str = "",
        timeframes: Sequence[Timeframe] = (),
        hours: Hours = exchange,
    ) -> None:
        lag = Lag()
        self.market = Market()
        self.picture = Picture(self.market.book, lag)
        self.charts = Charts(contract, timeframes, hours, lag)
        self.run = Run.RUNNING if taped else Run.AWAY
        self._contract = contract
        self._taped = taped
        """Whether there is a tape at all."""
        self._next: Nanos = 0
        """Where the first second begins whose bar nobody has told; 0 if any may be the first."""
        self._until: Nanos = NEVER
        self._price: Ticks | None = None
        self._waiting: list[Heard] = []

    @property
    def due(self) -> Nanos | None:
        """When, by our clock, the tape's next bar closes of itself, of whatever timeframe."""
        if self.run is not _RUNNING:
            return None
        due, framed = self.picture.due, self.charts.frames.due
        if due is None or framed is None:
            return due or framed
        return min(due, framed)

    @property
    def ends(self) -> Nanos:
        """When that bar ends, by the venue's time."""
        end, framed = self.picture.bars.end, self.charts.frames.ends
        return end if end < framed else framed

    @property
    def filled(self) -> Nanos:
        """When, by our clock, the last bar of the gap can be had at the earliest."""
        return self._until + self.picture.lag + SETTLE

    def past(self, bars: tuple[Bar, ...]) -> None:
        """The venue's bars from before the start, oldest first."""
        if not bars:
            return
        self.picture.bars.start_price(bars[-1].close)
        if not self._next:
            self._next, self._price = bars[-1].end, bars[-1].close

    def hear(self, message: Heard) -> list[BarClosed]:
        if self.run is _RUNNING:
            return self._tape(message)
        if self.run is Run.BACK:
            self._waiting.append(message)
        elif isinstance(message, Quote):
            self._quoted(message)  # for its price and for the lag
        return []

    def on_time(self, now: Nanos) -> list[BarClosed]:
        """Close what is due by our clock."""
        if self.run is not Run.RUNNING:
            return []
        closed = self._whole(self.picture.on_time(now))
        self.charts.on_time(now)
        return closed

    def end(self) -> list[BarClosed]:
        """The market data has ended: close what is still forming."""
        closed = self.release() if self.run is Run.BACK else []
        if self.run is Run.RUNNING and self.picture.due is not None:
            closed += self.on_time(self.picture.due)
        self.charts.end()
        return closed

    def lost(self) -> bool:
        """The tape is away; False if it was already."""
        if self.run is Run.AWAY:
            return False
        if self.run is Run.RUNNING:
            broken = self.picture.on_break()
            self._next = broken or self._next
            self._price = self.picture.bars.price
            self.charts.broken(broken)
        self._waiting.clear()
        self._until = NEVER
        self.run = Run.AWAY
        return True

    def back(self, now: Nanos) -> bool:
        """The tape runs from `now` on; False if it never stopped."""
        if self.run is not Run.AWAY or not self._taped:
            return False
        self.run = Run.BACK
        self._until = max(_up(now - self.picture.lag + SPARE), self._next)
        return True

    def question(self, now: Nanos) -> tuple[Nanos, int]:
        """From where on to ask for bars up to now, and for how many at most."""
        start = max(self._next or _up(now) - SETTLE, now - (MOST_BARS - 2) * SECOND)
        return start, (now - start) // SECOND + 2

    def found(self, found: BarsFound) -> list[BarClosed]:
        """The venue's bars, as far as they are complete and not told yet; when they reach the
        tape's, those that wait as well.
        """
        if self.run is Run.RUNNING:
            return []
        limit = min(self._until, _down(found.asked - self.picture.lag - SETTLE))
        self._next = max(self._next, _up(found.since))
        closed = [BarClosed(self._contract, bar, True) for bar in self._stated(found.bars, limit)]
        self.charts.stated(one.bar for one in closed)
        self.market.on_time(self._next)
        if self._next >= self._until:
            closed += self.release()
        return closed

    def release(self) -> list[BarClosed]:
        """The tape's bars go on, whether the gap has been filled or not."""
        self.run = Run.RUNNING
        self.picture.bars.resume(self._until, self._price)
        self.charts.frames.floor = self._until
        waiting, self._waiting = self._waiting, []
        return [closed for message in waiting for closed in self._tape(message)]

    def overdue(self, now: Nanos) -> bool:
        """Whether the venue has had its time to fill the gap."""
        return self.run is Run.BACK and now >= self.filled + PATIENCE

    def _tape(self, message: Heard) -> list[BarClosed]:
        if isinstance(message, Tape):
            self.market.on_tape(message)
            if self.charts.frames.every:
                self.charts.on_tape(message)
            bars = self.picture.on_tape(message.prints, message.received)
            return self._whole(bars) if bars else []
        if isinstance(message, Depth):
            self.market.expect(message)
            bars = self.picture.on_depth(message.rows, message.received)
            return self._whole(bars) if bars else []
        self._quoted(message)
        return []

    def _quoted(self, quote: Quote) -> None:
        self.market.on_quote(quote)
        self.picture.on_quote(quote)

    def _whole(self, bars: list[Bar]) -> list[BarClosed]:
        if not bars:
            return []
        self.market.on_time(self.picture.bars.start)
        self.charts.taped(bars)
        contract = self._contract
        return [BarClosed(contract, bar, False) for bar in bars]

    def _stated(self, bars: Iterable[Bar], limit: Nanos) -> Iterator[Bar]:
        for bar in bars:
            if self._next <= bar.start < limit:
                yield from self._silence(bar.start)
                self._next, self._price = bar.end, bar.close
                yield bar
        yield from self._silence(limit)

    def _silence(self, until: Nanos) -> Iterator[Bar]:
        """Flat bars from the newest one up to `until`."""
        close = self._price
        if close is not None and until - self._next <= MOST_SILENT * SECOND:
            for start in range(self._next, until, SECOND):
                yield Bar(start, start + SECOND, close, close, close, close, 0)
        self._next = max(self._next, until)


def _up(at: Nanos) -> Nanos:
    return -(-at // SECOND) * SECOND


def _down(at: Nanos) -> Nanos:
    return at // SECOND * SECOND
