"""Prints in order, summed once for all the bars that they belong to."""

from collections.abc import Sequence

from actors.bar.timeframes.cell import Cell
from actors.bar.timeframes.timed import TimedBars
from messages.base import Nanos

_NONE = Cell(0, 0)
"""Takes no print."""


class Run:
    """Takes prints in place of several timed frames. While one follows the other within the newest
    bar of each they are summed here; the frames have them once they `share` the run, which whoever
    closes or changes their bars otherwise must let them do before.
    """

    def __init__(self, frames: Sequence[TimedBars]) -> None:
        self._frames = frames
        self._cell = _NONE

    def add(self, stamp: Nanos, price: int, size: int, bought: int, worth: int) -> bool:
        """Count a print. True if `due` of a frame may have moved or one has something to revise.

        The counting is TimedBars.add's, written out in both: a call would cost as much as it does.
        """
        cell = self._cell
        if cell.last <= stamp < cell.end:
            if price > cell.high:
                cell.high = price
            if price < cell.low:
                cell.low = price
            cell.close, cell.last = price, stamp
            cell.volume += size
            cell.bought += bought
            cell.turnover += worth
            cell.trades += 1
            return False
        self.share()
        moved = [each.add(stamp, price, size, bought, worth) for each in self._frames]
        newest = [each.newest for each in self._frames]
        self._cell = Cell(stamp, min(cell.end for cell in newest))
        self._cell.last = max(cell.last for cell in newest)
        return any(moved)

    def close(self, edge: Nanos) -> None:
        """Share it if a bar that it belongs to ends at `edge` or before."""
        if self._cell.end <= edge:
            self.share()

    def share(self) -> None:
        """Give each frame what has come since the last time."""
        cell, self._cell = self._cell, _NONE
        if cell.trades:
            for each in self._frames:
                each.newest.follow(cell)
