"""The trading day, by the clock in Chicago (gateway.md 10). Times are ns UTC.

zoneinfo knows when the clocks change; holidays are not known here.
"""

from datetime import datetime, time, timedelta

from tools.simulator.stamps import CHICAGO, chicago, ns_of

OPEN = time(17)
"""A trade date begins on the evening before it."""
FRIDAY = 4


def next_trade_date(now: int) -> int:
    """When the next trade date begins: Friday's 17:00 begins that of Monday."""
    local = chicago(now)
    day = local.date() + timedelta(days=local.time() >= OPEN)
    while day.weekday() > FRIDAY:
        day += timedelta(days=1)
    return ns_of(datetime.combine(day, OPEN, CHICAGO))
