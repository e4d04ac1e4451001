"""Trade dates and the session window."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from config.schema import Trading
from messages.base import SECOND, Nanos

NEW_YORK = ZoneInfo("America/New_York")
CHICAGO = ZoneInfo("America/Chicago")

_ROLL = timedelta(hours=7)
"""CME trade dates begin at 17:00 Chicago: seven hours later it is the next day."""

_SATURDAY = 5
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


def minute(at: time) -> int:
    """Minutes since midnight."""
    return at.hour * 60 + at.minute


class Calendar(Protocol):
    """When entries are allowed. Minutes are minutes of the New York day."""

    def minute(self, now: Nanos) -> int: ...

    def flattening(self, now: Nanos) -> int | None:
        """The minute since which positions are to be closed; None outside that part of the
        session.
        """

    def closed(self, now: Nanos) -> int | None:
        """The minute at which the session opens; None while it is open."""


class Always:
    """Open at any hour: the simulator's calendar."""

    def minute(self, now: Nanos) -> int:
        return minute(_local(now, NEW_YORK).time())

    def flattening(self, now: Nanos) -> int | None:
        return None

    def closed(self, now: Nanos) -> int | None:
        return None


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
