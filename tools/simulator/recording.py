"""Recorded market data read from parquet into checked integer columns.

The files of a recording are PREFIX_trades, PREFIX_quotes and PREFIX_depth with `.parquet` behind;
any of them may be absent, all of them not. docs/market.md gives their columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

COLUMNS = {
    "trades": ("ts", "price", "size", "side"),
    "quotes": ("ts", "bid", "bid_size", "ask", "ask_size"),
    "depth": ("ts", "side", "price", "size", "action"),
}
PRICES = frozenset({"price", "bid", "ask"})
ALLOWED = {
    ("trades", "side"): (-1, 0, 1),
    ("depth", "side"): (-1, 1),
    ("depth", "action"): (0, 1, 2),
}
GRID_TOLERANCE = 1e-4
"""Ticks by which a stored float price may miss the grid; real misses are far larger."""


class RecordingError(ValueError):
    """A recording that cannot be replayed; the message is one line naming file and column."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of one file as int64: ts in ns UTC, prices in ticks, the rest as recorded."""

    columns: Mapping[str, Integers]

    def __len__(self) -> int:
        return len(self.columns["ts"])

    def __getitem__(self, column: str) -> Integers:
        return self.columns[column]

    def where(self, keep: NDArray[np.bool_]) -> "Table":
        """The rows where `keep` holds."""
        return Table({name: column[keep] for name, column in self.columns.items()})


def read(prefix: Path, tick_size: Decimal) -> dict[str, Table]:
    """The recording's tables by kind (trades, quotes, depth), absent and empty files left out.

    `tick_size` is the recorded instrument's, in its price's unit. Raises RecordingError.
    """
    paths = {kind: Path(f"{prefix}_{kind}.parquet") for kind in COLUMNS}
    present = {kind: path for kind, path in paths.items() if path.is_file()}
    if not present:
        raise RecordingError(
            f"replay: {prefix}_trades.parquet not found, nor _quotes or _depth: give the path up to"
            " the underscore"
        )
    tables = {kind: _table(path, kind, tick_size) for kind, path in present.items()}
    filled = {kind: table for kind, table in tables.items() if len(table)}
    if not filled:
        raise RecordingError(f"replay: {prefix}: every file of the recording is empty")
    return filled


def _table(path: Path, kind: str, tick_size: Decimal) -> Table:
    raw = _columns(path, COLUMNS[kind])
    table = Table(
        {
            name: _ticks(path, name, column, tick_size)
            if name in PRICES
            else _integers(path, name, column)
            for name, column in raw.items()
        }
    )
    for name in table.columns:
        _check(path, kind, name, table[name])
    return table


def _columns(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[np.generic]]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise RecordingError(
            "replay: reading parquet needs pyarrow: pip install 'failflat[data]'"
        ) from None
    try:
        with parquet.ParquetFile(path) as file:
            lacking = [name for name in names if name not in file.schema_arrow.names]
            if lacking:
                raise RecordingError(
                    f"replay: {path}: column {lacking[0]} is missing, needs {', '.join(names)}"
                )
            rows = file.read(columns=list(names))
    except (ArrowException, OSError) as error:
        raise RecordingError(
            f"replay: {path}: not readable as parquet: {str(error).splitlines()[0]}"
        ) from error
    return {name: rows.column(name).to_numpy() for name in names}


def _integers(path: Path, name: str, column: NDArray[np.generic]) -> Integers:
    if column.dtype.kind not in "iu":
        raise RecordingError(
            f"replay: {path}: column {name} must hold integers, not {column.dtype}"
        )
    return column.astype(np.int64)


def _ticks(path: Path, name: str, column: NDArray[np.generic], tick_size: Decimal) -> Integers:
    if column.dtype.kind not in "fiu":
        raise RecordingError(f"replay: {path}: column {name} must hold numbers, not {column.dtype}")
    exact = column.astype(np.float64) / float(tick_size)
    ticks = np.rint(exact)
    off = ~(np.abs(exact - ticks) <= GRID_TOLERANCE)
    if off.any():
        row = int(np.argmax(off))
        raise RecordingError(
            f"replay: {path}: column {name}, row {row}: {column[row]} is not a multiple of the"
            f" tick size {tick_size}"
        )
    return ticks.astype(np.int64)


def _check(path: Path, kind: str, name: str, column: Integers) -> None:
    """Times never go back, sizes are not negative, codes are known."""
    if name == "ts":
        wrong, what = np.diff(column, prepend=column[:1]) < 0, "goes back in time"
    elif name.endswith("size"):
        wrong, what = column < 0, "is a negative size"
    elif (kind, name) in ALLOWED:
        known = ALLOWED[kind, name]
        wrong, what = ~np.isin(column, known), f"is none of {', '.join(map(str, known))}"
    else:
        return
    if wrong.any():
        row = int(np.argmax(wrong))
        raise RecordingError(f"replay: {path}: column {name}, row {row}: {column[row]} {what}")
