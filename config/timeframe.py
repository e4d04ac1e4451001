"""Timeframe strings, such as 5min."""

import re
from enum import StrEnum

from messages.base import Value


class Unit(StrEnum):
    SECOND = "s"
    MINUTE = "min"
    HOUR = "hr"
    DAY = "day"
    WEEK = "week"
    TICK = "tick"
    VOLUME = "vol"


WORDS = {
    Unit.SECOND: ("s", "sec", "secs", "second", "seconds"),
    Unit.MINUTE: ("m", "min", "mins", "minute", "minutes"),
    Unit.HOUR: ("h", "hr", "hrs", "hour", "hours"),
    Unit.DAY: ("d", "day", "days"),
    Unit.WEEK: ("w", "wk", "week", "weeks"),
    Unit.TICK: ("t", "tick", "ticks"),
    Unit.VOLUME: ("v", "vol", "volume"),
}
WIDTHS = {
    Unit.SECOND: 1,
    Unit.MINUTE: 60,
    Unit.HOUR: 3_600,
    Unit.DAY: 86_400,
    Unit.WEEK: 604_800,
}
MOST = {
    Unit.SECOND: 86_400,
    Unit.MINUTE: 1_440,
    Unit.HOUR: 24,
    Unit.DAY: 366,
    Unit.WEEK: 52,
    Unit.TICK: 1_000_000,
    Unit.VOLUME: 100_000_000,
}
"""Seconds to hours stay within one trade date: beyond it are days."""

_UNITS = {word: unit for unit, words in WORDS.items() for word in words}
_PATTERN = re.compile(r"([0-9]{1,9}) ?([A-Za-z]+)")
_MONTH = "M"
"""A capital M means months to many programs, so it is not taken for minutes."""


class Timeframe(Value, frozen=True):
    """What one bar spans: `count` seconds, minutes, hours, trade dates or weeks; or as many prints
    (tick), or contracts (vol). ValueError for a count that no bar can have.
    """

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST[self.unit]:
            raise ValueError(
                f"timeframe {str(self)!r}: give from 1 to {MOST[self.unit]:,} {self.unit}"
            )

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def timed(self) -> bool:
        """Whether its bars end by time, not by count."""
        return self.unit in WIDTHS

    @property
    def seconds(self) -> int:
        """Nominal width: a trade date lasts 23 or 25 hours when the clocks change. ValueError for
        tick and vol, which have none. Source: document 003, convert_timeframe_to_seconds().
        """
        if not self.timed:
            raise ValueError(f"timeframe {str(self)!r}: its bars have no width in time")
        return self.count * WIDTHS[self.unit]

    @property
    def trade_dates(self) -> int:
        """Of how many trade dates a bar is made; 0 if it is a part of one."""
        return self.seconds // 86_400 if self.unit in (Unit.DAY, Unit.WEEK) else 0


def parse(text: str) -> Timeframe:
    """The timeframe that "5min", "1hr", "1day", "30s", "1week", "100tick" or "500vol" names, in any
    of WORDS' spellings. ValueError in one line for anything else.
    """
    match = _PATTERN.fullmatch(text.strip())
    unit = _UNITS.get(match[2].lower()) if match and match[2] != _MONTH else None
    if match is None or unit is None:
        units = ", ".join(Unit)
        raise ValueError(
            f"timeframe {text!r}: give a whole number and one of {units}, such as 5min"
        )
    return Timeframe(int(match[1]), unit)
