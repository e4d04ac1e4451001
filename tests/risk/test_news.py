"""No entries around scheduled news."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.blackouts import Daily, Once, blackout
from messages.base import SECOND
from messages.decision import Denial
from tests.risk.bench import NOW, Desk, risk, signal

# NOW is Friday 20 November 2026, 09:30 New York.
MINUTE = 60 * SECOND


@pytest.mark.parametrize(
    "span", ["09:30-09:35", "2026-11-20T09:30/09:35", "2026-11-20T09:30/2026-11-20T09:35"]
)
def test_denies_from_the_first_instant_of_a_span_to_before_its_end(span: str) -> None:
    desk = Desk(risk(news=[span]))
    assert desk.measured() == (Denial.NEWS, 9 * 60 + 30, 9 * 60 + 35, "minute of the day")
    last = NOW + 5 * MINUTE - 1
    assert desk.denial(signal(at=last), last).code is Denial.NEWS
    over = NOW + 5 * MINUTE
    desk.approval(signal(at=over), over)
    before = NOW - 1
    assert desk.book.permission(before).allowed


def test_a_span_forbids_any_entry_and_says_until_when() -> None:
    desk = Desk(risk(news=["08:25-08:35", "09:28-09:35"]))
    assert desk.book.permission(NOW).words == "news now=09:30 until=09:35 New York"


def test_a_daily_span_returns_and_a_single_one_does_not() -> None:
    tomorrow = NOW + 24 * 60 * MINUTE
    assert Desk(risk(news=["09:25-09:35"])).book.permission(tomorrow).code is Denial.NEWS
    assert Desk(risk(news=["2026-11-20T09:25/09:35"])).book.permission(tomorrow).allowed


@pytest.mark.parametrize(
    ("minutes", "inside"),
    [(-11, False), (-10, True), (-1, True), (0, True), (9, True), (10, False)],
)
def test_a_daily_span_may_run_over_midnight(minutes: int, inside: bool) -> None:
    midnight = NOW + (14 * 60 + 30) * MINUTE
    span = blackout("23:50-00:10")
    assert isinstance(span, Daily)
    assert (span.until(midnight + minutes * MINUTE) is not None) is inside


def test_a_single_span_may_end_on_another_date() -> None:
    span = blackout("2026-11-20T23:50/2026-11-21T00:10")
    assert isinstance(span, Once)
    assert span.end - span.start == 20 * MINUTE


def test_times_are_new_york_s_on_both_sides_of_a_clock_change() -> None:
    winter, summer = blackout("2026-03-06T08:25/08:35"), blackout("2026-03-09T08:25/08:35")
    assert isinstance(winter, Once)
    assert isinstance(summer, Once)
    assert summer.start - winter.start == (3 * 24 - 1) * 60 * MINUTE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "08:25",
        "8:25-8:35",
        "08:25-08:25",
        "25:00-25:10",
        "08:25/08:35",
        "2026-13-01T08:25/08:35",
        "2026-12-10T08:35/08:25",
        "2026-12-10T08:35/08:35",
        "2026-12-10 08:25-08:35",
    ],
)
def test_text_that_names_no_span_is_none(text: str) -> None:
    assert blackout(text) is None


@settings(deadline=None, max_examples=20)
@given(minutes=st.integers(1, 24 * 60 - 1), begins=st.integers(0, 24 * 60 - 1))
def test_a_daily_span_holds_exactly_its_minutes(minutes: int, begins: int) -> None:
    ends = (begins + minutes) % (24 * 60)
    span = blackout(f"{begins // 60:02}:{begins % 60:02}-{ends // 60:02}:{ends % 60:02}")
    assert isinstance(span, Daily)
    day = NOW - (9 * 60 + 30) * MINUTE
    inside = [m for m in range(24 * 60) if span.until(day + m * MINUTE) is not None]
    assert len(inside) == minutes
    assert begins in inside
