"""Spans of time without entries, such as those around scheduled news. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from config.hours import NEW_YORK, nanos
from messages.base import SECOND, Nanos

_CLOCK = "[0-9]{2}:[0-9]{2}"
_DAILY = re.compile(f"({_CLOCK})-({_CLOCK})")
_ONCE = re.compile(f"([0-9-]{{10}})T({_CLOCK})/(?:([0-9-]{{10}})T)?({_CLOCK})")
_DAY = 24 * 60


@dataclass(frozen=True)
class Daily:
    """Every day, New York; over midnight where it ends before it begins."""

    start: time
    end: time

    def until(self, now: Nanos) -> int | None:
        """The minute of the New York day at which it ends; None outside it."""
        elapsed = (_minute(_new_york(now)) - _minute(self.start)) % _DAY
        lasts = (_minute(self.end) - _minute(self.start)) % _DAY
        return _minute(self.end) if elapsed < lasts else None


@dataclass(frozen=True)
class Once:
    """A single span, in ns UTC: its start belongs to it, its end does not."""

    start: Nanos
    end: Nanos

    def until(self, now: Nanos) -> int | None:
        """As of Daily."""
        return _minute(_new_york(self.end)) if self.start <= now < self.end else None


Blackout = Daily | Once


def blackout(text: str) -> Blackout | None:
    """The span that a setting names; None for text that names none, or one that does not last.

    `08:25-08:35` is daily; `2026-12-10T08:25/08:35` is once, and may end on another date
    (`2026-12-10T23:50/2026-12-11T00:10`), as ISO 8601 writes intervals. New York time.
    """
    try:
        if found := _DAILY.fullmatch(text):
            start, end = (time.fromisoformat(clock) for clock in found.groups())
            return Daily(start, end) if start != end else None
        if found := _ONCE.fullmatch(text):
            day, starts, last, ends = found.groups()
            opens, closes = _instant(day, starts), _instant(last or day, ends)
            return Once(opens, closes) if opens < closes else None
    except ValueError:  # 25:00, or a thirteenth month
        return None
    return None


def _instant(day: str, clock: str) -> Nanos:
    at = time.fromisoformat(clock)
    return nanos(datetime.combine(date.fromisoformat(day), at, NEW_YORK))


def _new_york(now: Nanos) -> time:
    return datetime.fromtimestamp(now // SECOND, UTC).astimezone(NEW_YORK).time()


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
