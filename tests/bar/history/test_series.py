"""The venue's bars and our own: one for each period, and what is missing between them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.bar.history.freshness import freshness
from actors.bar.history.series import Series
from actors.bar.history.snapshot import snapshot
from actors.bar.history.spans import Span, Spans
from actors.bar.timeframes.told import Told
from config.calendar import Always, exchange
from config.timeframe import parse
from messages.base import SECOND, Nanos
from messages.market import Bar, BarsFound, QueryBars

T = 1_789_999_200 * SECOND
"""A whole hour, within a trade date and the exchange's hours."""
MES = "CON.F.US.MES.Z26"
MINUTE = parse("1min")
ALWAYS = Always().market


def at(minutes: float) -> Nanos:
    return T + round(minutes * 60) * SECOND


def theirs(minute: int, volume: int = 9) -> Bar:
    return Bar(at(minute), at(minute + 1), 100, 100, 100, 100, volume)


def ours(minute: int, volume: int = 5, revision: int = 0) -> Told:
    bar = Bar(at(minute), at(minute + 1), 100, 100, 100, 100, volume, volume, 0, 1, 100 * volume)
    return Told(MINUTE, bar, revision)


def answer(series: Series, start: int, end: int, asked: float, *bars: Bar, most: int = 99) -> None:
    question = QueryBars(MES, 60, at(start), at(end), most)
    series.found(question, BarsFound(MES, 60, bars, at(asked), at(start)))


def volumes(series: Series) -> list[tuple[int, int]]:
    return [((bar.start - T) // (60 * SECOND), bar.volume) for bar in series.bars]


def test_past_and_live_meet_without_seam_or_double_count() -> None:
    series = Series(MINUTE)
    series.tape_back(at(2.5))
    series.tell(ours(2))
    assert volumes(series) == [(2, 5)]
    answer(series, 0, 4, 4.5, theirs(3), theirs(1), theirs(0), theirs(1), theirs(2), theirs(4))
    assert volumes(series) == [(0, 9), (1, 9), (2, 9), (3, 9)]
    series.tell(ours(2, 6, 1))
    series.tell(ours(3))
    series.tell(ours(3, 7, 1))
    answer(series, 0, 4, 5, theirs(3))
    assert volumes(series) == [(0, 9), (1, 9), (2, 9), (3, 7)]
    assert series.missing(at(0), at(9), ALWAYS) == []


def test_a_gap_of_the_tape_is_missing_in_whole_periods_and_filled_by_the_answer() -> None:
    series = Series(MINUTE)
    series.tape_back(at(0))
    series.tape_lost(at(2.5))
    series.tape_back(at(4.5))
    series.tell(ours(2))
    gap = series.missing(at(0), at(200), ALWAYS)
    assert gap == [Span(at(2), at(5))]
    (question,) = series.questions(MES, gap)
    assert (question.start, question.end, question.limit) == (at(2), at(4), 4)
    found = BarsFound(MES, 60, (theirs(2), theirs(4)), at(200), at(2))
    series.found(question, found)
    assert volumes(series) == [(2, 9), (4, 9)]
    assert series.missing(at(0), at(200), ALWAYS) == []


def test_silence_behind_the_newest_bar_is_believed_only_later() -> None:
    series = Series(MINUTE)
    answer(series, 0, 9, 10, theirs(3))
    assert series.missing(at(0), at(10), ALWAYS) == [Span(at(4), at(10))]
    answer(series, 4, 9, 131)
    assert series.missing(at(0), at(10), ALWAYS) == []


def test_a_cut_answer_tells_nothing_of_what_lies_before_it() -> None:
    series = Series(MINUTE)
    answer(series, 0, 9, 200, theirs(5), theirs(4), most=2)
    assert series.missing(at(0), at(10), ALWAYS) == [Span(at(0), at(4))]


def test_the_closed_market_misses_nothing() -> None:
    series = Series(MINUTE)
    friday = 1_795_212_000 * SECOND  # 20 November 2026, 16:00 Chicago
    sunday = friday + 49 * 3_600 * SECOND
    assert series.missing(friday, sunday, exchange) == []
    edges = series.missing(friday - 60 * SECOND, sunday + 60 * SECOND, exchange)
    assert edges == [Span(friday - 60 * SECOND, sunday + 60 * SECOND)]


def test_bars_that_do_not_begin_where_ours_do_are_refused() -> None:
    series = Series(MINUTE)
    wrong = Bar(at(0.5), at(1.5), 1, 1, 1, 1, 1)
    with pytest.raises(ValueError, match="begins inside ours"):
        answer(series, 0, 9, 9, theirs(0), wrong)
    assert series.bars == ()
    with pytest.raises(ValueError, match="no width in time"):
        Series(parse("100tick"))


def test_only_the_newest_bars_are_kept_and_the_forgotten_are_not_missing() -> None:
    series = Series(MINUTE, most=2)
    answer(series, 0, 9, 10, *(theirs(minute) for minute in range(10)))
    assert volumes(series) == [(8, 9), (9, 9)]
    assert series.missing(at(0), at(10), ALWAYS) == []


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=12)


@settings(deadline=None)
@given(SPANS, st.integers(0, 40), st.integers(0, 40))
def test_spans_are_sets_of_instants(rows: list[tuple[int, int]], start: int, end: int) -> None:
    spans = Spans(Span(*row) for row in rows)
    held = {instant for one, two in rows for instant in range(one, two)}
    assert {i for one, two in spans for i in range(one, two)} == held
    assert {i for one, two in spans.holes(start, end) for i in range(one, two)} == set(
        range(start, end)
    ) - held
    assert len(list(spans)) == len({i for i in held if i - 1 not in held})


def test_bars_are_stale_by_the_hours_of_the_market() -> None:
    newest = theirs(0)
    assert not freshness(newest, at(3), ALWAYS).stale
    assert freshness(newest, at(3) + 1, ALWAYS) == (at(2) - T + 1, at(2) - T + 1, True)
    assert freshness(None, at(3), ALWAYS).stale
    friday = 1_795_212_000 * SECOND
    last = Bar(friday - 60 * SECOND, friday, 1, 1, 1, 1, 1)
    assert freshness(last, friday + 48 * 3_600 * SECOND, exchange).behind == 0


def test_a_snapshot_states_rows_span_and_statistics() -> None:
    look = snapshot([ours(0, 2).bar, ours(2, 4).bar], "MES 1min")
    assert (look.description, look.rows, look.span) == ("MES 1min", 2, 180 * SECOND)
    assert (look.present, look.vwap, look.without_flow) == (120 * SECOND, 100.0, 0)
    assert look.columns[4] == ("volume", 2, 4, 3.0, 1.0)
    assert snapshot([]).columns == ()
    assert snapshot([theirs(0)]).vwap is None
