"""The displayed book in price order, with its best prices always at hand."""

from bisect import bisect_left, insort
from typing import NamedTuple, Protocol

from messages.base import SECOND, Nanos, Ticks
from messages.market import DepthKind, DepthRow, Side

DEEP = 5
"""Levels a side that the depth sums of a bar cover."""
TOUCHED = 10 * SECOND
"""Rows seen for this long make a book that began without a reset usable: every level near the
best has changed since.
"""
MOST_LEVELS = 20_000
"""Levels kept a side; beyond it the one furthest from the best is let go and counted."""
_BID, _ASK = DepthKind.BID, DepthKind.ASK  # an enum's members are slow to reach
NEVER: Nanos = 2**63
"""Later than any stamp: rows are applied to the last one."""


class Level(NamedTuple):
    """A price (ticks) and the contracts displayed at it."""

    price: Ticks
    size: int


class Touch(NamedTuple):
    """The best bid and ask with their sizes: ticks and contracts.

    Crossed (bid above ask: a call auction before the open, or a feed that is behind) and locked
    (equal) are stated as they are.
    """

    bid: Ticks
    ask: Ticks
    bid_size: int
    ask_size: int

    @property
    def spread(self) -> Ticks:
        """ask - bid; 0 when locked, negative when crossed."""
        return self.ask - self.bid

    @property
    def mid(self) -> float:
        """(bid + ask) / 2, in ticks."""
        return (self.bid + self.ask) / 2


class Top(NamedTuple):
    """The book at an instant, as a bar carries it: ticks and contracts, 0 where unknown."""

    bid: Ticks = 0
    ask: Ticks = 0
    bid_size: int = 0
    ask_size: int = 0
    bid_depth: int = 0
    ask_depth: int = 0


class Watch(Protocol):
    """Who hears of every row of the book."""

    def on_level(self, side: Side, price: Ticks, before: int, after: int, stamp: Nanos) -> None:
        """A row was applied: the side's size at a price was `before` and is `after` (equal when
        the venue repeats it).
        """

    def on_reset(self) -> None:
        """The whole book was dropped, by the venue or because it was lost."""

    def on_settled(self, stamp: Nanos) -> None:
        """All rows of a stamp are applied. Only now is the book one the venue has shown."""


class BookSide:
    """One side: size by price, and the prices in order.

    `keys` are the prices, negated for asks, ascending: the best is the last on both sides, where a
    list is quick to change.
    """

    __slots__ = ("keys", "side", "sizes", "volume")

    def __init__(self, side: Side, sizes: dict[Ticks, int]) -> None:
        self.side = side
        self.sizes = sizes
        self.keys: list[int] = []
        self.volume = 0
        """Contracts displayed on the side."""

    @property
    def best(self) -> Ticks | None:
        return self.keys[-1] * self.side if self.keys else None

    def levels(self, count: int) -> list[Level]:
        """The best `count` levels, best first."""
        sign = int(self.side)
        prices = [key * sign for key in reversed(self.keys[-count:])] if count > 0 else []
        return [Level(price, self.sizes[price]) for price in prices]

    def within(self, reach: Ticks) -> list[Level]:
        """The levels at most `reach` ticks from the best, best first."""
        if not self.keys:
            return []
        return self.levels(len(self.keys) - bisect_left(self.keys, self.keys[-1] - reach))

    def clear(self) -> None:
        self.sizes.clear()
        self.keys.clear()
        self.volume = 0


class Ladder:
    """Applies depth rows, and knows their order: best prices in O(1), levels from the best on. A
    row replaces the size at its price; one Watch hears of each.

    A book is `whole` after a reset (the venue's snapshot follows it), or once rows have come for
    TOUCHED: one that begins in the middle of the stream lacks the levels that have not moved yet.
    Rows count in the order in which they come, as the venue sends them; one stamped before its
    predecessor is applied all the same and counted in `stale_rows`.
    """

    def __init__(self, watch: Watch | None = None) -> None:
        self.bids: dict[Ticks, int] = {}
        self.asks: dict[Ticks, int] = {}
        self.whole = False
        self.bid_side = BookSide(Side.BUY, self.bids)
        self.ask_side = BookSide(Side.SELL, self.asks)
        self.resets = 0
        self.stale_rows = 0
        self.dropped_levels = 0
        self._watch = watch
        self._stamp: Nanos = 0
        self._first: Nanos | None = None

    def apply(self, rows: tuple[DepthRow, ...], begin: int, before: Nanos) -> int:
        """Apply rows from index `begin` up to the first one stamped `before` or later; return its
        index, or len(rows). The watch is told of each row, and of each stamp once it is whole.
        """
        bids, asks, watch, latest = self.bid_side, self.ask_side, self._watch, self._stamp
        for index in range(begin, len(rows)):
            row = rows[index]
            stamp = row.stamp
            if stamp >= before:
                self._settle(index > begin)
                return index
            if stamp > latest:
                self._settle(index > begin)
                self._stamp = latest = stamp
            elif stamp < latest:
                self.stale_rows += 1
            if row.kind is _BID:
                side, key = bids, row.price
            elif row.kind is _ASK:
                side, key = asks, -row.price
            else:
                self._drop()
                continue
            price, size, sizes = row.price, row.size, side.sizes
            old = sizes.get(price, 0)
            if size:
                sizes[price] = size
                if not old:
                    self._enter(side, key)
            elif old:
                del sizes[price]
                _leave(side.keys, key)
            side.volume += size - old
            if watch is not None:
                watch.on_level(side.side, price, old, size, stamp)
        if not self.whole and rows:
            self._touch(rows[-1].stamp)
        self._settle(begin < len(rows))
        return len(rows)

    def touch(self) -> Touch | None:
        """The best bid and ask; None while the book is not whole or a side is empty."""
        bids, asks = self.bid_side, self.ask_side
        if not (self.whole and bids.keys and asks.keys):
            return None
        bid, ask = bids.keys[-1], -asks.keys[-1]
        return Touch(bid, ask, bids.sizes[bid], asks.sizes[ask])

    def top(self) -> Top | None:
        """Best prices with their sizes, and the sums over the DEEP best levels of each side; None
        while the book is not whole or a side is empty. A crossed book is stated as it is.
        """
        touch = self.touch()
        if touch is None:
            return None
        bids, asks = self.bid_side.levels(DEEP), self.ask_side.levels(DEEP)
        return Top(*touch, sum(size for _, size in bids), sum(size for _, size in asks))

    def lose(self) -> None:
        """The stream has broken: nothing is known until a reset, or rows for long enough."""
        self._clear()
        self.whole = False
        self._first = None

    def _touch(self, stamp: Nanos) -> None:
        if self._first is None:
            self._first = stamp
        self.whole = stamp - self._first >= TOUCHED

    def _settle(self, any_row: bool) -> None:
        if any_row and self._watch is not None:
            self._watch.on_settled(self._stamp)

    def _enter(self, side: BookSide, key: int) -> None:
        insort(side.keys, key)
        if len(side.keys) > MOST_LEVELS:
            side.volume -= side.sizes.pop(side.keys.pop(0) * side.side)
            self.dropped_levels += 1

    def _drop(self) -> None:
        self._clear()
        self.whole = True
        self.resets += 1

    def _clear(self) -> None:
        self.bid_side.clear()
        self.ask_side.clear()
        if self._watch is not None:
            self._watch.on_reset()


def _leave(keys: list[int], key: int) -> None:
    if keys[-1] == key:
        keys.pop()
    else:
        del keys[bisect_left(keys, key)]
