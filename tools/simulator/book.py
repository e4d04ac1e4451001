"""The displayed book of one contract, in ticks."""

from collections.abc import Iterable

from tools.simulator.market import BUY, Level, Snapshot

NEAR = 16
"""Ticks in which the next best is looked for before the whole side is searched."""


def _next(side: dict[int, int], gone: int, step: int) -> int | None:
    """The best price behind `gone`, away from the market by `step`."""
    for price in range(gone + step, gone + step * NEAR, step):
        if price in side:
            return price
    return (max if step < 0 else min)(side, default=None)


class Book:
    """Resting sizes by price, with the best of each side at hand.

    The best prices may cross while the levels of one instant are being applied; read them after.
    """

    def __init__(self) -> None:
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.bid: int | None = None
        self.ask: int | None = None

    def set_level(self, level: Level) -> None:
        """Show `level.size` contracts at its price; size 0 removes the level."""
        price = level.price
        if level.side == BUY:
            if level.size:
                self.bids[price] = level.size
                if self.bid is None or price > self.bid:
                    self.bid = price
            elif self.bids.pop(price, 0) and price == self.bid:
                self.bid = _next(self.bids, price, -1)
        elif level.size:
            self.asks[price] = level.size
            if self.ask is None or price < self.ask:
                self.ask = price
        elif self.asks.pop(price, 0) and price == self.ask:
            self.ask = _next(self.asks, price, 1)

    def replace(self, snapshot: Snapshot) -> None:
        self.bids = dict(snapshot.bids)
        self.asks = dict(snapshot.asks)
        self.bid = max(self.bids, default=None)
        self.ask = min(self.asks, default=None)

    def snapshot(self, at: int, shift: int = 0) -> Snapshot:
        """The book as one event at `at`, its prices moved by `shift` ticks."""
        return Snapshot(
            at,
            tuple((price + shift, size) for price, size in self.levels(BUY)),
            tuple((price + shift, size) for price, size in self.levels(-BUY)),
        )

    def levels(self, side: int) -> list[tuple[int, int]]:
        """(price, size) of the bids (+1) or asks (-1), best first."""
        rows: Iterable[tuple[int, int]] = (self.bids if side == BUY else self.asks).items()
        return sorted(rows, reverse=side == BUY)

    def opposite(self, sign: int) -> int | None:
        """Best price an order of `sign` (+1 buy, -1 sell) would take."""
        return self.ask if sign == BUY else self.bid

    def taken(self, sign: int, size: int) -> list[int]:
        """`size` contracts split by the displayed opposite levels, best first.

        What exceeds the whole displayed side goes into the last part.
        """
        parts: list[int] = []
        for _, shown in self.levels(-sign):
            parts.append(min(shown, size))
            size -= parts[-1]
            if not size:
                return parts
        return [*parts[:-1], parts[-1] + size] if parts else [size]
