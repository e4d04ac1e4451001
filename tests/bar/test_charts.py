"""Bars of any timeframe through outages: every period whole in the end, from tape or venue."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.bar.charts import AGAIN, KEPT, SETTLE, Charts
from actors.bar.lag import Lag
from actors.bar.splice import Run, Splice
from config.calendar import exchange
from config.timeframe import parse
from messages.base import MILLISECOND, SECOND, Nanos
from messages.market import (
    Bar,
    BarsFound,
    FrameClosed,
    MarketStatus,
    PastFrames,
    Print,
    QueryBars,
    Side,
    Tape,
)

T = 1_790_000_000 * SECOND - 1_790_000_000 % 60 * SECOND
MES = "CON.F.US.MES.Z26"
STEP = 50 * MILLISECOND


def always(now: Nanos) -> MarketStatus:
    return MarketStatus.OPEN


def answer(made: list[Print], question: QueryBars, asked: Nanos) -> BarsFound:
    """What the venue says of the prints made so far."""
    width = question.seconds * SECOND
    periods: dict[Nanos, list[Print]] = {}
    for one in made:
        start = one.stamp - one.stamp % width
        if question.start <= start <= question.end and start + width <= asked:
            periods.setdefault(start, []).append(one)
    bars = tuple(
        Bar(start, start + width, prints[0].price, max(p.price for p in prints),
            min(p.price for p in prints), prints[-1].price, sum(p.size for p in prints))
        for start, prints in sorted(periods.items())
    )  # fmt: skip
    return BarsFound(question.contract, question.seconds, bars, asked, question.start)


class Day:
    """A splice with charts, driven step by step; the venue has all prints, the tape some."""

    def __init__(self, *timeframes: str) -> None:
        frames = tuple(map(parse, timeframes))
        self.splice = Splice(True, MES, frames, always)
        self.made: list[Print] = []
        self.now = T
        self.told: list[FrameClosed] = []
        self.past: dict[str, tuple[Bar, ...]] = {}
        self.questions: list[QueryBars] = []

    def trade(self, price: int = 100, size: int = 1, heard: bool = True) -> None:
        one = Print(self.now, price, size, Side.BUY)
        self.made.append(one)
        if heard:
            self.splice.hear(Tape(MES, self.now, (one,)))

    def until(self, seconds: float) -> None:
        """Let time pass, the venue answering what it is asked for."""
        while self.now < T + round(seconds * 1_000) * MILLISECOND:
            self.now += STEP
            self.splice.on_time(self.now)
            if self.splice.run is not Run.RUNNING and self.now % (2 * SECOND) < STEP:
                start, limit = self.splice.question(self.now)
                question = QueryBars(MES, 1, start, self.now, limit)
                self.splice.found(answer(self.made, question, self.now))
            if self.now % SECOND < STEP:
                self.fill()
            self.take()

    def take(self) -> list[FrameClosed]:
        told, self.splice.charts.told = self.splice.charts.told, []
        self.told += told
        return told

    def fill(self) -> None:
        question = self.splice.charts.question(self.now)
        if question is not None:
            self.questions.append(question)
            self.keep(self.splice.charts.found(answer(self.made, question, self.now)))

    def keep(self, told: list[PastFrames]) -> None:
        self.past |= {one.timeframe: one.bars for one in told}

    def kept(self, timeframe: str) -> dict[float, int]:
        """Volume by start, in seconds, of the bars that are kept."""
        self.keep(list(self.splice.charts.past()))
        return {(bar.start - T) / SECOND: bar.volume for bar in self.past[timeframe]}


def test_a_period_that_the_tape_ran_through_is_whole_and_nobody_is_asked_for_it() -> None:
    day = Day("1min", "3tick")
    for second in range(130):
        day.trade(100 + second % 3)
        day.until(second + 1)
    whole = [(one.timeframe, (one.bar.start - T) / SECOND, one.bar.volume) for one in day.told
             if not one.degraded and one.timeframe == "1min"]  # fmt: skip
    assert whole == [("1min", 0, 60), ("1min", 60, 60)]
    assert sum(one.bar.volume for one in day.told if one.timeframe == "3tick") == 129
    assert all(question.end < T for question in day.questions)


def test_the_period_in_which_the_session_began_is_degraded_and_then_the_venues() -> None:
    day = Day("1min")
    for second in range(30):
        day.trade(heard=False)
        day.until(second + 1)
    for second in range(30, 100):
        day.trade()
        day.until(second + 1)
    ((bar, degraded),) = [(one.bar, one.degraded) for one in day.told]
    assert (bar.volume, degraded) == (30, True)
    assert day.kept("1min") == {0: 60}
    assert day.past["1min"][0].buy_volume == 0


def test_the_past_before_the_start_is_asked_for_and_comes_before_our_own() -> None:
    day = Day("1min")
    day.made = [Print(T - 90 * SECOND, 99, 7, Side.SELL)]
    for second in range(70):
        day.trade()
        day.until(second + 1)
    assert day.questions[0].start == T - (KEPT - 1) * 60 * SECOND
    assert day.kept("1min") == {-120: 7, 0: 60}


def test_what_the_venue_cannot_yet_tell_is_asked_for_again_after_a_while() -> None:
    charts = Charts(MES, (parse("1hr"),), always, Lag())
    first = charts.question(T)
    assert first is not None
    assert charts.question(T + AGAIN - 1) is None
    assert charts.missing
    assert charts.question(T + AGAIN) == first


def test_bars_that_the_venue_cuts_otherwise_are_refused_and_not_asked_for_again() -> None:
    charts = Charts(MES, (parse("5min"),), always, Lag())
    question = charts.question(T)
    assert question is not None
    crooked = Bar(question.start + SECOND, question.start + 301 * SECOND, 1, 1, 1, 1, 1)
    assert charts.found(BarsFound(MES, 300, (crooked,), T, question.start)) == []
    assert "begins inside ours" in charts.refused[parse("5min")]
    assert charts.question(T + AGAIN) is None
    assert not charts.missing


def test_an_answer_to_nobodys_question_is_nothing() -> None:
    charts = Charts(MES, (parse("5min"),), always, Lag())
    assert charts.found(BarsFound(MES, 300, (), T, T - 900 * SECOND)) == []


def test_a_late_print_corrects_the_bar_and_what_is_kept() -> None:
    day = Day("1min")
    for second in range(65):
        day.trade()
        day.until(second + 1)
    late = Print(T + 59 * SECOND + 1, 120, 5, Side.BUY)
    day.splice.hear(Tape(MES, day.now, (late,)))
    (told,) = day.take()
    assert (told.bar.start, told.bar.volume, told.bar.high, told.revision) == (T, 65, 120, 1)
    assert day.kept("1min")[0] == 65


def test_without_wanted_timeframes_nothing_is_cut_asked_or_told() -> None:
    day = Day()
    for second in range(130):
        day.trade()
        day.until(second + 1)
    assert (day.told, day.questions) == ([], [])
    assert day.splice.due == day.splice.picture.due


def test_in_silence_a_bar_closes_by_our_clock_with_the_second_that_ends_it() -> None:
    day = Day("1min")
    day.trade()
    day.until(60.25)
    assert [(one.bar.start, one.bar.volume) for one in day.told] == [(T, 1)]


def test_hours_without_trading_are_not_missed() -> None:
    saturday = 1_789_819_200 * SECOND  # 2026-09-19 12:00 UTC
    charts = Charts(MES, (parse("1min"),), exchange, Lag())
    question = charts.question(saturday)
    assert question is None


moments = st.lists(
    st.tuples(st.integers(0, 300_000), st.integers(90, 110), st.integers(1, 9)), max_size=80
)
outages = st.lists(
    st.tuples(st.integers(1_000, 200_000), st.integers(1, 90_000)), min_size=1, max_size=3
)


@settings(deadline=None, max_examples=40)
@given(moments, outages)
def test_whatever_is_missed_every_minute_has_its_whole_volume_once(
    rows: list[tuple[int, int, int]], spans: list[tuple[int, int]]
) -> None:
    day = Day("1min", "2min")
    day.trade()
    away = [(T + a * MILLISECOND, T + (a + n) * MILLISECOND) for a, n in spans]
    waiting = sorted(rows)
    for tick in range(1, 420 * SECOND // STEP):
        now = T + tick * STEP
        out = any(a <= now < b for a, b in away)
        if out and day.splice.run is not Run.AWAY:
            day.splice.lost()
        elif not out and day.splice.run is Run.AWAY:
            day.splice.back(now)
        day.until(tick * STEP / SECOND)
        while waiting and T + waiting[0][0] * MILLISECOND <= now:
            _, price, size = waiting.pop(0)
            day.trade(price, size, heard=not out)
    for timeframe, width in (("1min", 60), ("2min", 120)):
        expected: dict[float, int] = {}
        for one in day.made:
            start = (one.stamp - one.stamp % (width * SECOND) - T) / SECOND
            expected[start] = expected.get(start, 0) + one.size
        assert day.kept(timeframe) == {
            start: volume
            for start, volume in sorted(expected.items())
            if start + width + SETTLE / SECOND <= 420
        }


@pytest.mark.parametrize("asked", [T, T + SETTLE])
def test_a_bar_is_asked_for_once_the_venue_can_have_it(asked: Nanos) -> None:
    charts = Charts(MES, (parse("1min"),), always, Lag())
    question = charts.question(asked)
    assert question is not None
    assert (question.end == T - 60 * SECOND) is (asked == T + SETTLE)
