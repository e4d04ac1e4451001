"""One contract's market as its messages tell it: the book, the tape, and the bars cut from both.

The room's core. The actor and the training tool drive the same object, so a model learns from the
bars that it will be shown.
"""

from actors.bar.bars import Bars
from actors.bar.ladder import NEVER, Ladder, Top
from actors.bar.lag import Lag
from messages.base import MILLISECOND, SECOND, Nanos
from messages.market import Bar, DepthRow, Print, Quote

ALLOWANCE = 250 * MILLISECOND
"""How long a bar waits for its own prints when nothing of the next second has come."""
AHEAD = 5 * SECOND
"""A stamp further ahead of its receipt than this is cut: one wrong stamp must not close an hour."""

_UNKNOWN = Top()


class Picture:
    """Closes a bar at the first print or depth row stamped at its end or later, else by time.

    Quotes close nothing: they are conflated, so a waiting one may carry a stamp newer than prints
    queued behind it. `book` may have a watch, which hears of the rows as they are applied here;
    `lag` may be shared.
    """

    def __init__(self, book: Ladder | None = None, lag: Lag | None = None) -> None:
        self.bars = Bars()
        self.book = Ladder() if book is None else book
        self.quote: Quote | None = None
        self._lag = Lag() if lag is None else lag

    @property
    def due(self) -> Nanos | None:
        """When, by our clock, the forming bar closes of itself; None while it cannot."""
        bars = self.bars
        if not bars.end or bars.price is None:
            return None
        return bars.end + self._lag.least + ALLOWANCE

    def on_tape(self, prints: tuple[Print, ...], received: Nanos) -> list[Bar]:
        """Count prints (in the venue's order); returns the bars they close."""
        closed: list[Bar] = []
        bars, ahead = self.bars, received + AHEAD
        for trade in prints:
            if trade.stamp >= bars.end <= ahead:
                closed += bars.reach(min(trade.stamp, ahead), self._top())
            bars.add(trade)
        if prints:
            stamp = prints[-1].stamp
            self._lag.note(received, stamp if stamp < ahead else ahead)
        return closed

    def on_depth(self, rows: tuple[DepthRow, ...], received: Nanos) -> list[Bar]:
        """Apply depth rows; returns the bars they close, each with the book before its closer."""
        closed: list[Bar] = []
        bars, ahead = self.bars, received + AHEAD
        index = 0
        while index < len(rows):
            before = bars.end if bars.end <= ahead else NEVER
            index = self.book.apply(rows, index, before)
            if index < len(rows):
                closed += bars.reach(min(rows[index].stamp, ahead), self._top())
        if rows:
            stamp = rows[-1].stamp
            self._lag.note(received, stamp if stamp < ahead else ahead)
        return closed

    def on_quote(self, quote: Quote) -> None:
        """Merge a sparse quote; its last price serves until the first print."""
        self.quote = quote if self.quote is None else self.quote.merged(quote)
        if quote.last is not None:
            self.bars.start_price(quote.last)
        self._lag.note(quote.received, min(quote.stamp, quote.received + AHEAD))

    @property
    def lag(self) -> Nanos:
        """How far the venue's time lies behind our clock, at best."""
        return self._lag.least

    def on_break(self) -> Nanos:
        """The stream has broken: what the book showed may have moved unseen, and the forming bar
        may lack prints. Where it began, 0 if none had.
        """
        self.book.lose()
        return self.bars.drop()

    def on_time(self, now: Nanos) -> list[Bar]:
        """Close what is due by our clock."""
        if self.due is None or now < self.due:
            return []
        return list(self.bars.reach(now - self._lag.least - ALLOWANCE, self._top()))

    def _top(self) -> Top:
        """The book, or the quote's prices while the book cannot be relied on."""
        if (top := self.book.top()) is not None:
            return top
        if self.quote is None:
            return _UNKNOWN
        return Top(self.quote.bid or 0, self.quote.ask or 0)
