"""Feature rows with what the mid did next."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from messages.market import Bar
from models.batch import Flags, Floats, mids, table

Classes = NDArray[np.int64]
HORIZON = 10
"""Seconds from the close that predicts to the close that is predicted."""
TICK = 2
"""A whole tick in the units of `mids`, which are half ticks."""
LAST_MOVES = (1, 5, HORIZON)
"""Spans of the last-move baselines in seconds."""


class Samples:
    """The usable rows of one market in time order, a row per second.

    `features` (n, len(FEATURES)); `classes` (n,) as indices of CLASSES: the mid HORIZON seconds
    later is at least a tick lower, within a tick, or at least a tick higher. `moves[k]` (n,) is the
    same of the past k seconds: what a last-move baseline would say. `rows` (n,) are the numbers of
    their bars.
    """

    def __init__(self, market: str, bars: Sequence[Bar]) -> None:
        rows, usable = table(bars)
        mid = mids(bars)
        keep = usable & _seen_out(bars)
        self.market = market
        self.rows: Classes = np.flatnonzero(keep)
        self.features: Floats = rows[keep]
        self.classes = _classes(mid[_rows(bars, HORIZON)] - mid)[keep]
        self.moves = {k: _classes(mid - mid[_rows(bars, -k)])[keep] for k in LAST_MOVES}

    def __len__(self) -> int:
        return len(self.classes)


def _classes(change: Classes) -> Classes:
    """Half ticks of change -> 0 down, 1 flat, 2 up."""
    found: Classes = 1 + (change >= TICK).astype(np.int64) - (change <= -TICK).astype(np.int64)
    return found


def _seen_out(bars: Sequence[Bar]) -> Flags:
    """Where the bar HORIZON seconds later exists and has bid and ask."""
    later = _rows(bars, HORIZON)
    starts = np.array([bar.start for bar in bars], dtype=np.int64)
    quoted = np.array([bar.bid < bar.ask for bar in bars], dtype=np.bool_)
    span = np.array([bar.end - bar.start for bar in bars], dtype=np.int64) * HORIZON
    found: Flags = (starts[later] - starts == span) & quoted[later]
    return found


def _rows(bars: Sequence[Bar], shift: int) -> Classes:
    """The row `shift` later than each; beyond either end, the row at that end."""
    return np.clip(np.arange(len(bars)) + shift, 0, max(len(bars) - 1, 0))
