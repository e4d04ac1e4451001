"""Vocabulary of the venue's market: what the tape and the book do, and who says so.

Times are int ns UTC, prices int ticks, sizes int contracts; no event carries a float.
"""

from dataclasses import dataclass
from typing import Protocol

BUY = 1
"""An aggressor that bought, or the bid side of the book."""
SELL = -1
"""An aggressor that sold, or the ask side of the book."""


@dataclass(frozen=True, slots=True)
class Print:
    """A trade on the tape; `side` is the aggressor's, BUY or SELL, never 0."""

    at: int
    price: int
    size: int
    side: int


@dataclass(frozen=True, slots=True)
class Level:
    """The new total displayed at one price of one side (BUY = bid, SELL = ask); size 0 = gone."""

    at: int
    side: int
    price: int
    size: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole book, replacing what was displayed: (price, size) rows, best first."""

    at: int
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]


MarketEvent = Print | Level | Snapshot


class MarketSource(Protocol):
    """A stream of market events in time order, deterministic for its seed or file and its start."""

    def start(self, now: int) -> None:
        """Anchor the source's time zero at `now` (ns UTC); called once, before anything else."""

    def next_time(self) -> int | None:
        """Stamp of the next event (ns UTC), or None when the source is exhausted."""

    def take(self, until: int) -> list[MarketEvent]:
        """Remove and return the events with `at <= until`, in order.

        Events of one stamp are one update: they come together, and the book between them is
        not a state anybody displayed.
        """
