"""Spans of time measured by the market's hours, which any `Market` function tells, as
config.calendar.exchange or a Calendar's market().
"""

from collections.abc import Callable, Iterator

from actors.bar.history.spans import Span
from messages.base import SECOND, Nanos
from messages.market import MarketStatus

Market = Callable[[Nanos], MarketStatus]

QUARTER = 900 * SECOND
"""Markets open and close on quarter hours."""


def open_time(start: Nanos, end: Nanos, market: Market) -> Nanos:
    """For how long in [start, end) the market was open."""
    return sum(each.end - each.start for each in _open(start, end, market))


def trimmed(span: Span, market: Market) -> Span | None:
    """From the first to the last open instant of a span; None if it was never open in it."""
    first = next(_open(*span, market), None)
    if first is None:
        return None
    end = span.end
    while end > first.end and market(end - 1) is not MarketStatus.OPEN:
        end = max(first.end, (end - 1) // QUARTER * QUARTER)
    return Span(first.start, end)


def _open(start: Nanos, end: Nanos, market: Market) -> Iterator[Span]:
    """The open parts, cut at the quarter hours."""
    while start < end:
        until = min(end, start // QUARTER * QUARTER + QUARTER)
        if market(start) is MarketStatus.OPEN:
            yield Span(start, until)
        start = until
