"""Periods by the trade date: the week, the clock changes, and frames that do not divide it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.bar.timeframes.periods import Periods, period
from config.timeframe import Timeframe, Unit, parse
from messages.base import SECOND, Nanos


def utc(text: str) -> Nanos:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("text", "stamp", "start", "end"),
    [
        ("5min", "2026-11-18T15:07:59", "2026-11-18T15:05", "2026-11-18T15:10"),
        ("4hr", "2026-11-18T12:00", "2026-11-18T11:00", "2026-11-18T15:00"),
        ("4hr", "2026-07-15T12:00", "2026-07-15T10:00", "2026-07-15T14:00"),  # summer
        ("7hr", "2026-11-18T22:00", "2026-11-18T20:00", "2026-11-18T23:00"),  # cut by 17:00
        ("1day", "2026-11-18T22:59:59", "2026-11-17T23:00", "2026-11-18T23:00"),
        ("1day", "2026-11-18T23:00", "2026-11-18T23:00", "2026-11-19T23:00"),
        ("1week", "2026-11-18T12:00", "2026-11-15T23:00", "2026-11-22T23:00"),
        ("1week", "2026-11-22T22:59:59", "2026-11-15T23:00", "2026-11-22T23:00"),
        # the clocks go forward on Sunday 8 March 2026, 08:00 UTC, and back on 1 November
        ("1day", "2026-03-08T12:00", "2026-03-07T23:00", "2026-03-08T22:00"),
        ("1day", "2026-11-01T12:00", "2026-10-31T22:00", "2026-11-01T23:00"),
        ("1week", "2026-03-06T12:00", "2026-03-01T23:00", "2026-03-08T22:00"),
        ("1week", "2026-10-28T12:00", "2026-10-25T22:00", "2026-11-01T23:00"),
        ("4hr", "2026-03-08T21:00", "2026-03-08T19:00", "2026-03-08T22:00"),
        ("4hr", "2026-11-01T22:30", "2026-11-01T22:00", "2026-11-01T23:00"),
        ("1hr", "2026-11-01T06:30", "2026-11-01T06:00", "2026-11-01T07:00"),
        ("1hr", "2026-11-01T07:30", "2026-11-01T07:00", "2026-11-01T08:00"),
        ("100tick", "2026-11-18T12:00", "2026-11-17T23:00", "2026-11-18T23:00"),
    ],
)
def test_a_period(text: str, stamp: str, start: str, end: str) -> None:
    assert period(parse(text), utc(stamp)) == (utc(start), utc(end))


@settings(deadline=None)
@given(
    st.sampled_from([Timeframe(n, u) for u in Unit for n in (1, 2, 3, 5, 7, 23) if u in "s min hr"])
    | st.sampled_from([Timeframe(n, u) for u in (Unit.DAY, Unit.WEEK) for n in (1, 2, 5)]),
    st.integers(utc("2026-01-01"), utc("2028-01-01")),
)
def test_periods_follow_each_other_without_hole_or_overlap(frame: Timeframe, stamp: Nanos) -> None:
    here = period(frame, stamp)
    assert here.start <= stamp < here.end
    assert period(frame, here.start) == period(frame, here.end - 1) == here
    assert period(frame, here.end).start == here.end
    assert period(frame, here.start - 1).end == here.start


@settings(deadline=None)
@given(
    st.sampled_from([Timeframe(n, u) for u in Unit for n in (1, 2, 7) if u not in "tick vol"]),
    st.lists(st.integers(utc("2026-10-25"), utc("2026-11-08")), max_size=8),
)
def test_asked_for_stamp_after_stamp_periods_are_the_same(
    frame: Timeframe, stamps: list[Nanos]
) -> None:
    periods = Periods(frame)
    assert [periods(stamp) for stamp in stamps] == [period(frame, stamp) for stamp in stamps]
