"""Where a timeframe's bars begin and end.

Days are CME trade dates, from 17:00 Chicago to 17:00, by the wall clock on both clock changes;
weeks run from Sunday 17:00, and several days or weeks are counted from Monday, 1 January of the
year 1. Shorter frames are aligned to the beginning of their trade date and end with it: a 7-minute
frame's last bar is the shorter one.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from config.calendar import CHICAGO, trade_date
from config.timeframe import Timeframe
from messages.base import SECOND, Nanos

_HOUR = 3_600 * SECOND
_OPENS = time(17)


class Period(NamedTuple):
    """[start, end)"""

    start: Nanos
    end: Nanos


def period(timeframe: Timeframe, stamp: Nanos) -> Period:
    """The period that a stamp lies in; for tick and volume frames, whose bars never span two trade
    dates, the trade date.
    """
    ordinal, opens, ends = _trade_date(stamp // _HOUR)
    if not timeframe.timed:
        return Period(opens, ends)
    if days := timeframe.trade_dates:
        first = ordinal - (ordinal - 1) % days
        return Period(_opening(first), _opening(first + days))
    width = timeframe.seconds * SECOND
    start = stamp - (stamp - opens) % width
    return Period(start, min(start + width, ends))


class Periods:
    """`period` of one timeframe for stamp after stamp: the trade date is looked up once."""

    __slots__ = ("_ends", "_opens", "_timeframe", "_width")

    def __init__(self, timeframe: Timeframe) -> None:
        self._timeframe = timeframe
        self._opens = self._ends = 0
        self._width = 0 if timeframe.trade_dates else timeframe.seconds * SECOND

    def __call__(self, stamp: Nanos) -> tuple[Nanos, Nanos]:
        if not self._opens <= stamp < self._ends:
            if not self._width:
                self._opens, self._ends = period(self._timeframe, stamp)
            else:
                _, self._opens, self._ends = _trade_date(stamp // _HOUR)
        width, end = self._width, self._ends
        if not width:
            return self._opens, end
        start = stamp - (stamp - self._opens) % width
        return start, start + width if start + width < end else end


def trade_date_end(stamp: Nanos) -> Nanos:
    """When the trade date of a stamp ends."""
    return _trade_date(stamp // _HOUR)[2]


@lru_cache(maxsize=256)
def _trade_date(hour: int) -> tuple[int, Nanos, Nanos]:
    """Its ordinal, start and end, by the hour UTC: 17:00 Chicago is on a whole one."""
    ordinal = trade_date(hour * _HOUR).toordinal()
    return ordinal, _opening(ordinal), _opening(ordinal + 1)


@lru_cache(maxsize=256)
def _opening(ordinal: int) -> Nanos:
    """When a trade date begins: 17:00 Chicago of the day before."""
    eve = date.fromordinal(ordinal) - timedelta(days=1)
    return int(datetime.combine(eve, _OPENS, CHICAGO).timestamp()) * SECOND
