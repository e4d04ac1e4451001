"""The trade date begins at 17:00 Chicago, by the wall clock."""

from datetime import UTC, datetime

import pytest

from config.calendar import trade_date_start
from messages.base import SECOND


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("now", "start"),
    [
        # winter: 17:00 Chicago is 23:00 UTC
        ("2026-01-14T22:59:59", "2026-01-13T23:00:00"),
        ("2026-01-14T23:00:00", "2026-01-14T23:00:00"),
        ("2026-01-15T12:00:00", "2026-01-14T23:00:00"),
        # summer: 22:00 UTC
        ("2026-07-15T21:59:59", "2026-07-14T22:00:00"),
        ("2026-07-15T22:00:00", "2026-07-15T22:00:00"),
        # clocks go forward on Sunday 8 March 2026, 02:00 Chicago
        ("2026-03-08T21:59:59", "2026-03-07T23:00:00"),
        ("2026-03-08T22:00:00", "2026-03-08T22:00:00"),
        ("2026-03-08T08:30:00", "2026-03-07T23:00:00"),
        # and back on Sunday 1 November 2026
        ("2026-11-01T22:59:59", "2026-10-31T22:00:00"),
        ("2026-11-01T23:00:00", "2026-11-01T23:00:00"),
        ("2026-11-01T06:30:00", "2026-10-31T22:00:00"),
        ("2026-11-01T07:30:00", "2026-10-31T22:00:00"),
    ],
)
def test_the_trade_date_rolls_at_17_00_chicago(now: str, start: str) -> None:
    assert trade_date_start(utc(now)) == utc(start)


def test_a_fraction_of_a_second_does_not_move_it() -> None:
    assert trade_date_start(utc("2026-07-15T22:00:00") + 999_999_999) == utc("2026-07-15T22:00:00")
