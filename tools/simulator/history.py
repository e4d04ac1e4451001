"""Bars for retrieveBars, from 1-second bars of the venue's own prints (gateway.md 9)."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from copy import copy
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import NamedTuple

from tools.simulator.stamps import CHICAGO, SECOND, chicago, ns_of

SESSION_OPEN = 17
"""Hour in Chicago at which a trade date opens."""
KEPT = 4 * 86_400
"""1-second bars kept; older ones are dropped, so that memory does not grow."""
MOST = 20_000
FIXED = {1: 1, 2: 60, 3: 3_600}
"""Seconds of the units second, minute, hour."""


class Bar(NamedTuple):
    """Opening time (s since 1970, UTC), prices in ticks, contracts."""

    second: int
    open: int
    high: int
    low: int
    close: int
    volume: int


class History:
    """1-second bars of one contract; seconds without a print have none."""

    def __init__(self) -> None:
        self._seconds: list[int] = []
        self._bars: list[Bar] = []
        self._second = -1
        self._open = self._high = self._low = self._close = self._volume = 0

    def copy(self) -> "History":
        """The same bars, which go on by themselves."""
        other = copy(self)
        other._seconds, other._bars = self._seconds.copy(), self._bars.copy()
        return other

    def add(self, at: int, price: int, size: int) -> None:
        """Count a print; times never go back."""
        second = at // SECOND
        if second != self._second:
            self._close_bar()
            self._second, self._open, self._high, self._low = second, price, price, price
            self._volume = 0
        elif price > self._high:
            self._high = price
        elif price < self._low:
            self._low = price
        self._close = price
        self._volume += size

    def bars(
        self, start: int, end: int, unit: int, number: int, known: int | None = None
    ) -> list[Bar]:
        """Bars of `number` units opening within start..end (s, both inclusive), oldest first.

        Bars are cut on multiples of their width since 1970; days, weeks and months on 17:00
        Chicago; nothing after the second `known` is in them. Raises KeyError for a unit that has
        no bars.
        """
        opening = _openings(unit, number)
        first = bisect_left(self._seconds, start)
        forming = (self._forming(),) if self._volume else ()
        rows = [*self._bars[first:], *forming]
        if known is not None:
            rows = [row for row in rows if row.second <= known]
        whole = (_merge(key, group) for key, group in groupby(rows, lambda r: opening(r.second)))
        return [bar for bar in whole if start <= bar.second <= end]

    def _forming(self) -> Bar:
        return Bar(self._second, self._open, self._high, self._low, self._close, self._volume)

    def _close_bar(self) -> None:
        if not self._volume:
            return
        self._bars.append(self._forming())
        self._seconds.append(self._second)
        if len(self._bars) > KEPT + KEPT // 4:
            cut = bisect_right(self._seconds, self._second - KEPT)
            del self._bars[:cut], self._seconds[:cut]


def _merge(opening: int, rows: Iterator[Bar]) -> Bar:
    found = list(rows)
    return Bar(
        opening,
        found[0].open,
        max(row.high for row in found),
        min(row.low for row in found),
        found[-1].close,
        sum(row.volume for row in found),
    )


def width(unit: int, number: int) -> int:
    """Seconds a bar of this unit is at most wide; days and longer by the calendar's longest."""
    longest = {4: 86_400, 5: 7 * 86_400, 6: 31 * 86_400}
    return FIXED.get(unit, longest.get(unit, 0)) * number


def _openings(unit: int, number: int) -> Callable[[int], int]:
    """The function from a second to the opening second of its bar."""
    if unit in FIXED:
        span = FIXED[unit] * number
        return lambda second: second - second % span
    dates = {4: _day, 5: _week, 6: _month}[unit]
    return lambda second: dates(second, number)


def _session(second: int) -> datetime:
    """Midnight (naive) of the Chicago date on which the session of `second` opened."""
    local = chicago(second * SECOND)
    opened = local.date() - timedelta(days=local.hour < SESSION_OPEN)
    return datetime.combine(opened, time(SESSION_OPEN), CHICAGO)


def _stamp(opened: datetime) -> int:
    return ns_of(opened) // SECOND


def _day(second: int, number: int) -> int:
    opened = _session(second)
    return _stamp(opened - timedelta(days=opened.toordinal() % number))


def _week(second: int, number: int) -> int:
    opened = _session(second)
    weeks = (opened.toordinal() // 7) % number  # ordinal 7 is a Sunday, when the week opens
    return _stamp(opened - timedelta(days=opened.toordinal() % 7 + 7 * weeks))


def _month(second: int, number: int) -> int:
    """By the trade date, which is the day after the opening."""
    traded = _session(second) + timedelta(days=1)
    months = (traded.year * 12 + traded.month - 1) // number * number
    first = traded.replace(year=months // 12, month=months % 12 + 1, day=1)
    return _stamp(first - timedelta(days=1))
