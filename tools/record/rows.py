"""One contract's messages as rows of a recording (docs/market.md has the columns)."""

from collections.abc import Iterable
from typing import TypeAlias

from messages.base import SECOND, Nanos, Ticks
from messages.market import Depth, DepthKind, DepthRow, Instrument, Quote, Tape
from tools.simulator.recording import COLUMNS

TRADES, QUOTES, DEPTH = COLUMNS
SNAPSHOT, SET, DELETE = range(3)
"""Depth actions."""
AHEAD: Nanos = 5 * SECOND
"""A stamp further ahead of its receipt than this is cut, as the bar room cuts it: every later one
would have to follow it.
"""

Row: TypeAlias = tuple[int | float, ...]
_Level: TypeAlias = tuple[int, Ticks]

_SIDES = {DepthKind.BID: 1, DepthKind.ASK: -1}


class Rows:
    """Rows by kind, as they wait to be written.

    Stamps are the venue's. A file's may not go back, and its order is the one in which the venue
    spoke: a row stamped before its forerunner gets the forerunner's stamp and counts in `moved`.
    """

    def __init__(self, instrument: Instrument) -> None:
        self.waiting: dict[str, list[Row]] = {kind: [] for kind in COLUMNS}
        self.moved = 0
        self._instrument = instrument
        self._newest: dict[str, Nanos] = dict.fromkeys(COLUMNS, 0)
        self._quote: Quote | None = None
        self._shown: set[_Level] = set()
        """The levels that a replay shows after the rows so far."""
        self._afresh = True
        """The next depth rows begin a book, whether or not the venue says so."""

    def hear(self, message: Quote | Tape | Depth) -> None:
        match message:
            case Quote():
                self._top(message)
            case Tape():
                for trade in message.prints:
                    at = self._at(TRADES, trade.stamp, message.received)
                    row = (at, self._price(trade.price), trade.size, int(trade.side))
                    self.waiting[TRADES].append(row)
            case Depth():
                self._book(message)

    def broken(self) -> None:
        """The connection is lost: what the venue says after it follows on nothing."""
        self._quote = None
        self._afresh = True

    def _top(self, quote: Quote) -> None:
        """A sparse quote completed by those before it; only one that names a side makes a row. The
        wire has no sizes: 0, unknown.
        """
        merged = self._quote = quote if self._quote is None else self._quote.merged(quote)
        if (quote.bid is None and quote.ask is None) or merged.bid is None or merged.ask is None:
            return
        at = self._at(QUOTES, quote.stamp, quote.received)
        self.waiting[QUOTES].append((at, self._price(merged.bid), 0, self._price(merged.ask), 0))

    def _book(self, depth: Depth) -> None:
        """What a reset wipes at once is left out."""
        resets = [place for place, row in enumerate(depth.rows) if row.kind is DepthKind.RESET]
        if resets or self._afresh:
            rows = depth.rows[resets[-1] + 1 :] if resets else depth.rows
            self._whole(rows, max(row.stamp for row in depth.rows), depth.received)
            return
        for row in depth.rows:
            level = (_SIDES[row.kind], row.price)
            if row.size:
                self._shown.add(level)
            else:
                self._shown.discard(level)
            self._level(self._at(DEPTH, row.stamp, depth.received), level, row.size)

    def _whole(self, rows: Iterable[DepthRow], stamp: Nanos, received: Nanos) -> None:
        """A new book, of one stamp. Its rows are a snapshot where that stamp has no rows yet: a
        replay puts a stamp's snapshot before its other rows.
        """
        levels: dict[_Level, int] = {}
        for row in rows:
            levels[_SIDES[row.kind], row.price] = row.size
        levels = {level: size for level, size in levels.items() if size}
        before = self._newest[DEPTH]
        at = self._at(DEPTH, stamp, received)
        if at > before and levels:
            for level, size in levels.items():
                self._level(at, level, size, SNAPSHOT)
        else:
            for level in sorted(self._shown - levels.keys()):
                self._level(at, level, 0)
            for level, size in levels.items():
                self._level(at, level, size)
        self._shown = set(levels)
        self._afresh = not levels

    def _level(self, at: Nanos, level: _Level, size: int, action: int | None = None) -> None:
        side, ticks = level
        if action is None:
            action = SET if size else DELETE
        self.waiting[DEPTH].append((at, side, self._price(ticks), size, action))

    def _at(self, kind: str, stamp: Nanos, received: Nanos) -> Nanos:
        at = self._newest[kind] = max(min(stamp, received + AHEAD), self._newest[kind])
        self.moved += at != stamp
        return at

    def _price(self, ticks: Ticks) -> float:
        return float(self._instrument.price(ticks))
