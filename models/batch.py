"""The features of every bar of a session at once, for training and evaluation."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from messages.market import Bar
from models.features import FEATURES, LEAST_VOLATILITY, LIVE, MOVES, PAST, SPANS, known

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def table(bars: Sequence[Bar]) -> tuple[Floats, Flags]:
    """(features, usable) with a row per bar, shapes (n, len(FEATURES)) and (n,).

    A row is usable where the last PAST bars are consecutive and the last LIVE known; the others
    hold zeros.
    """
    rows = np.zeros((len(bars), len(FEATURES)))
    usable = _usable(bars)
    if len(bars) >= PAST:
        rows[PAST - 1 :] = _rows(bars)
    rows[~usable] = 0.0
    return rows, usable


def mids(bars: Sequence[Bar]) -> NDArray[np.int64]:
    """Twice the mid price at each close, in ticks."""
    return np.array([bar.bid + bar.ask for bar in bars], dtype=np.int64)


def _rows(bars: Sequence[Bar]) -> Floats:
    volume = _column([bar.volume for bar in bars])
    signed = _column([bar.buy_volume - bar.sell_volume for bar in bars])
    depth = _balance(
        _column([bar.bid_depth for bar in bars]), _column([bar.ask_depth for bar in bars])
    )
    touch = _balance(
        _column([bar.bid_size for bar in bars]), _column([bar.ask_size for bar in bars])
    )
    mid = mids(bars).astype(np.float64)
    changes = np.diff(_column([bar.close for bar in bars]), prepend=float(bars[0].close))
    volatility = np.sqrt(_sums(changes**2, PAST - 1) / (PAST - 1))
    scale = 2 * np.maximum(volatility, LEAST_VOLATILITY)
    columns = [
        *(_ratio(_sums(signed, k), _sums(volume, k)) for k in SPANS),
        _ratio(_sums(signed, 4, 4), _sums(volume, 4, 4)),
        _ratio(_sums(signed, 8, 8), _sums(volume, 8, 8)),
        depth,
        _sums(depth, 4) / 4,
        _sums(depth, 16) / 16,
        touch,
        *((mid - _before(mid, k)) / (scale * np.sqrt(k)) for k in MOVES),
        volatility,
        np.log((4 * _sums(volume, 4) + 1) / (_sums(volume, 16) + 1)),
    ]
    return np.column_stack(columns)[PAST - 1 :]


def _usable(bars: Sequence[Bar]) -> Flags:
    """Where the last LIVE bars are known and the last PAST consecutive."""
    flags = _column([known(bar) for bar in bars])
    joined = _column([a.end == b.start for a, b in pairwise(bars)])
    follows = np.concatenate([[0.0], joined]) if len(bars) else joined
    whole = _sums(follows, PAST - 1) == PAST - 1
    usable: Flags = whole & (_sums(flags, LIVE) == LIVE) & (np.arange(len(bars)) >= PAST - 1)
    return usable


def _column(numbers: Sequence[float]) -> Floats:
    return np.array(numbers, dtype=np.float64)


def _before(column: Floats, rows: int) -> Floats:
    """The column as it was `rows` rows earlier; the first rows repeat the first value."""
    return np.concatenate([np.full(min(rows, len(column)), column[0]), column[:-rows]])


def _sums(column: Floats, width: int, skip: int = 0) -> Floats:
    """Sums over `width` rows that end `skip` rows before each row; short at the beginning."""
    total = np.concatenate([[0.0], np.cumsum(column)])
    end = np.maximum(np.arange(1, len(column) + 1) - skip, 0)
    found: Floats = total[end] - total[np.maximum(end - width, 0)]
    return found


def _ratio(signed: Floats, total: Floats) -> Floats:
    return np.divide(signed, total, out=np.zeros_like(signed), where=total != 0)


def _balance(bids: Floats, asks: Floats) -> Floats:
    return _ratio(bids - asks, bids + asks)
