"""Bars and their history over holidays, early closes and both clock changes.

The tape has a print of one contract in every minute in which the exchange is open, so that a bar's
volume is the number of its open minutes. Hours are those of config/sessions.csv for index futures.
"""

from collections.abc import Iterator
from datetime import datetime

import pytest

from actors.bar.history.freshness import QUIET, freshness
from actors.bar.history.series import Series
from actors.bar.history.spans import Span
from actors.bar.timeframes.frames import Frames
from actors.bar.timeframes.told import Told
from config.calendar import CHICAGO, exchange, trade_date
from config.timeframe import parse
from messages.base import SECOND, Nanos
from messages.market import Bar, MarketStatus, Print, Side, Tape

MES = "CON.F.US.MES.Z26"
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
REGULAR = 23 * 60
"""Minutes from 17:00 to 16:00."""

Days = list[tuple[int, int, int]]
"""Month, day and open minutes of a trade date."""

SPANS: dict[str, tuple[str, str, Days]] = {
    # closes at 12:00 on Thursday and 12:15 on Friday
    "Thanksgiving": (
        *("2026-11-22 17:00", "2026-11-30 17:00"),
        [
            *((11, 23, REGULAR), (11, 24, REGULAR), (11, 25, REGULAR)),
            *((11, 26, 19 * 60), (11, 27, 19 * 60 + 15), (11, 30, REGULAR)),
        ],
    ),
    # closes at 12:15 on Thursday, and there is no Friday
    "Christmas": (
        *("2026-12-22 17:00", "2026-12-29 17:00"),
        [(12, 23, REGULAR), (12, 24, 19 * 60 + 15), (12, 28, REGULAR), (12, 29, REGULAR)],
    ),
    "clocks forward": (
        *("2026-03-04 17:00", "2026-03-10 17:00"),
        [(3, 5, REGULAR), (3, 6, REGULAR), (3, 9, REGULAR), (3, 10, REGULAR)],
    ),
    "clocks back": (
        *("2026-10-28 17:00", "2026-11-03 17:00"),
        [(10, 29, REGULAR), (10, 30, REGULAR), (11, 2, REGULAR), (11, 3, REGULAR)],
    ),
}


def chicago(text: str) -> Nanos:
    return int(datetime.fromisoformat(text).replace(tzinfo=CHICAGO).timestamp()) * SECOND


def local(stamp: Nanos) -> str:
    return datetime.fromtimestamp(stamp // SECOND, CHICAGO).strftime("%a %d %H:%M")


def minutes(begin: Nanos, end: Nanos) -> Iterator[Nanos]:
    """The open ones."""
    return (at for at in range(begin, end, MINUTE) if exchange(at) is MarketStatus.OPEN)


def told(span: str, *names: str) -> dict[str, list[Bar]]:
    """The bars of each timeframe over a span."""
    begin, end, _ = SPANS[span]
    frames = Frames(map(parse, names))
    found: list[Told] = []
    for at in minutes(chicago(begin), chicago(end)):
        found += frames.on_tape(Tape(MES, at, (Print(at, 100, 1, Side.BUY),)))
    found += frames.end()
    assert not any(one.revision for one in found)
    return {name: [one.bar for one in found if str(one.timeframe) == name] for name in names}


@pytest.mark.parametrize("span", SPANS)
def test_a_day_is_a_trade_date_and_holds_its_open_minutes(span: str) -> None:
    bars = told(span, "1day")["1day"]
    dates = [trade_date(bar.start) for bar in bars]
    assert [(day.month, day.day, bar.volume) for day, bar in zip(dates, bars, strict=True)] == (
        SPANS[span][2]
    )
    assert {local(edge)[-5:] for bar in bars for edge in (bar.start, bar.end)} == {"17:00"}


@pytest.mark.parametrize("span", SPANS)
def test_shorter_bars_stay_in_their_day_and_none_lies_where_the_market_is_shut(span: str) -> None:
    bars = told(span, "1hr", "7hr", "1day")
    for name in ("1hr", "7hr"):
        volumes = dict.fromkeys([bar.start for bar in bars["1day"]], 0)
        for bar in bars[name]:
            (day,) = [d.start for d in bars["1day"] if d.start <= bar.start < bar.end <= d.end]
            volumes[day] += bar.volume
            assert exchange(bar.start) is MarketStatus.OPEN
        assert list(volumes.values()) == [bar.volume for bar in bars["1day"]]
    hours = [-(-open_minutes // 60) for _, _, open_minutes in SPANS[span][2]]
    assert len(bars["1hr"]) == sum(hours)


@pytest.mark.parametrize("span", SPANS)
def test_a_week_runs_from_sunday_to_sunday_by_the_wall_clock(span: str) -> None:
    bars = told(span, "1week", "1day")
    edges = {local(edge) for bar in bars["1week"] for edge in (bar.start, bar.end)}
    assert {(edge[:3], edge[-5:]) for edge in edges} == {("Sun", "17:00")}
    for week in bars["1week"]:
        days = [bar.volume for bar in bars["1day"] if week.start <= bar.start < week.end]
        assert week.volume == sum(days)


@pytest.mark.parametrize(("span", "hours"), [("clocks forward", 167), ("clocks back", 169)])
def test_the_week_of_a_clock_change_is_an_hour_shorter_or_longer(span: str, hours: int) -> None:
    first, second = told(span, "1week")["1week"]
    assert [(week.end - week.start) // HOUR for week in (first, second)] == [hours, 168]


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("name", ["5min", "1hr", "1day"])
def test_a_tape_that_ran_whenever_the_market_was_open_misses_nothing(span: str, name: str) -> None:
    begin, end = (chicago(text) for text in SPANS[span][:2])
    series = Series(parse(name))
    opened: Nanos | None = None
    for at in range(begin, end + MINUTE, MINUTE):
        running = exchange(at) is MarketStatus.OPEN and at < end
        if running and opened is None:
            opened = at
            series.tape_back(at)
        elif not running and opened is not None:
            opened = None
            series.tape_lost(at)
    assert series.missing(begin, end, exchange) == []


def test_what_is_missing_over_a_holiday_ends_and_begins_with_the_market() -> None:
    """From Christmas Eve's early close to Sunday's open there is nothing to ask for."""
    hours, sunday = Series(parse("1hr")), chicago("2026-12-27 17:00")
    assert hours.missing(chicago("2026-12-24 13:00"), sunday, exchange) == []
    morning, evening = chicago("2026-12-24 09:00"), chicago("2026-12-27 19:00")
    assert hours.missing(morning, sunday, exchange) == [Span(morning, morning + 4 * HOUR)]
    assert hours.missing(morning + 4 * HOUR, evening, exchange) == [Span(sunday, evening)]
    days = Series(parse("1day"))
    assert days.missing(chicago("2026-12-24 17:00"), sunday, exchange) == []
    thanksgiving = Span(chicago("2026-11-25 17:00"), chicago("2026-11-26 17:00"))
    assert days.missing(*thanksgiving, exchange) == [thanksgiving]


def test_the_last_bar_before_a_holiday_is_fresh_until_the_market_has_been_open_again() -> None:
    end = chicago("2026-12-24 12:15")
    last = Bar(end - 5 * MINUTE, end, 1, 1, 1, 1, 1)
    opens = chicago("2026-12-27 17:00")
    assert not freshness(last, chicago("2026-12-25 10:00"), exchange).stale
    assert not freshness(last, opens + 5 * MINUTE + QUIET, exchange).stale
    late = freshness(last, opens + 5 * MINUTE + QUIET + 1, exchange)
    assert (late.stale, late.behind) == (True, 5 * MINUTE + QUIET + 1)
