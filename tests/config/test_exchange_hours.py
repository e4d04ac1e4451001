"""The exchange's week, to the second and over both clock changes."""

from datetime import datetime

import pytest

from config.calendar import CHICAGO, Always, calendar, exchange, regular
from config.schema import Trading
from messages.base import SECOND, Nanos
from messages.market import MarketStatus

OPEN, BREAK, CLOSED = MarketStatus.OPEN, MarketStatus.BREAK, MarketStatus.CLOSED


def at(text: str) -> Nanos:
    """A time in Chicago."""
    local = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHICAGO)
    return int(local.timestamp()) * SECOND


def utc(text: str) -> Nanos:
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp()) * SECOND


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ("2026-11-15 16:59:59", CLOSED),  # Sunday
        ("2026-11-15 17:00:00", OPEN),
        ("2026-11-16 00:00:00", OPEN),  # Monday
        ("2026-11-16 15:59:59", OPEN),
        ("2026-11-16 16:00:00", BREAK),
        ("2026-11-16 16:59:59", BREAK),
        ("2026-11-16 17:00:00", OPEN),
        ("2026-11-19 16:30:00", BREAK),  # Thursday
        ("2026-11-20 15:59:59", OPEN),  # Friday
        ("2026-11-20 16:00:00", CLOSED),
        ("2026-11-20 17:30:00", CLOSED),
        ("2026-11-21 12:00:00", CLOSED),  # Saturday
    ],
)
def test_the_week(now: str, status: MarketStatus) -> None:
    assert exchange(at(now)) is status


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ("2026-03-06T21:59:59", OPEN),  # Friday before the clocks go forward: UTC-6
        ("2026-03-06T22:00:00", CLOSED),
        ("2026-03-08T21:59:59", CLOSED),  # that Sunday: UTC-5
        ("2026-03-08T22:00:00", OPEN),
        ("2026-03-09T21:00:00", BREAK),
        ("2026-03-09T22:00:00", OPEN),
        ("2026-10-30T21:00:00", CLOSED),  # Friday before they go back: UTC-5
        ("2026-11-01T22:59:59", CLOSED),  # that Sunday: UTC-6
        ("2026-11-01T23:00:00", OPEN),
        ("2026-11-02T21:59:59", OPEN),
        ("2026-11-02T22:00:00", BREAK),
        ("2026-11-02T23:00:00", OPEN),
    ],
)
def test_the_clock_changes(now: str, status: MarketStatus) -> None:
    assert exchange(utc(now)) is status


@pytest.mark.parametrize(
    ("now", "busy"),
    [
        ("2026-11-16 08:29:59", False),
        ("2026-11-16 08:30:00", True),
        ("2026-11-20 14:59:59", True),
        ("2026-11-20 15:00:00", False),
        ("2026-11-21 12:00:00", False),
        ("2026-11-22 12:00:00", False),
    ],
)
def test_the_busy_hours(now: str, busy: bool) -> None:
    assert regular(at(now)) is busy


def test_the_calendar_always_has_no_hours() -> None:
    saturday = at("2026-11-21 12:00:00")
    assert (Always().market(saturday), Always().regular(saturday)) == (OPEN, True)
    times = {"session_start": "09:30", "session_end": "16:30", "flatten_time": "16:25"}
    sessions = calendar(Trading.model_validate({"contract": "MES", **times}))
    assert (sessions.market(saturday), sessions.regular(saturday)) == (CLOSED, False)
