"""Holidays and early closes: what is open, and which rule closes positions when."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from freezegun import freeze_time

from config.calendar import CHICAGO, NEW_YORK, Sessions, ending, exchange, flat_rule, sessions
from config.calendar import regular as busy
from config.hours import Group, group, hours, span
from config.schema import Trading
from messages.base import SECOND, Nanos
from messages.market import MarketStatus

OPEN, BREAK, CLOSED = MarketStatus.OPEN, MarketStatus.BREAK, MarketStatus.CLOSED
USERS = {"session_start": "09:30", "session_end": "16:30", "flatten_time": "16:25"}
NIGHT = {"session_start": "18:00", "session_end": "17:00", "flatten_time": "16:45"}


def trading(contract: str | list[str] = "MES", **changes: Any) -> Trading:
    return Trading.model_validate({"contract": contract, **USERS, **changes})


def nanos(text: str, zone: Any) -> Nanos:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * SECOND


def new_york(text: str) -> Nanos:
    return nanos(text, NEW_YORK)


def chicago(text: str) -> Nanos:
    return nanos(text, CHICAGO)


def phase(kept: Sessions, now: Nanos) -> str:
    """`trade`, `flat since HH:MM` or `no session`."""
    if kept.closed(now) is not None:
        return "no session"
    since = kept.flattening(now)
    return "trade" if since is None else f"flat since {since // 60:02}:{since % 60:02}"


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ("2026-01-01 12:00", CLOSED),  # New Year, a Thursday
        ("2026-01-01 17:00", OPEN),
        ("2026-01-19 11:59", OPEN),  # Martin Luther King Day
        ("2026-01-19 12:00", CLOSED),
        ("2026-01-19 16:30", CLOSED),
        ("2026-01-19 17:00", OPEN),
        ("2026-04-02 16:30", BREAK),  # the eve of Good Friday
        ("2026-04-03 08:14", OPEN),
        ("2026-04-03 08:15", CLOSED),
        ("2026-04-05 16:59", CLOSED),  # Easter Sunday
        ("2026-04-05 17:00", OPEN),
        ("2026-07-02 15:59", OPEN),
        ("2026-07-03 11:59", OPEN),  # Independence Day, kept on the Friday
        ("2026-07-03 12:00", CLOSED),
        ("2026-07-03 17:30", CLOSED),
        ("2026-07-05 17:00", OPEN),
        ("2025-07-03 12:14", OPEN),  # the eve closes early, and the 4th too
        ("2025-07-03 12:15", CLOSED),
        ("2025-07-03 17:00", OPEN),
        ("2025-07-04 12:00", CLOSED),
        ("2026-11-26 12:00", CLOSED),  # Thanksgiving
        ("2026-11-26 17:00", OPEN),
        ("2026-11-27 12:14", OPEN),
        ("2026-11-27 12:15", CLOSED),
        ("2026-12-24 12:15", CLOSED),  # Christmas
        ("2026-12-24 17:00", CLOSED),
        ("2026-12-25 12:00", CLOSED),
        ("2026-12-27 16:59", CLOSED),
        ("2026-12-27 17:00", OPEN),
        ("2026-12-31 15:59", OPEN),
        ("2026-12-31 17:00", CLOSED),
    ],
)
def test_the_holidays_of_the_exchange(now: str, status: MarketStatus) -> None:
    assert exchange(chicago(now)) is status


def test_after_an_early_close_the_busy_hours_are_over() -> None:
    assert busy(chicago("2026-11-27 12:14"))
    assert not busy(chicago("2026-11-27 12:15"))
    assert not busy(chicago("2026-12-25 10:00"))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-25 09:29:59", "no session"),  # a usual day
        ("2026-11-25 09:30:00", "trade"),
        ("2026-11-25 16:04:59", "trade"),
        ("2026-11-25 16:05:00", "flat since 16:05"),
        ("2026-11-25 16:29:59", "flat since 16:05"),
        ("2026-11-25 16:30:00", "no session"),
        ("2026-11-26 12:39:59", "trade"),  # Thanksgiving: 13:00
        ("2026-11-26 12:40:00", "flat since 12:40"),
        ("2026-11-26 13:00:00", "no session"),
        ("2026-11-27 12:54:59", "trade"),  # the day after: 13:15
        ("2026-11-27 12:55:00", "flat since 12:55"),
        ("2026-11-27 13:15:00", "no session"),
        ("2026-12-24 12:55:00", "flat since 12:55"),
        ("2026-12-25 10:00:00", "no session"),
        ("2027-01-01 10:00:00", "no session"),
        ("2026-01-19 12:40:00", "flat since 12:40"),
        ("2026-04-03 09:31:00", "no session"),  # Good Friday: closed at 09:15
        ("2026-07-03 12:40:00", "flat since 12:40"),
        # the days around both clock changes
        ("2026-03-06 16:05:00", "flat since 16:05"),
        ("2026-03-09 16:04:59", "trade"),
        ("2026-03-09 16:05:00", "flat since 16:05"),
        ("2026-10-30 16:05:00", "flat since 16:05"),
        ("2026-11-02 16:04:59", "trade"),
        ("2026-11-02 16:05:00", "flat since 16:05"),
    ],
)
def test_positions_are_closed_before_the_venue_wants_it(now: str, expected: str) -> None:
    assert phase(sessions(trading()), new_york(now)) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-26 12:40:00", "flat since 12:40"),
        ("2026-11-26 17:59:59", "no session"),
        ("2026-11-26 18:00:00", "trade"),  # the next trade date, in the evening of the holiday
        ("2026-11-27 12:55:00", "flat since 12:55"),
        ("2026-11-27 18:00:00", "no session"),
        ("2026-11-29 17:59:59", "no session"),
        ("2026-11-29 18:00:00", "trade"),
        ("2026-12-24 18:00:00", "no session"),  # Christmas is no trade date
    ],
)
def test_a_session_over_midnight_keeps_the_holidays_too(now: str, expected: str) -> None:
    assert phase(sessions(trading(**NIGHT)), new_york(now)) == expected


def test_an_earlier_flatten_time_rules_and_the_margin_is_a_setting() -> None:
    early = sessions(trading(flatten_time="15:30"))
    assert phase(early, new_york("2026-11-25 16:20")) == "flat since 15:30"
    assert phase(early, new_york("2026-11-27 13:00")) == "flat since 12:55"
    evening = sessions(trading(**NIGHT | {"flatten_time": "23:00"}))
    assert phase(evening, new_york("2026-11-27 13:00")) == "flat since 23:00"
    closest = sessions(trading(flat_margin_min=0))
    assert phase(closest, new_york("2026-11-25 16:09:59")) == "trade"
    assert phase(closest, new_york("2026-11-25 16:10")) == "flat since 16:10"
    assert phase(closest, new_york("2026-11-27 13:00")) == "flat since 13:00"


@pytest.mark.parametrize(
    ("now", "changes", "words"),
    [
        (
            "2026-11-25 10:00",
            {},
            "flat by 16:05 New York on Wed 2026-11-25: 5 min before 16:10, when the venue wants no"
            " position; trading.flatten_time 16:25 is later",
        ),
        (
            "2026-11-25 10:00",
            {"flatten_time": "16:05"},
            "flat by 16:05 New York on Wed 2026-11-25: trading.flatten_time; the venue wants no"
            " position from 16:10 on",
        ),
        (
            "2026-11-27 10:00",
            {},
            "flat by 12:55 New York on Fri 2026-11-27: 5 min before 13:00, when the venue wants no"
            " position (early close 13:15); trading.flatten_time 16:25 is later",
        ),
        (
            "2026-12-24 19:00",  # the next trade date is Monday
            {"flatten_time": "15:30"},
            "flat by 15:30 New York on Mon 2026-12-28: trading.flatten_time; the venue wants no"
            " position from 16:10 on",
        ),
        (
            "2026-11-25 19:00",
            {"session_start": "18:00", "session_end": "22:00", "flatten_time": "21:55"},
            "flat by 21:55 New York on Thu 2026-11-26: trading.flatten_time; the venue wants no"
            " position from 12:45 on (early close 13:00)",
        ),
        ("2026-11-25 10:00", {"calendar": "always"}, ""),
    ],
)
def test_the_rule_that_closes_positions_is_named(
    now: str, changes: dict[str, Any], words: str
) -> None:
    assert flat_rule(trading(**changes), new_york(now)) == words


def test_the_calendar_warns_thirty_days_before_its_end_and_is_refused_after_it() -> None:
    first, last = span()
    assert (first, last) == (date(2025, 1, 1), date(2027, 12, 31))

    def now() -> Nanos:
        return int(datetime.now(UTC).timestamp()) * SECOND

    with freeze_time("2027-11-30 18:00"):
        assert ending(trading(), now()) == ""
    with freeze_time("2027-12-01 18:00"):
        warning = ending(trading(), now())
    assert warning.startswith("sessions.csv ends on 2027-12-31; then trading is refused: renew it")
    with freeze_time("2027-12-31 22:59:59"):  # 16:59:59 Chicago
        assert ending(trading(), now()) == warning
    with freeze_time("2027-12-31 23:00"):
        with pytest.raises(ValueError, match="2025-01-01 to 2027-12-31, not 2028-01-01: renew it"):
            ending(trading(), now())
        assert ending(trading(calendar="always"), now()) == ""
    with freeze_time("2024-12-31 18:00"), pytest.raises(ValueError, match="not 2024-12-31"):
        ending(trading(), now())


def test_a_date_beyond_the_calendar_has_no_session_but_the_exchanges_regular_week() -> None:
    kept = sessions(trading())
    monday = new_york("2028-01-03 11:00")
    assert phase(kept, monday) == "no session"
    assert exchange(monday) is OPEN
    assert exchange(chicago("2023-12-22 16:30")) is CLOSED
    assert exchange(chicago("2023-12-21 16:30")) is BREAK


def test_two_products_are_closed_when_one_of_them_is() -> None:
    both = sessions(trading(["MES", "ZC"]))
    assert both.market(chicago("2026-11-25 08:00")) is BREAK  # the grains' pause
    assert both.market(chicago("2026-11-25 13:20")) is CLOSED
    assert phase(both, chicago("2026-11-25 13:14:59")) == "trade"
    assert phase(both, chicago("2026-11-25 13:15")) == "flat since 14:15"
    assert phase(both, chicago("2026-01-19 10:00")) == "no session"  # no grains that day


def test_the_half_days_of_the_stock_indices_hold_for_every_product() -> None:
    gold = sessions(trading("MGC"))
    assert hours(Group.ENERGY_METALS).status(chicago("2026-09-07 12:30")) is OPEN
    assert gold.market(chicago("2026-09-07 12:30")) is CLOSED
    assert phase(gold, chicago("2026-09-07 11:40")) == "flat since 12:40"


def test_products_are_known_by_symbol_and_by_contract_id() -> None:
    assert group("ES") is group("CON.F.US.EP.Z26") is group("MES") is Group.EQUITY
    assert group("CON.F.US.MCLE.F27") is Group.ENERGY_METALS
    with pytest.raises(ValueError, match=r"trading\.contract: .* hours of XYZ"):
        sessions(trading("XYZ"))
