"""The displayed book of one contract: size by price, one dict a side."""

from heapq import nlargest, nsmallest
from typing import NamedTuple

from messages.base import SECOND, Nanos, Ticks
from messages.market import DepthKind, DepthRow

DEEP = 5
"""Levels a side that the depth sums of a bar cover."""
TOUCHED = 10 * SECOND
"""Rows seen for this long make a book that began without a reset usable: every level near the
best has changed since.
"""


class Top(NamedTuple):
    """The book at an instant, as a bar carries it: ticks and contracts, 0 where unknown."""

    bid: Ticks = 0
    ask: Ticks = 0
    bid_size: int = 0
    ask_size: int = 0
    bid_depth: int = 0
    ask_depth: int = 0


class Book:
    """Applies depth rows; a row replaces the size at its price.

    A book is `whole` after a reset (the venue's snapshot follows it), or once rows have come for
    TOUCHED: one that begins in the middle of the stream lacks the levels that have not moved yet.
    """

    def __init__(self) -> None:
        self.bids: dict[Ticks, int] = {}
        self.asks: dict[Ticks, int] = {}
        self.whole = False
        self._first: Nanos | None = None

    def apply(self, rows: tuple[DepthRow, ...], begin: int, before: Nanos) -> int:
        """Apply rows from index `begin` up to the first one stamped `before` or later; return its
        index, or len(rows).
        """
        bids, asks = self.bids, self.asks
        for index, row in enumerate(rows[begin:] if begin else rows, begin):
            if row.stamp >= before:
                return index
            if row.kind is DepthKind.BID:
                side = bids
            elif row.kind is DepthKind.ASK:
                side = asks
            else:
                self._reset()
                continue
            if row.size:
                side[row.price] = row.size
            else:
                side.pop(row.price, None)
        if not self.whole and rows:
            self._touch(rows[-1].stamp)
        return len(rows)

    def top(self) -> Top | None:
        """Best prices with their sizes, and the sums over the DEEP best levels of each side; None
        while the book is not whole or a side is empty. A crossed book is stated as it is.
        """
        if not (self.whole and self.bids and self.asks):
            return None
        bids = nlargest(DEEP, self.bids)
        asks = nsmallest(DEEP, self.asks)
        return Top(
            bids[0],
            asks[0],
            self.bids[bids[0]],
            self.asks[asks[0]],
            sum(self.bids[price] for price in bids),
            sum(self.asks[price] for price in asks),
        )

    def _reset(self) -> None:
        self.bids.clear()
        self.asks.clear()
        self.whole = True

    def _touch(self, stamp: Nanos) -> None:
        if self._first is None:
            self._first = stamp
        self.whole = stamp - self._first >= TOUCHED
