"""Bars of several timeframes from one tape: what they hold, when they close, what corrects them."""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.bar.bars import Bars
from actors.bar.ladder import Top
from actors.bar.picture import AHEAD, ALLOWANCE
from actors.bar.timeframes.cell import vwap
from actors.bar.timeframes.frames import Frames
from actors.bar.timeframes.periods import period
from actors.bar.timeframes.timed import REMEMBERED
from actors.bar.timeframes.told import Told
from config.calendar import CHICAGO
from config.timeframe import Timeframe, parse
from messages.base import MILLISECOND, SECOND, Nanos
from messages.market import Bar, Print, Side, Tape

T = 1_789_999_200 * SECOND
"""A whole hour, within a trade date."""
MES = "CON.F.US.MES.Z26"
NAMES = ("1s", "5s", "1min", "7min", "1hr", "1day", "1week", "1tick", "3tick", "1vol", "7vol")


def at(seconds: float) -> Nanos:
    return T + round(seconds * 1_000) * MILLISECOND


def trade(seconds: float, price: int, size: int = 1, side: Side = Side.BUY) -> Print:
    return Print(at(seconds), price, size, side)


def tape(*prints: Print, received: Nanos = 0) -> Tape:
    return Tape(MES, received or max(each.stamp for each in prints), prints)


def framed(*names: str) -> Frames:
    return Frames(map(parse, names))


def feed(frames: Frames, *prints: Print) -> list[Told]:
    return [told for each in prints for told in frames.on_tape(tape(each))]


def last_words(told: Iterable[Told]) -> dict[Timeframe, list[Bar]]:
    """What stands in the end; bars of tick and volume frames are never told again."""
    found: dict[Timeframe, list[Bar]] = {}
    for each in told:
        bars = found.setdefault(each.timeframe, [])
        if each.revision:
            bars[:] = [bar for bar in bars if bar.start != each.bar.start]
        bars.append(each.bar)
    return {name: sorted(bars, key=attrgetter("start")) for name, bars in found.items()}


def test_hours_are_where_the_tests_think() -> None:
    assert period(parse("1hr"), T).start == T


def test_one_tape_makes_bars_of_every_frame() -> None:
    frames = framed("1min", "5min")
    told = feed(
        frames,
        trade(0, 100, 2),
        trade(30, 103, 1, Side.SELL),
        trade(59, 99, 4),
        trade(90, 101, 3, Side.SELL),
        trade(300.25, 105),
    )
    assert [(str(each.timeframe), each.bar.start, each.revision) for each in told] == [
        ("1min", at(0), 0),
        ("1min", at(60), 0),
        ("5min", at(0), 0),
    ]
    assert told[0].bar == Bar(
        *(at(0), at(60), 100, 103, 99, 99), 7, 6, 1, 3, 2 * 100 + 103 + 4 * 99
    )
    assert told[2].bar == Bar(
        *(at(0), at(300), 100, 103, 99, 101), 10, 6, 4, 4, 2 * 100 + 103 + 4 * 99 + 303
    )
    assert vwap(told[2].bar) == 100.2


def test_a_bar_waits_for_the_allowance_and_then_closes() -> None:
    frames = framed("1s")
    assert feed(frames, trade(0.5, 100), trade(1.0, 101), trade(0.9, 99)) == []
    (told,) = feed(frames, trade(1.25, 102))
    assert (told.bar.open, told.bar.low, told.bar.close, told.bar.trades) == (100, 99, 99, 2)
    assert frames.late(parse("1s")) == (0, 0)


def test_a_late_print_corrects_the_closed_bar_once_a_message() -> None:
    frames = framed("1s", "1hr")
    feed(frames, trade(0.5, 100), trade(2, 101))
    late = tape(trade(0.4, 90, 2), trade(0.6, 95, 1, Side.SELL), received=at(2))
    (told,) = frames.on_tape(late)
    bar = told.bar
    assert (told.revision, bar.start, bar.open, bar.close) == (1, at(0), 90, 95)
    assert (bar.volume, bar.buy_volume, bar.sell_volume, bar.trades) == (4, 3, 1, 3)
    (again,) = feed(frames, trade(0.7, 96))
    assert (again.revision, again.bar.close) == (2, 96)
    assert frames.late(parse("1s")) == (3, 0)
    assert frames.late(parse("1hr")) == (0, 0)


def test_a_late_print_of_a_silent_period_gives_it_a_bar() -> None:
    frames = framed("1s")
    feed(frames, trade(0, 100), trade(5, 101))
    (told,) = feed(frames, trade(2.5, 90))
    assert (told.bar.start, told.revision, told.bar.volume) == (at(2), 1, 1)


def test_a_print_older_than_what_is_remembered_counts_in_the_oldest_bar() -> None:
    frames = framed("1s")
    feed(frames, *(trade(second, 100) for second in range(REMEMBERED + 3)))
    (told,) = feed(frames, trade(0.5, 70, 5))
    bar = told.bar
    assert (told.revision, bar.open, bar.low, bar.close, bar.volume) == (1, 100, 70, 100, 6)
    assert bar.start == at(1)
    assert frames.late(parse("1s")) == (1, 1)


def test_silence_closes_by_our_clock_and_leaves_no_bars() -> None:
    frames = framed("1min", "5min")
    frames.on_tape(tape(trade(10, 100), received=at(10) + 80 * MILLISECOND))
    due = at(60) + 80 * MILLISECOND + ALLOWANCE
    assert frames.due == due
    assert frames.on_time(due - 1) == []
    (told,) = frames.on_time(due)
    assert (told.bar.start, told.bar.volume) == (at(0), 1)
    (five,) = frames.on_time(at(7_200))
    assert five.timeframe == parse("5min")
    assert frames.due is None
    assert frames.on_time(at(90_000)) == []


def test_a_stamp_far_ahead_is_cut() -> None:
    frames = framed("1hr")
    frames.on_tape(tape(trade(3_599, 100), received=at(3_599)))
    told = frames.on_tape(tape(trade(7_300, 101), received=at(3_599)))
    assert [each.bar.start for each in told] == [at(0)]
    assert frames.ahead == 1
    assert AHEAD < 3_600 * SECOND
    assert [each.bar.start for each in frames.end()] == [at(3_600)]


def test_the_break_and_the_weekend_have_no_bars() -> None:
    """Friday 20 November 2026, 15:59 Chicago, and Sunday 17:00: the next trade date with prints."""
    friday, sunday = (
        datetime(2026, 11, *local, tzinfo=CHICAGO).timestamp() - T / SECOND
        for local in ((20, 15, 59), (22, 17, 0))
    )
    told = feed(framed("1hr", "1day"), trade(friday, 100), trade(sunday, 101), trade(sunday + 1, 1))
    day = period(parse("1day"), at(friday))
    assert [(str(each.timeframe), each.bar.end) for each in told] == [
        ("1hr", at(friday + 60)),
        ("1day", day.end),
    ]


def test_tick_bars_count_prints_and_end_with_the_trade_date() -> None:
    frames = framed("2tick")
    end = (period(parse("1day"), T).end - T) // SECOND
    told = feed(frames, trade(0, 100, 5), trade(1, 90, 2), trade(2, 95), trade(end, 96))
    told += frames.end()
    bars = [each.bar for each in told]
    assert [(bar.start, bar.end - 1, bar.trades, bar.volume) for bar in bars] == [
        (at(0), at(1), 2, 7),
        (at(2), at(2), 1, 1),
        (at(end), at(end), 1, 1),
    ]
    assert (bars[0].open, bars[0].low, bars[0].close) == (100, 90, 90)


def test_volume_bars_hold_exactly_their_contracts() -> None:
    frames = framed("10vol")
    told = feed(frames, trade(0, 100, 7), trade(1, 103, 26, Side.SELL)) + frames.end()
    bars = [each.bar for each in told]
    assert [(bar.volume, bar.buy_volume, bar.sell_volume) for bar in bars] == [
        (10, 7, 3),
        (10, 0, 10),
        (10, 0, 10),
        (3, 0, 3),
    ]
    assert [bar.trades for bar in bars] == [2, 0, 0, 0]
    assert sum(bar.turnover for bar in bars) == 700 + 26 * 103


def test_bars_of_one_second_serve_in_place_of_prints_and_bring_their_book() -> None:
    frames = framed("5s", "3tick")
    told = []
    for second in range(5):
        volume = 0 if second == 4 else 2
        flow = (1, 1, 2, 200) if volume else ()
        bar = Bar(at(second), at(second + 1), 100, 101, 99, 100 + second, volume, *flow)
        told += frames.on_bar(bar)
    (five,) = told
    assert (five.bar.close, five.bar.volume, five.bar.trades) == (103, 8, 8)
    assert (frames.missed, vwap(five.bar)) == (8, 100.0)


def test_venue_bars_without_flow_leave_it_unknown() -> None:
    frames = framed("5s")
    frames.on_bar(Bar(at(0), at(1), 100, 100, 100, 100, 9))
    (told,) = frames.on_bar(Bar(at(1), at(5), 100, 100, 100, 100, 2, 1, 1, 2, 200, 99, 101))
    bar = told.bar
    assert (bar.volume, bar.buy_volume, bar.sell_volume, bar.bid, bar.ask) == (11, 1, 1, 99, 101)
    assert vwap(bar) is None


def test_a_bar_that_spans_two_periods_is_refused() -> None:
    with pytest.raises(ValueError, match="does not lie within one bar of 1min"):
        framed("5min", "1min").on_bar(Bar(at(0), at(120), 1, 1, 1, 1, 1))


ROWS = st.lists(
    st.tuples(
        st.integers(0, 900_000), st.integers(-40, 40), st.integers(1, 50), st.sampled_from(Side)
    ),
    max_size=60,
)
Row = tuple[int, int, int, Side]


def prints(rows: list[Row]) -> list[Print]:
    return [Print(T + ms * MILLISECOND, price, size, side) for ms, price, size, side in rows]


@settings(deadline=None)
@given(ROWS)
def test_the_volume_of_the_bars_is_the_volume_of_the_tape_in_every_frame(rows: list[Row]) -> None:
    """Stamps in any order."""
    frames = framed(*NAMES)
    every = prints(rows)
    bars = last_words(feed(frames, *every) + frames.end())
    bought = sum(each.size for each in every if each.side is Side.BUY)
    sums = (sum(each.size for each in every), bought, len(every))
    turnover = sum(each.size * each.price for each in every)
    for name in map(parse, NAMES if rows else ()):
        found = bars[name]
        volume, buys, trades = (
            sum(getattr(bar, field) for bar in found)
            for field in ("volume", "buy_volume", "trades")
        )
        assert (volume, buys, trades) == sums
        assert sum(bar.turnover for bar in found) == turnover
        assert sum(bar.sell_volume for bar in found) == volume - buys
        assert all(bar.low <= min(bar.open, bar.close) for bar in found)
        assert all(bar.high >= max(bar.open, bar.close) for bar in found)


@settings(deadline=None)
@given(ROWS)
def test_corrected_bars_are_those_of_the_tape_in_order(rows: list[Row]) -> None:
    mixed, ordered = framed(*NAMES[:7]), framed(*NAMES[:7])
    every = prints(rows)
    found = last_words(feed(mixed, *every) + mixed.end())
    assert found == last_words(
        feed(ordered, *sorted(every, key=attrgetter("stamp"))) + ordered.end()
    )


@settings(deadline=None)
@given(ROWS)
def test_bars_of_a_second_make_the_same_bars_as_the_prints(rows: list[Row]) -> None:
    """Prints in order, beginning on a whole second: then the second's own bars are exact."""
    every = sorted([*prints(rows), trade(0, 0)], key=attrgetter("stamp"))
    by_print, by_bar, seconds = framed(*NAMES[:7]), framed(*NAMES[:7]), Bars()
    closed = [bar for each in every for bar in _second(seconds, each)]
    closed += seconds.reach(seconds.end, Top())
    told = [told for bar in closed for told in by_bar.on_bar(bar)] + by_bar.end()
    assert last_words(told) == last_words(feed(by_print, *every) + by_print.end())


def _second(seconds: Bars, one: Print) -> tuple[Bar, ...]:
    closed = seconds.reach(one.stamp, Top())
    seconds.add(one)
    return closed


def test_a_print_closes_a_bar_though_its_own_has_begun_within_the_allowance() -> None:
    frames = framed("10s")
    assert feed(frames, trade(9, 100), trade(10.1, 101)) == []
    (told,) = feed(frames, trade(10.3, 102))
    assert (told.bar.start, told.bar.volume) == (at(0), 1)
    assert frames.ends == at(20)
