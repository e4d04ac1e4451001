"""Iceberg orders: a level that keeps being refilled by the same size as it trades."""

from typing import NamedTuple

from actors.bar.analytics.windows import HOUR, MINUTE, RollingTable
from messages.base import SECOND, Nanos, Ticks
from messages.market import Side


class Iceberg(NamedTuple):
    """Signs of a resting order larger than it shows. Ticks and contracts.

    `side` is the resting side, `tip` the refill seen most often, `refreshes` how often, `executed`
    what traded at those refills, `beyond` how much of that was more than was displayed.
    `regularity` is the share of all refills at the price that were the tip; `confidence` the mean
    of it and 1 - min_refreshes / (2 x refreshes): an order of merit, not a probability.
    """

    side: Side
    price: Ticks
    tip: int
    refreshes: int
    executed: int
    beyond: int
    regularity: float
    confidence: float


class Icebergs:
    """Counts refills by level and size, over any window up to an hour, in slots of ten seconds.

    A refill: contracts traded at a level, and its next row shows more than the trade left. Levels
    have no order ids, so a new order of the same size that joins in that moment is not to be told
    from the tip of an iceberg; a market maker who re-quotes one size looks the same. One whose
    refresh leaves the level's size as it was may not be sent as a row, and then is not seen.
    """

    def __init__(self) -> None:
        self._table: RollingTable[tuple[Side, Ticks, int]] = RollingTable(3, HOUR, 10 * SECOND)

    def on_row(
        self, now: Nanos, side: Side, price: Ticks, before: int, after: int, executed: int
    ) -> None:
        """A level went from `before` to `after` while `executed` contracts traded at it."""
        refill = after - max(0, before - executed)
        if refill > 0:
            cell = self._table.cell(now, (side, price, refill))
            cell[0] += 1
            cell[1] += executed
            cell[2] += max(0, executed - before)

    def found(
        self,
        now: Nanos,
        min_refreshes: int = 5,
        volume_threshold: int = 50,
        window: Nanos = 10 * MINUTE,
    ) -> tuple[Iceberg, ...]:
        """Levels refilled at least `min_refreshes` times by one size, with at least
        `volume_threshold` contracts traded at those refills; most confident first.

        Source: document 003, detect_iceberg_orders(min_refreshes, volume_threshold,
        time_window_minutes), which gives no defaults: these are our choice.
        """
        levels: dict[tuple[Side, Ticks], list[tuple[int, int, int, int]]] = {}
        for (side, price, refill), (count, executed, beyond) in self._table.over(
            window, now
        ).items():
            levels.setdefault((side, price), []).append((count, refill, executed, beyond))
        found: list[Iceberg] = []
        for (side, price), refills in levels.items():
            count, tip, executed, beyond = max(refills)
            if count >= min_refreshes and executed >= volume_threshold:
                regularity = count / sum(refill[0] for refill in refills)
                confidence = (1 - min_refreshes / count / 2 + regularity) / 2
                found.append(
                    Iceberg(side, price, tip, count, executed, beyond, regularity, confidence)
                )
        return tuple(sorted(found, key=lambda one: (-one.confidence, -one.executed, one.price)))
