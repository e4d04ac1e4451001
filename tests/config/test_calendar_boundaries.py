"""Each side of the calendar's comparisons that the days of the file do not show."""

from datetime import date, datetime, time
from typing import Any

import pytest

from config.calendar import (
    CHICAGO,
    NEW_YORK,
    Always,
    Sessions,
    ending,
    exchange,
    flat_rule,
    sessions,
)
from config.hours import Hours, span
from config.schema import Trading
from messages.base import SECOND, Nanos
from messages.market import MarketStatus


def trading(contract: str | list[str] = "MES", **changes: Any) -> Trading:
    given: dict[str, Any] = {
        "contract": contract,
        "session_start": "09:30",
        "session_end": "16:30",
        "flatten_time": "16:25",
    }
    return Trading(**given | changes)


def new_york(text: str) -> Nanos:
    return int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp()) * SECOND


def chicago(text: str) -> Nanos:
    return int(datetime.fromisoformat(text).replace(tzinfo=CHICAGO).timestamp()) * SECOND


def test_positions_are_closed_from_the_very_minute_of_the_flatten_time() -> None:
    kept = sessions(trading(flatten_time="15:00"))
    assert kept.flattening(new_york("2026-11-20 15:00:00") - 1) is None
    assert kept.flattening(new_york("2026-11-20 15:00:00")) == 15 * 60


def test_of_two_early_closes_the_earlier_counts() -> None:
    both = sessions(trading(["MES", "MGC"]))  # 12:15 and 13:45 Chicago
    assert both.early(date(2026, 11, 27)) == chicago("2026-11-27 12:15:00")
    assert both.early(date(2026, 11, 20)) is None


def test_the_calendar_covers_its_first_and_its_last_date() -> None:
    first, last = span()
    assert ending(trading(), chicago(f"{first} 12:00:00")) == ""
    assert ending(trading(), chicago(f"{last} 12:00:00")).startswith("sessions.csv ends on")
    for outside in (chicago(f"{first} 12:00:00") - 86_400 * SECOND, chicago(f"{last} 17:00:00")):
        with pytest.raises(ValueError, match=r"sessions\.csv covers"):
            ending(trading(), outside)


def test_the_rule_is_looked_for_up_to_the_last_date_of_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    last = span()[1]
    hours = Hours({last: "17:00-16:00"})
    kept = Sessions(time(9, 30), time(16, 30), time(15), 0, (hours,))
    monkeypatch.setattr("config.calendar.sessions", lambda trading: kept)
    day_before = chicago(f"{last} 12:00:00") - 86_400 * SECOND
    assert flat_rule(trading(), day_before).startswith(f"flat by 15:00 New York on Fri {last}")


def test_any_hour_has_its_minute_of_the_new_york_day() -> None:
    assert Always().minute(new_york("2026-11-20 09:31:59")) == 9 * 60 + 31


def test_the_first_span_of_the_file_counts_like_any() -> None:
    hours = Hours({date(2026, 11, 21): "08:00-12:00", date(2026, 11, 23): "17:00-16:00"})
    assert hours.status(chicago("2026-11-21 08:00:00")) is MarketStatus.OPEN  # a Saturday
    assert hours.status(chicago("2026-11-21 12:00:00")) is MarketStatus.CLOSED


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ("2031-01-06 15:59:59", MarketStatus.OPEN),  # Monday
        ("2031-01-06 16:00:00", MarketStatus.BREAK),
        ("2031-01-06 16:59:59", MarketStatus.BREAK),
        ("2031-01-06 17:00:00", MarketStatus.OPEN),
        ("2031-01-10 15:59:59", MarketStatus.OPEN),  # Friday
        ("2031-01-10 16:00:00", MarketStatus.CLOSED),
        ("2031-01-12 16:59:59", MarketStatus.CLOSED),  # Sunday
        ("2031-01-12 17:00:00", MarketStatus.OPEN),
    ],
)
def test_the_regular_week_beyond_the_file(now: str, status: MarketStatus) -> None:
    assert exchange(chicago(now)) is status
