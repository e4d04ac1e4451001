"""One-second bars of one contract from its prints, aligned to whole seconds UTC."""

from actors.bar.ladder import Top
from messages.base import SECOND, Nanos, Ticks
from messages.market import Bar, Print

MOST_SILENT = 60
"""Silent seconds in a row that are filled with flat bars; a longer gap is left open."""


class Bars:
    """The forming bar [start, end). Every print counts in exactly one bar, so the volume of the
    bars is the volume of the tape: a print of a second already closed goes into the forming bar
    and is counted in `late`.

    The first bar starts at the first whole second of what is seen, so that a restarted actor never
    closes a bar its predecessor may have closed; prints of the part second before it are its own.
    Before any price is known, seconds pass without bars.
    """

    def __init__(self) -> None:
        self.start: Nanos = 0
        self.end: Nanos = 0
        """0 until begun: then every stamp reaches it."""
        self.floor: Nanos = 0
        """Older prints are in the venue's bars, which stood in until then."""
        self.late = 0
        self.closed = 0
        self._price: Ticks | None = None
        self._open = self._high = self._low = 0
        self._volume = self._bought = self._trades = self._turnover = 0

    @property
    def price(self) -> Ticks | None:
        """The newest price, which a silent second's bar has; None before any."""
        return self._price

    def start_price(self, price: Ticks) -> None:
        """The close of the past; of no interest once a price is known."""
        if self._price is None:
            self._price = price

    def drop(self) -> Nanos:
        """Forget the forming bar, for the venue's stands in from here on; its start, 0 if none had
        begun.
        """
        start, self.start, self.end = self.start, 0, 0
        self._volume = self._bought = self._trades = self._turnover = 0
        return start

    def resume(self, start: Nanos, price: Ticks | None) -> None:
        """Go on from a whole second; the bars before it are the venue's, the last at `price`."""
        self.floor = start
        self._price = self._price if price is None else price
        self._begin(start)

    def add(self, trade: Print) -> None:
        """Count a print in the forming bar."""
        stamp, price, size = trade.stamp, trade.price, trade.size
        if stamp < self.floor:
            return
        if not self._trades:
            self._open = self._high = self._low = price
        elif price > self._high:
            self._high = price
        elif price < self._low:
            self._low = price
        self._price = price
        self._volume += size
        self._turnover += price * size
        self._trades += 1
        if trade.side > 0:
            self._bought += size
        if stamp < self.start and self.closed:
            self.late += 1

    def reach(self, stamp: Nanos, top: Top) -> tuple[Bar, ...]:
        """Close every bar that ends at or before `stamp`, oldest first; `top` is the book now.

        Silent seconds in between become flat bars. After more than MOST_SILENT of them (the machine
        slept, the feed was away), or before anything was closed, the bars jump instead.
        """
        if stamp < self.end:
            return ()
        if not self.end:
            self._begin(-(-stamp // SECOND) * SECOND)
            return ()
        if self._price is None:
            self._begin(stamp - stamp % SECOND)
            return ()
        silent = (stamp - self.end) // SECOND
        fill = silent if (self.closed or self.floor) and silent <= MOST_SILENT else 0
        found: tuple[Bar, ...] = (self._close(self._price, top),)
        if fill:
            found += self._silent(fill, self._price, top)
        self._begin(stamp - stamp % SECOND)
        return found

    def _begin(self, start: Nanos) -> None:
        self.start, self.end = start, start + SECOND

    def _close(self, price: Ticks, top: Top) -> Bar:
        if not self._trades:
            self._open = self._high = self._low = price
        bar = Bar(
            self.start,
            self.end,
            self._open,
            self._high,
            self._low,
            price,
            self._volume,
            self._bought,
            self._volume - self._bought,
            self._trades,
            self._turnover,
            *top,
        )
        self._volume = self._bought = self._trades = self._turnover = 0
        self.closed += 1
        return bar

    def _silent(self, seconds: int, price: Ticks, top: Top) -> tuple[Bar, ...]:
        """The flat bars that follow the one just closed."""
        self.closed += seconds
        starts = range(self.end, self.end + seconds * SECOND, SECOND)
        flat = (price, price, price, price, 0, 0, 0, 0, 0, *top)
        return tuple([Bar(start, start + SECOND, *flat) for start in starts])
