"""Order clusters: neighbouring levels that all hold much more than is usual."""

from statistics import median
from typing import NamedTuple

from actors.bar.ladder import BookSide, Ladder, Level
from messages.base import Ticks
from messages.market import Side

LARGE = 2
"""A level is large when it holds at least this many times the median of its side."""
LEVELS = 50
"""Best levels of each side that are looked at."""


class Cluster(NamedTuple):
    """A run of large levels from `low` to `high` (ticks, both included): how many, and the
    contracts they display together.
    """

    side: Side
    low: Ticks
    high: Ticks
    levels: int
    size: int


def order_clusters(
    book: Ladder, min_cluster_size: int = 3, price_tolerance: Ticks = 1
) -> tuple[Cluster, ...]:
    """Runs of at least `min_cluster_size` large levels at most `price_tolerance` ticks from one to
    the next; most contracts first. Window: now.

    Source: document 003, detect_order_clusters(min_cluster_size=3, price_tolerance=0.1); 0.1 is one
    tick of gold. It counts orders; a level book shows none, so large levels stand for them: whether
    one order or fifty make a level cannot be seen.
    """
    found = [
        cluster
        for side in (book.bid_side, book.ask_side)
        for cluster in _clusters(side, min_cluster_size, price_tolerance)
    ]
    return tuple(sorted(found, key=lambda cluster: (-cluster.size, cluster.low)))


def _clusters(side: BookSide, least: int, tolerance: Ticks) -> list[Cluster]:
    near = side.levels(LEVELS)
    if not near:
        return []
    usual = median(size for _, size in near)
    runs: list[list[Level]] = []
    for level in sorted(level for level in near if level.size >= LARGE * usual):
        if runs and level.price - runs[-1][-1].price <= tolerance:
            runs[-1].append(level)
        else:
            runs.append([level])
    return [
        Cluster(side.side, run[0].price, run[-1].price, len(run), sum(size for _, size in run))
        for run in runs
        if len(run) >= least
    ]
