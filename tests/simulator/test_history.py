"""retrieveBars and the bars behind it (gateway.md 9)."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tools.simulator.history import Bar, History
from tools.simulator.stamps import MILLISECOND, SECOND, iso, ns_of

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
HOUR = 3_600


def second(text: str) -> int:
    return ns_of(datetime.fromisoformat(text)) // SECOND


def filled(start: int, end: int, step: int = 1) -> History:
    """One print a step; the price is the number of steps since the start."""
    history = History()
    for i, at in enumerate(range(start, end, step)):
        history.add(at * SECOND, 1000 + i, 2)
    return history


def test_seconds_hold_every_print_and_silence_has_no_bar() -> None:
    history = History()
    for at, price, size in ((0, 10, 1), (1, 12, 2), (999, 9, 3), (3000, 11, 4)):
        history.add(at * 1_000_000, price, size)
    assert history.bars(0, 10, 1, 1) == [Bar(0, 10, 12, 9, 9, 6), Bar(3, 11, 11, 11, 11, 4)]


def test_minutes_are_whole_even_when_the_window_cuts_them() -> None:
    history = filled(600, 780)
    assert history.bars(660, 700, 2, 1) == [Bar(660, 1060, 1119, 1060, 1119, 120)]
    assert [bar.second for bar in history.bars(601, 720, 2, 1)] == [660, 720]


def test_volume_is_kept_by_every_unit() -> None:
    start = second("2026-11-01T00:00:00+00:00")
    history = filled(start, start + 3 * 86_400, step=60)
    for unit, number in ((1, 30), (2, 7), (3, 1), (3, 4), (4, 1), (5, 1), (6, 1)):
        bars = history.bars(0, start + 10 * 86_400, unit, number)
        assert sum(bar.volume for bar in bars) == 2 * 3 * 1440, (unit, number)


@pytest.mark.parametrize(
    ("unit", "moment", "opening"),
    [
        (4, "2026-11-20T15:00:00-06:00", "2026-11-19T17:00:00-06:00"),
        (4, "2026-11-20T17:00:00-06:00", "2026-11-20T17:00:00-06:00"),
        (4, "2026-03-08T18:00:00-05:00", "2026-03-08T17:00:00-05:00"),  # first day of summer time
        (5, "2026-11-20T15:00:00-06:00", "2026-11-15T17:00:00-06:00"),
        (6, "2026-11-20T15:00:00-06:00", "2026-10-31T17:00:00-05:00"),
    ],
)
def test_days_weeks_and_months_open_at_17_00_chicago(unit: int, moment: str, opening: str) -> None:
    history = History()
    history.add(second(moment) * SECOND, 10, 1)
    (bar,) = history.bars(0, 2**40, unit, 1)
    assert datetime.fromtimestamp(bar.second, UTC) == datetime.fromisoformat(opening)


def test_old_seconds_are_dropped_so_that_memory_does_not_grow() -> None:
    history = filled(0, 12 * 86_400, step=2)
    assert len(history.bars(0, 2**40, 1, 1)) < 5 * 86_400


def bars(session: "Session", **changes: object) -> Any:
    body: dict[str, object] = {
        "contractId": MES,
        "live": False,
        "startTime": "2026-11-20T14:00:00Z",
        "endTime": "2026-11-20T16:00:00Z",
        "unit": 1,
        "unitNumber": 1,
        "limit": 100,
        "includePartialBar": True,
    }
    return session.post("History/retrieveBars", **(body | changes))


def test_bars_are_newest_first_and_a_limit_keeps_the_newest(session: "Session") -> None:
    for price in (27201, 27202, 27203):
        session.run(999)
        session.trade(price)
    rows = bars(session, limit=2)["bars"]
    assert [row["c"] for row in rows] == [6800.75, 6800.5]
    assert rows[0] == {
        "t": "2026-11-20T15:00:03+00:00",
        "o": 6800.75,
        "h": 6800.75,
        "l": 6800.75,
        "c": 6800.75,
        "v": 1,
    }


def test_a_forming_bar_is_there_only_when_asked_for(session: "Session") -> None:
    session.run(1500)
    session.trade(27205)
    assert len(bars(session)["bars"]) == 2
    assert len(bars(session, includePartialBar=False)["bars"]) == 1
    session.run(1000)
    assert len(bars(session, includePartialBar=False)["bars"]) == 2


@pytest.mark.parametrize(
    ("unit", "number", "openings"),
    [
        (1, 1, ["20:00:01", "18:59:59", "18:30:00", "15:00:00"]),
        (1, 30, ["20:00:00", "18:59:30", "18:30:00", "15:00:00"]),
        (2, 1, ["20:00:00", "18:59:00", "18:30:00", "15:00:00"]),
        (2, 15, ["20:00:00", "18:45:00", "18:30:00", "15:00:00"]),
        (3, 1, ["20:00:00", "18:00:00", "15:00:00"]),
        (3, 4, ["20:00:00", "16:00:00", "12:00:00"]),
        (4, 1, ["2026-11-19T23:00:00"]),
        (5, 1, ["2026-11-15T23:00:00"]),
        (6, 1, ["2026-10-31T22:00:00"]),
    ],
)
def test_bars_of_every_unit_over_rest(
    session: "Session", unit: int, number: int, openings: list[str]
) -> None:
    for text, price in (("18:30:00", 27210), ("18:59:59", 27190), ("20:00:01", 27205)):
        due = second(f"2026-11-20T{text}") * SECOND
        session.run((due - session.now) / MILLISECOND - 1)
        session.trade(price, size=2)
    window = {"startTime": "2026-10-01T00:00:00Z", "endTime": "2026-11-21T00:00:00Z"}
    rows = bars(session, unit=unit, unitNumber=number, **window)["bars"]
    assert [row["t"] for row in rows] == [
        f"{text if 'T' in text else '2026-11-20T' + text}+00:00" for text in openings
    ]
    assert sum(row["v"] for row in rows) == 7
    assert (rows[0]["c"], rows[-1]["o"]) == (6801.25, 6800.0)
    assert max(row["h"] for row in rows) == 6802.5
    assert min(row["l"] for row in rows) == 6797.5


def test_at_most_the_newest_20_000_bars_come_newest_first(session: "Session") -> None:
    history, first = session.venue._feeds[MES].history, session.now // SECOND + 1
    for i in range(20_010):
        history.add((first + i) * SECOND, 27200 + i % 7, 1)
    session.run(20_011_000)
    window = {"startTime": "2026-11-20T00:00:00Z", "endTime": "2026-11-21T00:00:00Z"}
    stamps = [row["t"] for row in bars(session, limit=20_000, **window)["bars"]]
    assert len(stamps) == 20_000
    assert (stamps[0], stamps[-1]) == (iso((first + 20_009) * SECOND), iso((first + 10) * SECOND))
    assert stamps == sorted(stamps, reverse=True)
    older = bars(session, limit=20_000, **window | {"endTime": stamps[-1]})["bars"]
    assert len(older) == 12  # the last one again, ten more, and the print at the start


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"contractId": "CON.F.US.NOPE.Z26"}, 1),
        ({"unit": 0}, 2),
        ({"unit": 7}, 2),
        ({"unit": -1}, 2),
        ({"unitNumber": -5}, 3),
        ({"limit": -1}, 4),
        ({"unitNumber": 0}, 3),
        ({"limit": 0}, 4),
        ({"limit": 20_001}, 4),
    ],
)
def test_bad_bar_requests(session: "Session", changes: dict[str, object], code: int) -> None:
    answer = bars(session, **changes)
    assert (answer["success"], answer["errorCode"]) == (False, code)


def test_the_live_tier_is_empty(session: "Session") -> None:
    assert bars(session, live=True) == {
        "bars": [],
        "success": True,
        "errorCode": 0,
        "errorMessage": None,
    }
