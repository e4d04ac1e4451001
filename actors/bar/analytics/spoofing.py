"""Spoofing: large size placed away from the best price again and again, and pulled untraded."""

from typing import NamedTuple

from actors.bar.analytics.windows import HOUR, MINUTE, RollingTable
from messages.base import SECOND, Nanos, Ticks
from messages.market import Side

REACH: Ticks = 100
"""Placements further than this from their side's best are not followed."""
MOST_OPEN = 16
"""Placements followed at one level; beyond it the oldest is forgotten."""


class SpoofingSign(NamedTuple):
    """A level that looks spoofed: its side, price (ticks), placements in the window and a minute,
    the share of them pulled, seconds from placement to pull, ticks from the best and contracts (all
    three means).

    `confidence` is the mean of three scores: 1 - least placements a minute asked for / (2 x those
    seen), the cancellation rate, and 1 - time to cancel / the most allowed. It ranks; it is not a
    probability and says nothing of intent.
    """

    side: Side
    price: Ticks
    placements: int
    per_minute: float
    cancellation_rate: float
    time_to_cancel: float
    distance: float
    size: float
    confidence: float


class Placements:
    """Follows large placements level by level; counts over any window up to an hour, in slots of
    ten seconds. Large is a rise of at least what the mean level of its side showed before it.

    Levels have no order ids: a rise is taken for one order, a fall that did not trade for the pull
    of the newest placements it covers. Several orders arriving as one row count once; an order
    moved to another price, an expired one and a quote that follows the market are pulls like any
    other. Who placed them, and whether the same hand traded on the other side, which is what makes
    spoofing, cannot be seen.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[Side, Ticks], list[tuple[Nanos, int]]] = {}
        self._table: RollingTable[tuple[Side, Ticks]] = RollingTable(5, HOUR, 10 * SECOND)

    def placed(self, now: Nanos, side: Side, price: Ticks, size: int, distance: Ticks) -> None:
        """A large rise, `distance` ticks behind the side's best; out of REACH it is ignored."""
        if 0 < distance <= REACH:
            standing = self._open.setdefault((side, price), [])
            standing.append((now, size))
            del standing[:-MOST_OPEN]
            cell = self._table.cell(now, (side, price))
            cell[0] += 1
            cell[1] += distance
            cell[2] += size

    def fell(self, now: Nanos, side: Side, price: Ticks, pulled: int, after: int) -> None:
        """A level fell to `after`, `pulled` contracts of it without trading."""
        standing = self._open.get((side, price))
        if standing is None:
            return
        kept: list[tuple[Nanos, int]] = []
        for since, size in reversed(standing):
            if size <= pulled:
                pulled -= size
                cell = self._table.cell(now, (side, price))
                cell[3] += 1
                cell[4] += now - since
            elif size <= after:
                kept.append((since, size))
        if kept:
            self._open[side, price] = kept[::-1]
        else:
            del self._open[side, price]

    def forget(self) -> None:
        """The book was dropped: what stood in it cannot be followed."""
        self._open.clear()

    def found(
        self,
        now: Nanos,
        window: Nanos = 10 * MINUTE,
        min_placement_frequency: float = 3.0,
        min_cancellation_rate: float = 0.8,
        max_time_to_cancel: Nanos = 30 * SECOND,
        min_distance_ticks: Ticks = 3,
        confidence_threshold: float = 0.7,
    ) -> tuple[SpoofingSign, ...]:
        """Levels that meet every limit, most confident first. Frequency is by the minute of the
        whole window; the distance is the mean at placement; the time to cancel a mean too.

        Source: document 003, detect_spoofing(time_window_minutes=10, min_placement_frequency=3.0,
        min_cancellation_rate=0.8, max_time_to_cancel=30.0, min_distance_ticks=3,
        confidence_threshold=0.7); what is large and REACH are our choice.
        """
        found: list[SpoofingSign] = []
        for (side, price), (count, distance, size, pulls, lives) in self._table.over(
            window, now
        ).items():
            per_minute = count * MINUTE / window
            if (
                not (count and pulls)
                or per_minute < min_placement_frequency
                or pulls < min_cancellation_rate * count
                or lives > max_time_to_cancel * pulls
                or distance < min_distance_ticks * count
            ):
                continue
            rate = min(1.0, pulls / count)
            speed = 1 - lives / pulls / max_time_to_cancel if lives else 1.0
            confidence = (1 - min_placement_frequency / per_minute / 2 + rate + speed) / 3
            if confidence >= confidence_threshold:
                means = (lives / pulls / SECOND, distance / count, size / count)
                found.append(SpoofingSign(side, price, count, per_minute, rate, *means, confidence))
        return tuple(sorted(found, key=lambda sign: (-sign.confidence, -sign.size, sign.price)))
