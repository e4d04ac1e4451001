"""A recording played as a MarketSource: its first instant becomes the start, its gaps stay.

What the book shows depends on what was recorded: all levels from depth, else one level a side
from quotes, else a one-tick book around each trade. docs/market.md states the rules.
"""

import heapq
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np

from tools.simulator.market import BUY, SELL, Level, MarketEvent, Print, Snapshot
from tools.simulator.recording import Integers, RecordingError, Table, read
from tools.simulator.stamps import SECOND

CHUNK = 4_096
"""Rows turned into Python ints at a time; the columns stay in numpy."""
SYNTHETIC_SIZE = 10
"""Contracts a side of the book invented around the trades when nothing else was recorded."""
UNKNOWN_SIZE = 1
"""Contracts displayed where a quote's size was recorded as 0, which means unknown."""
SNAPSHOT, DELETE = 0, 2
"""Depth actions; 1 sets a level."""

Update = tuple[int, int, list[MarketEvent]]
"""(ns, rank, events) of one stream at one stamp; the rank puts prints before the book."""


class Replay:
    """A MarketSource over the files PREFIX_trades, _quotes and _depth, as far as they exist.

    `tick_size` is the recorded instrument's, in its price's unit. The files are read whole at
    construction, which raises RecordingError (one line naming file, column and row).
    Public figures: `duration` (ns from the first recorded instant to the last), `dropped` (trades
    of size 0 left out), `inferred` (aggressors settled by the tick rule).
    """

    def __init__(self, prefix: Path, tick_size: Decimal) -> None:
        tables = read(prefix, tick_size)
        if "depth" in tables:
            tables.pop("quotes", None)
        self.dropped = self.inferred = 0
        if "trades" in tables:
            trades = tables["trades"]
            tables["trades"] = _sided(trades.where(trades["size"] > 0))
            self.dropped = len(trades) - len(tables["trades"])
            self.inferred = int(np.count_nonzero(trades["side"][trades["size"] > 0] == 0))
        self._tables = {kind: table for kind, table in tables.items() if len(table)}
        if not self._tables:
            raise RecordingError(f"replay: {prefix}_trades.parquet: every trade has size 0")
        self._first = min(int(table["ts"][0]) for table in self._tables.values())
        self.duration = max(int(t["ts"][-1]) for t in self._tables.values()) - self._first
        self._updates: Iterator[Update] = iter(())
        self._next: Update | None = None

    def start(self, now: int) -> None:
        """Play from the beginning; the first recorded instant happens at `now` (ns UTC)."""
        self._updates = heapq.merge(*_streams(self._tables, now - self._first))
        self._next = next(self._updates, None)

    def next_time(self) -> int | None:
        """Stamp of the next update (ns UTC), None at the end of the recording."""
        return None if self._next is None else self._next[0]

    def take(self, until: int) -> list[MarketEvent]:
        """Events up to and including `until`; prints of a stamp come before its book changes."""
        taken: list[MarketEvent] = []
        while self._next is not None and self._next[0] <= until:
            taken += self._next[2]
            self._next = next(self._updates, None)
        return taken


class InPhase(Replay):
    """A replay that keeps each instant's fraction of its second, so that bars are cut where they
    were: it begins up to a second after its start.
    """

    def start(self, now: int) -> None:
        super().start(now + (self._first - now) % SECOND)


def _sided(trades: Table) -> Table:
    """Give trades of unknown aggressor one by the tick rule (Lee and Ready 1991).

    Above the last different price a buyer took, below it a seller; before the first price change,
    a buyer.
    """
    moves = np.sign(np.diff(trades["price"], prepend=trades["price"][:1]))
    latest = np.maximum.accumulate(np.where(moves != 0, np.arange(len(moves)), 0))
    by_tick = np.where(moves[latest] == SELL, SELL, BUY)
    side = np.where(trades["side"] == 0, by_tick, trades["side"])
    return Table({**trades.columns, "side": side})


def _streams(tables: dict[str, Table], shift: int) -> list[Iterator[Update]]:
    streams = []
    if "trades" in tables:
        streams.append(_prints(tables["trades"], shift))
    if "depth" in tables:
        streams.append(_levels(tables["depth"], shift))
    elif "quotes" in tables:
        streams.append(_one_level(tables["quotes"], shift))
    else:
        streams.append(_one_level(_around(tables["trades"]), shift))
    return streams


def _prints(trades: Table, shift: int) -> Iterator[Update]:
    for ts, rows in _instants(trades, "price", "size", "side"):
        at = ts + shift
        yield at, 0, [Print(at, price, size, side) for _, price, size, side in rows]


def _levels(depth: Table, shift: int) -> Iterator[Update]:
    """Snapshot rows of a stamp make one Snapshot, which its other rows then change."""
    for ts, rows in _instants(depth, "side", "price", "size", "action"):
        at = ts + shift
        shown: dict[int, dict[int, int]] = {BUY: {}, SELL: {}}
        changes: list[MarketEvent] = []
        for _, side, price, size, action in rows:
            if action == SNAPSHOT:
                shown[side][price] = size
            else:
                changes.append(Level(at, side, price, 0 if action == DELETE else size))
        if shown[BUY] or shown[SELL]:
            bids = tuple(sorted(shown[BUY].items(), reverse=True))
            changes.insert(0, Snapshot(at, bids, tuple(sorted(shown[SELL].items()))))
        yield at, 1, changes


def _one_level(quotes: Table, shift: int) -> Iterator[Update]:
    """The last quote of each stamp as a book of one level a side."""
    best: dict[int, tuple[int, int]] = {}
    for ts, rows in _instants(quotes, "bid", "bid_size", "ask", "ask_size"):
        at = ts + shift
        *_, (_, bid, bid_size, ask, ask_size) = rows
        quote = {BUY: (bid, bid_size or UNKNOWN_SIZE), SELL: (ask, ask_size or UNKNOWN_SIZE)}
        if not best:
            yield at, 1, [Snapshot(at, (quote[BUY],), (quote[SELL],))]
        elif changes := _difference(at, best, quote):
            yield at, 1, changes
        best = quote


def _difference(
    at: int, old: dict[int, tuple[int, int]], new: dict[int, tuple[int, int]]
) -> list[MarketEvent]:
    """Levels that turn the one-level book `old` into `new`, those that vanish first."""
    gone = [Level(at, side, old[side][0], 0) for side in old if old[side][0] != new[side][0]]
    shown = [Level(at, side, *new[side]) for side in new if old[side] != new[side]]
    return [*gone, *shown]


def _around(trades: Table) -> Table:
    """Quotes invented for trades alone: a buyer's price is the ask, a seller's the bid."""
    bid = trades["price"] - (trades["side"] == BUY)
    size = np.full(len(trades), SYNTHETIC_SIZE, dtype=np.int64)
    return Table(
        {"ts": trades["ts"], "bid": bid, "bid_size": size, "ask": bid + 1, "ask_size": size}
    )


def _instants(table: Table, *names: str) -> Iterator[tuple[int, Iterator[tuple[int, ...]]]]:
    """(ts, rows) for each stamp; a row is ts and the named columns as Python ints."""
    return groupby(_rows([table["ts"], *(table[name] for name in names)]), key=itemgetter(0))


def _rows(columns: list[Integers]) -> Iterator[tuple[int, ...]]:
    for begin in range(0, len(columns[0]), CHUNK):
        yield from zip(*(c[begin : begin + CHUNK].tolist() for c in columns), strict=True)
