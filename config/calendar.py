"""Trade dates, the session window and the exchange's hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from config.schema import Trading
from messages.base import SECOND, Nanos
from messages.market import MarketStatus

NEW_YORK = ZoneInfo("America/New_York")
CHICAGO = ZoneInfo("America/Chicago")

_ROLL = timedelta(hours=7)
"""CME trade dates begin at 17:00 Chicago: seven hours later it is the next day."""

_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6
_CLOSES, _OPENS = time(16), time(17)
"""Chicago: the end of a trade date, and the beginning of the next."""
_REGULAR = (time(8, 30), time(15))
"""Chicago: the hours of the stock exchanges, in which futures on their indices trade most."""
_DAY = 24 * 60


def _local(now: Nanos, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(now // SECOND, UTC).astimezone(zone)


def trade_date(now: Nanos) -> date:
    """The CME trade date: from 17:00 Chicago of the day before to 17:00 Chicago."""
    return (_local(now, CHICAGO).replace(tzinfo=None) + _ROLL).date()


def trade_date_start(now: Nanos) -> Nanos:
    """The 17:00 Chicago at or before `now`, by the wall clock on both clock changes."""
    local = _local(now, CHICAGO)
    start = local.replace(hour=17, minute=0, second=0, microsecond=0, fold=0)
    if start > local:
        start = (start - timedelta(days=1)).replace(fold=0)
    return int(start.timestamp()) * SECOND


def exchange(now: Nanos) -> MarketStatus:
    """CME Globex by its regular week: 17:00 to 16:00 Chicago from Sunday to Friday, a break of an
    hour from Monday to Thursday. It knows no holidays: on one the feed's silence has to tell.
    """
    local = _local(now, CHICAGO)
    day, at = local.weekday(), local.time()
    if day == _SATURDAY or (day == _FRIDAY and at >= _CLOSES) or (day == _SUNDAY and at < _OPENS):
        return MarketStatus.CLOSED
    if day != _SUNDAY and _CLOSES <= at < _OPENS:
        return MarketStatus.BREAK
    return MarketStatus.OPEN


def regular(now: Nanos) -> bool:
    """Whether it is a weekday from 08:30 to 15:00 Chicago."""
    local = _local(now, CHICAGO)
    return local.weekday() < _SATURDAY and _REGULAR[0] <= local.time() < _REGULAR[1]


def minute(at: time) -> int:
    """Minutes since midnight."""
    return at.hour * 60 + at.minute


class Calendar(Protocol):
    """When entries are allowed, and when the market is open at all. Minutes are minutes of the New
    York day.
    """

    def minute(self, now: Nanos) -> int: ...

    def flattening(self, now: Nanos) -> int | None:
        """The minute since which positions are to be closed; None outside that part of the
        session.
        """

    def closed(self, now: Nanos) -> int | None:
        """The minute at which the session opens; None while it is open."""

    def market(self, now: Nanos) -> MarketStatus:
        """OPEN, BREAK or CLOSED, by the exchange's hours."""

    def regular(self, now: Nanos) -> bool:
        """Whether the market is in its busy hours."""


class Always:
    """Open at any hour: the simulator's calendar."""

    def minute(self, now: Nanos) -> int:
        return minute(_local(now, NEW_YORK).time())

    def flattening(self, now: Nanos) -> int | None:
        return None

    def closed(self, now: Nanos) -> int | None:
        return None

    def market(self, now: Nanos) -> MarketStatus:
        return MarketStatus.OPEN

    def regular(self, now: Nanos) -> bool:
        return True


@dataclass(frozen=True)
class Sessions:
    """The same session on every weekday trade date; it may run over midnight."""

    start: time
    end: time
    flatten: time

    def minute(self, now: Nanos) -> int:
        return minute(_local(now, NEW_YORK).time())

    def flattening(self, now: Nanos) -> int | None:
        since = minute(self.flatten)
        return since if self._elapsed(now) >= self._into(since) and self._open(now) else None

    def closed(self, now: Nanos) -> int | None:
        return None if self._open(now) else minute(self.start)

    def market(self, now: Nanos) -> MarketStatus:
        return exchange(now)

    def regular(self, now: Nanos) -> bool:
        return regular(now)

    def _open(self, now: Nanos) -> bool:
        weekday = trade_date(now).weekday() < _SATURDAY
        return weekday and self._elapsed(now) < self._into(minute(self.end))

    def _elapsed(self, now: Nanos) -> int:
        return self._into(self.minute(now))

    def _into(self, at: int) -> int:
        """Minutes from the session's start to a minute of the day."""
        return (at - minute(self.start)) % _DAY


def calendar(trading: Trading) -> Calendar:
    if trading.calendar == "always":
        return Always()
    return Sessions(trading.session_start, trading.session_end, trading.flatten_time)
