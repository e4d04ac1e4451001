"""The trading day of CME by the clock in Chicago, as TopstepX keeps it (gateway.md 10).

A day opens at 17:00 on the evening before, Sunday to Thursday. Orders end at 15:10, data at 16:00;
a product that closes earlier ends both then. On a shortened day data ends early, and orders a
quarter of an hour before; a holiday has no session (holidays.py). zoneinfo knows when the clocks
change. Times are ns UTC.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta

from tools.simulator import holidays
from tools.simulator.contracts import CLOSE, CLOSES_EARLY, Product
from tools.simulator.stamps import CHICAGO, chicago, ns_of

OPEN = time(17)
HALT = time(16)
FRIDAY = 4
DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
"""How long before an early close the venue wants no position."""


def trading(product: Product, now: int) -> bool:
    """Whether orders are taken."""
    return _open(product, now, _orders_end)


def quoted(product: Product, now: int) -> bool:
    """Whether there is market data."""
    return _open(product, now, _data_ends)


def opened(product: Product, now: int) -> int:
    """When data last began, up to now."""
    begins = (at for day in _backwards(now) if (at := _at(day, OPEN)) <= now)
    return next(at for at in begins if quoted(product, at))


def ended(product: Product, now: int) -> int:
    """When data last ended, up to now."""
    held = (day for day in _backwards(now) if _held(product, day))
    return next(at for day in held if (at := _at(day, _data_ends(product, day))) <= now)


def next_change(now: int) -> int:
    """The next time of day at which something of some product may open or close."""
    return upcoming(_CLOCKS, now)


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


def _open(product: Product, now: int, ends: Callable[[Product, date], time]) -> bool:
    local = chicago(now)
    day = local.date()
    if local.time() >= OPEN:
        return _held(product, day + DAY)
    return _held(product, day) and local.time() < ends(product, day)


def _held(product: Product, day: date) -> bool:
    """Whether a trade date has a session."""
    return day.weekday() <= FRIDAY and not holidays.closed(product.symbol, day)


def _orders_end(product: Product, day: date) -> time:
    early = holidays.early(product.symbol, day)
    return product.closes if early is None else _before(early)


def _data_ends(product: Product, day: date) -> time:
    early = holidays.early(product.symbol, day)
    if early is not None:
        return early
    return HALT if product.closes == CLOSE else product.closes


def _before(early: time) -> time:
    return (datetime.combine(date.min, early) - QUARTER).time()


_CLOCKS = {
    *(CLOSE, HALT, OPEN),
    *CLOSES_EARLY.values(),
    *(clock for early in holidays.SHORT for clock in (early, _before(early))),
}


def _at(day: date, clock: time) -> int:
    return ns_of(datetime.combine(day, clock, CHICAGO))


def _backwards(now: int) -> Iterator[date]:
    """This date and those before."""
    day = chicago(now).date()
    while True:
        yield day
        day -= DAY
