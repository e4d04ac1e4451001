"""Bars of one timeframe that end by time."""

from bisect import insort

from actors.bar.timeframes.cell import NEVER, Cell
from actors.bar.timeframes.periods import Periods, period
from actors.bar.timeframes.told import Told
from config.timeframe import Timeframe
from messages.base import Nanos
from messages.market import Bar

REMEMBERED = 256
"""Closed bars that late prints still correct."""

_NONE = Cell(0, 0)
"""Holds no stamp."""


class TimedBars:
    """Several periods may be open at once, as prints of the next may come before the last of the
    present one. A period without prints has no bar.

    A print of a period already closed corrects its bar, which is told again at the next `revise`;
    one of a period that closed in silence gives it a bar. One older than what is remembered counts
    in the oldest remembered bar, without moving its open or close: so the volume of the bars is the
    volume of the tape.
    """

    def __init__(self, timeframe: Timeframe) -> None:
        self.timeframe = timeframe
        self.told: list[Told] = []
        """For the caller to take away."""
        self.due: Nanos = NEVER
        """The end of the open period that ends first."""
        self.late = 0
        """Prints (or bars) of periods already closed."""
        self.strays = 0
        """Of these, older than what is remembered."""
        self._periods = Periods(timeframe)
        self.newest = _NONE
        """The open bar that ends last."""
        self._open: dict[Nanos, Cell] = {}
        self._edge: Nanos = 0
        """What ends here or before is closed."""
        self._closed: dict[Nanos, Cell] = {}
        self._starts: list[Nanos] = []
        """Of the closed, in order."""
        self._forgotten: Nanos = -1
        """The newest start of what is no longer remembered."""
        self._revised: dict[Nanos, Cell] = {}

    def add(self, stamp: Nanos, price: int, size: int, bought: int, worth: int) -> bool:
        """Count a print. True if `due` may have moved or there is something to revise."""
        cell = self.newest
        if cell.last <= stamp < cell.end:
            if price > cell.high:
                cell.high = price
            elif price < cell.low:
                cell.low = price
            cell.close, cell.last = price, stamp
            cell.volume += size
            cell.bought += bought
            cell.turnover += worth
            cell.trades += 1
            return False
        self._find(stamp).add(stamp, price, size, bought, worth)
        return True

    def fits(self, bar: Bar) -> bool:
        """Whether a bar lies within one period."""
        return bar.end <= period(self.timeframe, bar.start).end

    def take(self, bar: Bar) -> None:
        """Count a closed bar that fits, in place of its prints."""
        if bar.volume:
            self._find(bar.start).merge(bar)
        elif cell := self._open.get(period(self.timeframe, bar.start).start):
            cell.merge(bar)

    def close(self, edge: Nanos) -> None:
        """Tell every open bar that ends at `edge` or before."""
        if edge > self._edge:
            self._edge = edge
        if self.due > edge:
            return
        due = NEVER
        for start in sorted(self._open) if len(self._open) > 1 else tuple(self._open):
            cell = self._open[start]
            if cell.end <= edge:
                del self._open[start]
                self._remember(cell)
                self.told.append(Told(self.timeframe, cell.bar(), 0))
            elif cell.end < due:
                due = cell.end
        if self.newest.end <= edge:
            self.newest = _NONE
        self.due = due

    def revise(self) -> None:
        """Tell again what late prints have corrected, once however many they were."""
        if not self._revised:
            return
        for start in sorted(self._revised):
            cell = self._revised[start]
            cell.revision += 1
            self.told.append(Told(self.timeframe, cell.bar(), cell.revision))
        self._revised.clear()

    def _find(self, stamp: Nanos) -> Cell:
        """Where a stamp counts."""
        start, end = self._periods(stamp)
        cell = self._open.get(start)
        if cell is not None:
            return cell
        if end <= self._edge:
            return self._correct(start, end)
        cell = self._open[start] = Cell(start, end)
        if end < self.due:
            self.due = end
        if end > self.newest.end:
            self.newest = cell
        return cell

    def _correct(self, start: Nanos, end: Nanos) -> Cell:
        self.late += 1
        cell = self._closed.get(start)
        if cell is None and start <= self._forgotten:
            self.strays += 1
            cell = self._closed[self._starts[0]]
        elif cell is None:
            cell = Cell(start, end)
            self._remember(cell)
        self._revised[cell.start] = cell
        return cell

    def _remember(self, cell: Cell) -> None:
        self._closed[cell.start] = cell
        if not self._starts or cell.start > self._starts[-1]:
            self._starts.append(cell.start)
        else:
            insort(self._starts, cell.start)
        if len(self._starts) > REMEMBERED:
            self._forgotten = self._starts.pop(0)
            del self._closed[self._forgotten]
