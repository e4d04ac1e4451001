"""The user's acceptance list (document 002), each line as measured in one session.

`ok` is null where the session gave nothing to measure. Latencies are 99th percentiles.
"""

from datetime import datetime, timedelta
from typing import TypeAlias

from actors.session.conduct import Conduct
from actors.session.connections import HEAL, Connections
from actors.session.histogram import Histogram
from actors.session.invariants import Invariants
from actors.session.latencies import Latencies
from actors.session.limits import Limits
from actors.session.protection import EXCESS
from messages.base import MILLISECOND, SECOND, Nanos

Figure: TypeAlias = float | int | None
Row: TypeAlias = dict[str, Figure | bool]

MEMORY_GROWTH = 64.0
"""MB that the process may grow by after its first minute; a leak in the data path is larger."""
_MEGABYTE = 1_000_000


def acceptance(
    limits: Limits,
    invariants: Invariants,
    latencies: Latencies,
    connections: Connections,
    conduct: Conduct,
    growth: int | None,
) -> dict[str, Row]:
    """A row {measured, limit, ok} per line of the list; `growth` is memory in bytes, if known."""
    at = invariants.at
    counts = invariants.violations()
    linked = connections.opened > 0
    entered = conduct.entries > 0
    placed = invariants.deliveries.types.get("PlaceOrder", 0) > 0
    legs_left = sum(order.parent is not None for order in invariants.view.orders.values())
    return {
        "authentication": _none(connections.login_failures, linked),
        "connection_stable": _most(_seconds(connections.outages.longest(at)), HEAL, linked),
        "quotes_within_100_ms": _millis(invariants.feed.age, 100),
        "market_orders_filled_within_1_s": _millis(latencies.market_fill, 1_000),
        "stop_and_target_after_fill": _none(conduct.unbracketed, entered),
        "orders_cancelled_on_close": _most(
            _seconds(conduct.orphans.longest(at)), EXCESS, bool(invariants.earnings.trips)
        ),
        "no_orphans": _none(legs_left if invariants.view.flat else 0),
        "daily_loss_enforced": _none(conduct.after_daily_loss),
        "end_of_day_flatten": _end_of_day(limits, conduct, at),
        "sizing": _none(conduct.wrong_sizes, placed),
        "circuit_breakers": _none(counts["LATCHED"]),
        "disconnects_handled": _none(connections.down, linked),
        "position_synced_after_reconnect": _none(connections.unsynced, linked),
        "no_duplicate_orders": _none(counts["ONE_ORDER"]),
        "comprehensive_log": _none(invariants.deliveries.bodiless),
        "inference_under_10_ms": _millis(latencies.model, 10),
        "order_placement_under_500_ms": _millis(latencies.order_round_trip, 500),
        "features_under_5_ms": _millis(latencies.features, 5),
        "memory_stable": _row(
            None if growth is None else round(growth / _MEGABYTE, 1), MEMORY_GROWTH
        ),
    }


def _row(measured: Figure, limit: float | int) -> Row:
    return {
        "measured": measured,
        "limit": limit,
        "ok": None if measured is None else measured <= limit,
    }


def _none(count: int, measurable: bool = True) -> Row:
    """Something that must not happen at all."""
    return _row(count if measurable else None, 0)


def _most(seconds: float, limit: Nanos, measurable: bool) -> Row:
    """Something that may last so long, in seconds."""
    return _row(seconds if measurable else None, _seconds(limit))


def _millis(spans: Histogram, limit: int) -> Row:
    measured = spans.quantile(0.99)
    return _row(None if measured is None else round(measured / MILLISECOND, 3), limit)


def _seconds(span: Nanos) -> float:
    return round(span / SECOND, 3)


def _end_of_day(limits: Limits, conduct: Conduct, at: Nanos) -> Row:
    """Seconds that a position was held past the flatten time; the session's end is the limit."""
    flatten, end = limits.flatten_time, limits.session_end
    if flatten is None or end is None:
        return _row(None, 0)
    day = datetime(2000, 1, 1)  # noqa: DTZ001  (a difference of two times of day)
    left = datetime.combine(day, end) - datetime.combine(day, flatten)
    return _row(_seconds(conduct.lateness(at)), (left % timedelta(days=1)).total_seconds())
