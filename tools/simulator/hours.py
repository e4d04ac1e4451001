"""The trading day of CME by the clock in Chicago, as TopstepX keeps it (gateway.md 10).

A day opens at 17:00 on the evening before, Sunday to Thursday. Orders end at 15:10, data at 16:00;
a product that closes earlier ends both then. zoneinfo knows when the clocks change; holidays are
not known. Times are ns UTC, `closes` the time of day at which a product's orders end.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta

from tools.simulator.contracts import CLOSE, CLOSES_EARLY
from tools.simulator.stamps import CHICAGO, chicago, ns_of

OPEN = time(17)
HALT = time(16)
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
DAY = timedelta(days=1)


def trading(closes: time, now: int) -> bool:
    """Whether orders are taken."""
    return _open(closes, now)


def quoted(closes: time, now: int) -> bool:
    """Whether there is market data."""
    return _open(_data_ends(closes), now)


def opened(now: int) -> int:
    """When data last began, up to now."""
    return next(at for at in _backwards(OPEN, now) if _open(HALT, at))


def ended(closes: time, now: int) -> int:
    """When data last ended, up to now."""
    ends = _data_ends(closes)
    return next(at for at in _backwards(ends, now) if _open(ends, at - 1))


def next_change(now: int) -> int:
    """The next time of day at which something of some product may open or close."""
    return upcoming((CLOSE, *CLOSES_EARLY.values(), HALT, OPEN), now)


def upcoming(clocks: Iterable[time], now: int) -> int:
    """When one of these times of day is next, on any date."""
    today = chicago(now).date()
    times = (datetime.combine(day, at, CHICAGO) for day in (today, today + DAY) for at in clocks)
    return min(at for at in map(ns_of, times) if at > now)


def next_trade_date(now: int) -> int:
    """When the next trade date begins: Friday's 17:00 begins that of Monday."""
    local = chicago(now)
    day = local.date() + DAY * (local.time() >= OPEN)
    while day.weekday() > FRIDAY:
        day += DAY
    return ns_of(datetime.combine(day, OPEN, CHICAGO))


def _open(until: time, now: int) -> bool:
    local = chicago(now)
    if local.time() < until:
        return local.weekday() <= FRIDAY
    return local.time() >= OPEN and local.weekday() not in (FRIDAY, SATURDAY)


def _data_ends(closes: time) -> time:
    return HALT if closes == CLOSE else closes


def _backwards(clock: time, now: int) -> Iterator[int]:
    """A time of day on this date and those before, not after now."""
    day = chicago(now).date()
    while True:
        at = ns_of(datetime.combine(day, clock, CHICAGO))
        if at <= now:
            yield at
        day -= DAY
