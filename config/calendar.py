"""Trade dates, the session window, and by when positions must be closed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from config.hours import CHICAGO as CHICAGO  # for whoever asks for trade dates
from config.hours import FILE, Group, Hours, group, hours, nanos, span
from config.hours import NEW_YORK as NEW_YORK
from config.schema import Trading
from messages.base import SECOND, Nanos
from messages.market import MarketStatus

_ROLL = timedelta(hours=7)
"""CME trade dates begin at 17:00 Chicago: seven hours later it is the next day."""

_SATURDAY = 5
_REGULAR = (time(8, 30), time(15))
"""Chicago: the hours of the stock exchanges, in which futures on their indices trade most."""
_DAY = 24 * 60
_MINUTE = 60 * SECOND
_HOUR = 60 * _MINUTE
WARN_DAYS = 30
"""So long before its end the session calendar asks to be renewed."""
_RENEW = "renew it with python -m tools.make_calendar (docs/operations.md)"


def _local(now: Nanos, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(now // SECOND, UTC).astimezone(zone)


def trade_date(now: Nanos) -> date:
    """The CME trade date: from 17:00 Chicago of the day before to 17:00 Chicago."""
    return _trade_date(now // _HOUR)


@lru_cache(64)
def _trade_date(hour: int) -> date:
    """It changes on the whole hour, in UTC too; the risk room asks with every mark."""
    return (_local(hour * _HOUR, CHICAGO).replace(tzinfo=None) + _ROLL).date()


def trade_date_start(now: Nanos) -> Nanos:
    """The 17:00 Chicago at or before `now`, by the wall clock on both clock changes."""
    local = _local(now, CHICAGO)
    start = local.replace(hour=17, minute=0, second=0, microsecond=0, fold=0)
    if start > local:
        start = (start - timedelta(days=1)).replace(fold=0)
    return int(start.timestamp()) * SECOND


def exchange(now: Nanos) -> MarketStatus:
    """Stock index futures on CME Globex: OPEN, BREAK (the daily hour) or CLOSED, by the file's
    hours (config/hours.py), holidays and early closes included.
    """
    return hours(Group.EQUITY).status(now)


def regular(now: Nanos) -> bool:
    """Whether it is from 08:30 to 15:00 Chicago on a trade date, and the exchange open."""
    local = _local(now, CHICAGO)
    hour = local.weekday() < _SATURDAY and _REGULAR[0] <= local.time() < _REGULAR[1]
    return hour and exchange(now) is MarketStatus.OPEN


def minute(at: time) -> int:
    """Minutes since midnight."""
    return at.hour * 60 + at.minute


@lru_cache(64)
def _minute_of_day(minutes: int) -> int:
    """Minutes since midnight in New York; whole minutes since 1970 (UTC) given."""
    return minute(_local(minutes * _MINUTE, NEW_YORK).time())


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
        return _minute_of_day(now // _MINUTE)

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
    """The same session on every trade date; it may run over midnight. Where one of the `hours`
    closes, all that is traded closes, and the account is to be flat `margin` before the venue wants
    it. A date that the hours do not list has no session.
    """

    start: time
    end: time
    flatten: time
    margin: Nanos
    hours: tuple[Hours, ...]

    def minute(self, now: Nanos) -> int:
        return _minute_of_day(now // _MINUTE)

    def flattening(self, now: Nanos) -> int | None:
        if not self._open(now):
            return None
        flatten, venues = minute(self.flatten), self.flat_by(trade_date(now))
        since = [flatten] if self._elapsed(now) >= self._into(flatten) else []
        if venues is not None and now >= venues:
            since.append(self.minute(venues))
        return min(since, key=self._into, default=None)

    def closed(self, now: Nanos) -> int | None:
        return None if self._open(now) else minute(self.start)

    def market(self, now: Nanos) -> MarketStatus:
        statuses = {each.status(now) for each in self.hours}
        for status in (MarketStatus.CLOSED, MarketStatus.BREAK):
            if status in statuses:
                return status
        return MarketStatus.OPEN

    def regular(self, now: Nanos) -> bool:
        return regular(now)

    def flat_by(self, day: date) -> Nanos | None:
        """By when the account is to be flat for the venue's sake; None without trading that day."""
        days = [each.days.get(day) for each in self.hours]
        if None in days:
            return None
        return min(each.flat_by for each in days if each) - self.margin

    def early(self, day: date) -> Nanos | None:
        """When trading ends on a date on which it ends early."""
        closes = [
            found.closes for each in self.hours if (found := each.days.get(day)) and found.early
        ]
        return min(closes, default=None)

    def _open(self, now: Nanos) -> bool:
        days = [each.days.get(trade_date(now)) for each in self.hours]
        trading = all(day is not None and now < day.closes for day in days)
        return trading and self._elapsed(now) < self._into(minute(self.end))

    def _elapsed(self, now: Nanos) -> int:
        return self._into(self.minute(now))

    def _into(self, at: int) -> int:
        """Minutes from the session's start to a minute of the day."""
        return (at - minute(self.start)) % _DAY


def calendar(trading: Trading) -> Calendar:
    """ValueError for a product whose hours are not known, with calendar: sessions."""
    return Always() if trading.calendar == "always" else sessions(trading)


def sessions(trading: Trading) -> Sessions:
    """The hours of what is traded, and always those of the stock index futures as well: the file's
    half days of other products contradict each other (Labor Day of the metals), and a flatten that
    comes too early costs less than one too late.
    """
    groups = {Group.EQUITY, *map(group, trading.contract)}
    return Sessions(
        trading.session_start,
        trading.session_end,
        trading.flatten_time,
        trading.flat_margin_min * _MINUTE,
        tuple(hours(each) for each in sorted(groups)),
    )


def ending(trading: Trading, now: Nanos) -> str:
    """That the session calendar ends soon; empty while it does not, and with calendar: always.
    ValueError where it does not cover the trade date, or does not know a product.
    """
    if trading.calendar == "always":
        return ""
    sessions(trading)
    today, (first, last) = trade_date(now), span()
    if not first <= today <= last:
        said = f"trading.calendar: {FILE.name} covers {first} to {last}, not {today}"
        raise ValueError(f"{said}: {_RENEW}")
    soon = (last - today).days <= WARN_DAYS
    return f"{FILE.name} ends on {last}; then trading is refused: {_RENEW}" if soon else ""


def flat_rule(trading: Trading, now: Nanos) -> str:
    """Which of trading.flatten_time and the venue's rule closes positions on this trade date, or on
    the next one that has a session; empty with calendar: always.
    """
    return "" if trading.calendar == "always" else _flat_rule(sessions(trading), trade_date(now))


def _flat_rule(kept: Sessions, today: date) -> str:
    day = today
    while (venues := kept.flat_by(day)) is None:
        day += timedelta(days=1)
        if day > span()[1]:
            return f"no trade date after {today} in {FILE.name}"
    own = datetime.combine(day, kept.flatten, NEW_YORK)
    if trade_date(nanos(own)) != day:
        own -= timedelta(days=1)  # the session's evening
    wants = f"{_local(venues + kept.margin, NEW_YORK):%H:%M}"
    early = kept.early(day)
    why = "" if early is None else f" (early close {_local(early, NEW_YORK):%H:%M})"
    on = f"New York on {day:%a} {day}"
    if nanos(own) <= venues:
        rule = f"trading.flatten_time; the venue wants no position from {wants} on{why}"
        return f"flat by {kept.flatten:%H:%M} {on}: {rule}"
    margin = kept.margin // _MINUTE
    rule = f"{margin} min before {wants}, when the venue wants no position{why}"
    later = f"trading.flatten_time {kept.flatten:%H:%M} is later"
    return f"flat by {_local(venues, NEW_YORK):%H:%M} {on}: {rule}; {later}"
