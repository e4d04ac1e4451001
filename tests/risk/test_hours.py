"""Session window, flatten time and trade date, on ordinary days and at their edges."""

from datetime import date, datetime

import pytest

from config.calendar import CHICAGO, NEW_YORK, trade_date
from messages.base import SECOND, Nanos
from messages.control import Alarm, AlarmCleared, AlarmKind
from messages.decision import Denial
from tests.risk.bench import LIMIT_REACHED, Desk, figures, signal, trading

DAY = trading(calendar="sessions")
NIGHT = trading(
    calendar="sessions", session_start="18:00", session_end="17:00", flatten_time="16:05"
)


def at(text: str) -> Nanos:
    """A New York time of November 2026: "20 09:30:00"."""
    local = datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=NEW_YORK)
    return int(local.timestamp()) * SECOND


def chicago(text: str) -> Nanos:
    local = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHICAGO)
    return int(local.timestamp()) * SECOND


def code(desk: Desk, now: Nanos) -> Denial | None:
    return desk.book.permission(now).code


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("20 09:29:59", Denial.SESSION),
        ("20 09:30:00", None),
        ("20 16:04:59", None),
        ("20 16:05:00", Denial.FLATTEN_TIME),  # before the venue's own
        ("20 16:29:59", Denial.FLATTEN_TIME),
        ("20 16:30:00", Denial.SESSION),
        ("21 12:00:00", Denial.SESSION),  # Saturday
        ("22 12:00:00", Denial.SESSION),  # Sunday
        ("23 12:00:00", None),
        ("26 12:39:59", None),  # Thanksgiving closes at 13:00
        ("26 12:40:00", Denial.FLATTEN_TIME),
        ("26 13:00:00", Denial.SESSION),
    ],
)
def test_a_day_session_opens_flattens_and_ends(now: str, expected: Denial | None) -> None:
    assert code(Desk(hours=DAY), at(now)) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("20 17:59:59", Denial.SESSION),
        ("19 18:00:00", None),
        ("20 02:00:00", None),
        ("20 16:04:59", None),
        ("20 16:05:00", Denial.FLATTEN_TIME),
        ("20 17:00:00", Denial.SESSION),
        ("20 18:00:00", Denial.SESSION),  # Friday evening
        ("22 17:59:59", Denial.SESSION),
        ("22 18:00:00", None),  # Sunday evening is Monday's trade date
    ],
)
def test_a_session_may_run_over_midnight(now: str, expected: Denial | None) -> None:
    assert code(Desk(hours=NIGHT), at(now)) == expected


def test_a_denial_outside_the_hours_tells_both_times() -> None:
    desk = Desk(hours=DAY)
    late = at("20 16:27:30")
    assert desk.measured(signal(at=late), late) == (
        Denial.FLATTEN_TIME,
        16 * 60 + 27,
        16 * 60 + 5,
        "minute of the day",
    )
    assert desk.book.permission(at("20 08:12:00")).words == "session now=08:12 opens=09:30 New York"


@pytest.mark.parametrize("now", ["20 16:26:00", "20 03:00:00", "21 12:00:00"])
def test_the_calendar_always_knows_neither_session_nor_flatten_time(now: str) -> None:
    assert code(Desk(hours=trading(calendar="always")), at(now)) is None


def test_the_session_follows_new_york_over_both_clock_changes() -> None:
    desk = Desk(hours=DAY)
    for opening in ("2026-03-06 08:30:00", "2026-03-09 08:30:00", "2026-11-02 08:30:00"):
        assert code(desk, chicago(opening)) is None
        assert code(desk, chicago(opening) - 1) is Denial.SESSION


@pytest.mark.parametrize("day", ["2026-03-06", "2026-03-10", "2026-10-30", "2026-11-03"])
def test_the_trade_date_rolls_at_17_00_chicago_before_and_after_both_clock_changes(
    day: str,
) -> None:
    today = date.fromisoformat(day)
    assert trade_date(chicago(f"{day} 16:59:59")) == today
    assert trade_date(chicago(f"{day} 17:00:00")).toordinal() == today.toordinal() + 1


def test_the_end_of_the_session_alarms_once_and_its_opening_clears_it() -> None:
    desk = Desk(hours=DAY)
    desk.book.news(at("20 16:04:59"))
    news = desk.book.news(at("20 16:05:00"))
    words = "no positions from 16:05 New York on"
    assert Alarm(AlarmKind.SESSION_END, "account", words) in news
    assert not [m for m in desk.book.news(at("20 16:30:00")) if isinstance(m, Alarm)]
    cleared = AlarmCleared(AlarmKind.SESSION_END, "account")
    assert cleared not in desk.book.news(at("23 09:29:59"))
    assert cleared in desk.book.news(at("23 09:30:00"))


def test_a_start_outside_the_session_alarms_too() -> None:
    (alarm,) = [m for m in Desk(hours=DAY).book.news(at("21 12:00:00")) if isinstance(m, Alarm)]
    assert alarm.kind is AlarmKind.SESSION_END


def test_a_breach_of_the_daily_loss_is_over_with_its_trade_date_once_the_figures_have_rolled() -> (
    None
):
    desk = Desk()
    cleared = AlarmCleared(AlarmKind.DAILY_LOSS, "account")
    desk.account.figured(LIMIT_REACHED)
    assert cleared not in desk.book.news(at("19 17:59:59"))
    assert cleared not in desk.book.news(at("19 18:00:00"))
    desk.account.figured(figures())
    assert cleared in desk.book.news(at("19 18:00:01"))
    assert cleared not in desk.book.news(at("19 18:00:02"))


def test_a_breach_is_not_over_when_the_loss_falls_within_the_same_trade_date() -> None:
    desk = Desk()
    desk.account.figured(LIMIT_REACHED)
    desk.book.news(at("19 12:00:00"))
    desk.account.figured(figures())
    news = desk.book.news(at("19 12:00:01"))
    assert not [m for m in news if isinstance(m, AlarmCleared)]
