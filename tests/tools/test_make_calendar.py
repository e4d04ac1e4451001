"""tools.make_calendar: from the library to the file, and what the engine reads of it."""

import subprocess
import sys
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest

from config.hours import CLOSED, FILE, Group, read
from tools.make_calendar import cell, rows, weekdays

ROOT = Path(__file__).resolve().parents[2]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(opens: str, closes: str) -> dict[str, datetime]:
    return {"market_open": utc(opens), "market_close": utc(closes)}


def test_hours_are_written_by_the_clock_in_chicago() -> None:
    monday = date(2026, 11, 2)  # the clocks have gone back on the Sunday
    assert cell(monday, times("2026-11-01 23:00", "2026-11-02 22:00")) == "17:00-16:00"
    monday = date(2026, 3, 9)  # and forward
    assert cell(monday, times("2026-03-08 22:00", "2026-03-09 21:00")) == "17:00-16:00"
    assert cell(monday, None) == CLOSED


def test_a_pause_makes_two_spans_and_an_empty_one_none() -> None:
    day, hours = date(2026, 11, 25), times("2026-11-25 01:00", "2026-11-25 19:20")
    paused = hours | {"break_start": utc("2026-11-25 13:45"), "break_end": utc("2026-11-25 14:30")}
    assert cell(day, paused) == "19:00-07:45 08:30-13:20"
    empty = hours | {"break_start": utc("2026-11-25 14:30"), "break_end": utc("2026-11-25 14:30")}
    assert cell(day, empty) == "19:00-13:20"


def test_hours_of_another_date_are_refused() -> None:
    with pytest.raises(ValueError, match="2026-11-25: pandas_market_calendars says 2026-11-23"):
        cell(date(2026, 11, 25), times("2026-11-23 23:00", "2026-11-25 22:00"))


def test_a_date_on_which_a_group_deviates_is_special() -> None:
    days = list(weekdays(date(2026, 11, 24), date(2026, 11, 30)))
    assert [day.day for day in days] == [24, 25, 26, 27, 30]
    usual = {day: times(f"{day} 14:30", f"{day} 19:05") for day in days}
    schedules = {group: dict(usual) for group in Group}
    del schedules[Group.FX][days[2]]
    made = {row[0]: row for row in rows(schedules, days)}
    assert [row[1] for row in made.values()] == [
        *("regular", "regular", "special", "regular", "regular"),
    ]
    assert made["2026-11-26"].count(CLOSED) == 1


def test_the_file_that_ships_has_every_weekday() -> None:
    table = read(FILE.read_text("utf-8").splitlines())
    assert list(table) == list(weekdays(date(2025, 1, 1), date(2027, 12, 31)))
    assert {len(row) for row in table.values()} == {len(Group) + 2}


def test_a_file_with_other_columns_is_refused() -> None:
    with pytest.raises(ValueError, match=r"sessions\.csv: the columns are not equity, fx"):
        read(["trade_date,kind,equity", "2026-11-25,regular,17:00-16:00"])


def test_the_file_that_ships_is_what_the_library_says(tmp_path: Path) -> None:
    made = tmp_path / "sessions.csv"
    ran = subprocess.run(
        [sys.executable, "-m", "tools.make_calendar", "--file", str(made)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    if find_spec("pandas_market_calendars") is None:
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr.startswith("usage: needs the extra")
        assert ran.stderr.count("\n") == 1
        pytest.skip("the extra `calendar` is not installed")
    assert ran.returncode == 0, ran.stderr
    assert made.read_text("utf-8") == FILE.read_text("utf-8")
