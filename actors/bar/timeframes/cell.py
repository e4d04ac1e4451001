"""A bar in the making."""

from actors.bar.ladder import Top
from messages.base import Nanos
from messages.market import Bar

NEVER: Nanos = 2**63


class Cell:
    """Sums of what belongs to [start, end), in whatever order it comes: the same bar as from prints
    sorted by stamp, those of equal stamps as they came.
    """

    __slots__ = (
        *("start", "end", "first", "last", "open", "high", "low", "close"),
        *("volume", "bought", "unknown", "trades", "turnover", "book", "revision"),
    )

    def __init__(self, start: Nanos, end: Nanos) -> None:
        self.start = start
        self.end = end
        self.first: Nanos = NEVER
        """The stamp of what gave the open, and the close."""
        self.last: Nanos = 0
        self.open = self.close = 0
        self.high = -NEVER
        self.low = NEVER
        self.volume = self.bought = self.trades = self.turnover = 0
        self.unknown = 0
        """Volume of bars that state no flow."""
        self.book = Top()
        self.revision = 0

    def add(
        self, stamp: Nanos, price: int, size: int, bought: int, worth: int, trades: int = 1
    ) -> None:
        """Count a print; `worth` is price x size. One from before the start moves neither open nor
        close.
        """
        if self.start <= stamp < self.first:
            self.open, self.first = price, stamp
        if stamp >= self.last:
            self.close, self.last = price, stamp
        if price > self.high:
            self.high = price
        if price < self.low:
            self.low = price
        self.volume += size
        self.bought += bought
        self.turnover += worth
        self.trades += trades

    def follow(self, run: "Cell") -> None:
        """Count prints that all came after those in here, none of them earlier in stamp."""
        if run.high > self.high:
            self.high = run.high
        if run.low < self.low:
            self.low = run.low
        self.close, self.last = run.close, run.last
        self.volume += run.volume
        self.bought += run.bought
        self.turnover += run.turnover
        self.trades += run.trades

    def merge(self, bar: Bar) -> None:
        """Count a closed bar in place of its prints. One without volume tells of the book alone."""
        if bar.end > self.last:
            self.book = Top(
                bar.bid, bar.ask, bar.bid_size, bar.ask_size, bar.bid_depth, bar.ask_depth
            )
        if not bar.volume:
            return
        if self.start <= bar.start < self.first:
            self.open, self.first = bar.open, bar.start
        if bar.end > self.last:
            self.close, self.last = bar.close, bar.end - 1
        self.high = max(self.high, bar.high)
        self.low = min(self.low, bar.low)
        self.volume += bar.volume
        self.bought += bar.buy_volume
        self.unknown += bar.volume - bar.buy_volume - bar.sell_volume
        self.trades += bar.trades
        self.turnover += bar.turnover

    def bar(self) -> Bar:
        return Bar(
            self.start,
            self.end,
            self.open,
            self.high,
            self.low,
            self.close,
            self.volume,
            self.bought,
            self.volume - self.bought - self.unknown,
            self.trades,
            self.turnover,
            *self.book,
        )


def vwap(bar: Bar) -> float | None:
    """turnover / volume, in ticks; None for a bar without volume, and for one that the venue's own
    bars, which state no turnover, are part of.
    """
    stated = bar.buy_volume + bar.sell_volume == bar.volume
    return bar.turnover / bar.volume if bar.volume and stated else None
