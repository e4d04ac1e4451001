"""What a list of bars holds, for a look at it."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import fmean, pstdev
from typing import NamedTuple

from actors.bar.timeframes.cell import vwap
from messages.base import Nanos
from messages.market import Bar

COLUMNS = ("open", "high", "low", "close", "volume", "buy_volume", "sell_volume", "trades")


class Column(NamedTuple):
    """Ticks for prices, else contracts or prints. `deviation` is the population's."""

    name: str
    lowest: int
    highest: int
    mean: float
    deviation: float


class Snapshot(NamedTuple):
    """`span` is from the first start to the last end, `present` the part of it that has bars.
    `repeated` and `disordered` count bars that do not start after the one before. `without_flow`
    counts those that state no flow, as the venue's do not; with any of them there is no `vwap`.
    """

    description: str
    rows: int
    first: Nanos
    last: Nanos
    span: Nanos
    present: Nanos
    repeated: int
    disordered: int
    without_flow: int
    vwap: float | None
    columns: tuple[Column, ...]


def snapshot(bars: Iterable[Bar], description: str = "") -> Snapshot:
    """Rows, span and statistics by column. Without bars every count is 0 and there are no columns.
    Source: document 003, create_data_snapshot(data, description).
    """
    rows = tuple(bars)
    starts = [bar.start for bar in rows]
    first, last = min(starts, default=0), max((bar.end for bar in rows), default=0)
    volume = sum(bar.volume for bar in rows)
    silent = sum(vwap(bar) is None for bar in rows if bar.volume)
    return Snapshot(
        description=description,
        rows=len(rows),
        first=first,
        last=last,
        span=last - first,
        present=sum(bar.end - bar.start for bar in rows),
        repeated=sum(one == two for one, two in pairwise(starts)),
        disordered=sum(one > two for one, two in pairwise(starts)),
        without_flow=silent,
        vwap=sum(bar.turnover for bar in rows) / volume if volume and not silent else None,
        columns=tuple(_column(name, [getattr(bar, name) for bar in rows]) for name in COLUMNS)
        if rows
        else (),
    )


def _column(name: str, values: Sequence[int]) -> Column:
    return Column(name, min(values), max(values), fmean(values), pstdev(values))
