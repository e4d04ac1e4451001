"""Bars of one timeframe that end by count: of prints, or of contracts."""

from actors.bar.timeframes.cell import NEVER, Cell
from actors.bar.timeframes.periods import period
from actors.bar.timeframes.told import Told
from config.timeframe import Timeframe, Unit
from messages.base import Nanos


class CountedBars:
    """Prints count in the order in which they come, so none is late.

    A bar is [stamp of its first print, stamp of its last + 1 ns); bars cut within one stamp share
    it. Every volume bar holds exactly its contracts: a print that overflows is continued in the
    next bar, and counts as a trade where it begins. The last bar of a trade date ends with it,
    however small.
    """

    def __init__(self, timeframe: Timeframe) -> None:
        self.timeframe = timeframe
        self.told: list[Told] = []
        """For the caller to take away."""
        self.due: Nanos = NEVER
        """The end of the forming bar's trade date."""
        self._cell: Cell | None = None
        self._room = 0
        """Prints or contracts that the forming bar still takes."""
        self._newest: Nanos = 0
        self._by_print = timeframe.unit is Unit.TICK

    def add(self, stamp: Nanos, price: int, size: int, bought: int, worth: int) -> bool:
        """Count a print. True if `due` may have moved or a bar was told."""
        weight = 1 if self._by_print else size
        cell = self._cell
        if cell is None or weight >= self._room or stamp >= self.due:
            self._fill(max(stamp, self._newest), price, size, size == bought)
            return True
        self._room -= weight
        if price > cell.high:
            cell.high = price
        elif price < cell.low:
            cell.low = price
        cell.close = price
        if stamp > cell.last:
            cell.last = stamp
        cell.volume += size
        cell.bought += bought
        cell.turnover += worth
        cell.trades += 1
        return False

    def close(self, edge: Nanos) -> None:
        """Tell the forming bar if its trade date ended at `edge` or before."""
        if self.due <= edge:
            self._tell()

    def revise(self) -> None:
        """Nothing is late here."""

    def _fill(self, stamp: Nanos, price: int, size: int, buy: bool) -> None:
        if stamp >= self.due:
            self._tell()
        left, trades = size, 1
        while left or trades:
            cell = self._begun(stamp)
            part = left if self._by_print else min(left, self._room)
            bought = part if buy else 0
            cell.add(max(stamp, cell.last), price, part, bought, price * part, trades)
            self._room -= 1 if self._by_print else part
            left, trades = left - part, 0
            if not self._room:
                self._tell()

    def _begun(self, stamp: Nanos) -> Cell:
        if self._cell is None:
            self._cell = Cell(stamp, NEVER)
            self._room = self.timeframe.count
            self.due = period(self.timeframe, stamp).end
        return self._cell

    def _tell(self) -> None:
        cell, self._cell, self.due = self._cell, None, NEVER
        if cell is not None:
            self._newest = cell.last
            cell.end = cell.last + 1
            self.told.append(Told(self.timeframe, cell.bar(), 0))
