"""Every second's bar from one side alone, wherever the tape breaks off and comes back."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.bar.splice import SETTLE, SPARE, Run, Splice
from messages.base import MILLISECOND, SECOND, Nanos
from messages.market import Bar, BarClosed, BarsFound, Depth, DepthKind, DepthRow, Print, Side, Tape

T = 1_790_000_000 * SECOND
MES = "MES"
DELAY = 20 * MILLISECOND


def venue(prints: list[Print], start: Nanos, asked: Nanos) -> BarsFound:
    """What the venue says of the prints that it has made."""
    seconds: dict[Nanos, list[Print]] = {}
    for one in prints:
        opening = one.stamp - one.stamp % SECOND
        if start <= opening and opening + SECOND <= asked:
            seconds.setdefault(opening, []).append(one)
    bars = []
    for opening, made in sorted(seconds.items()):
        prices = [one.price for one in made]
        span = (prices[0], max(prices), min(prices), prices[-1])
        bars.append(Bar(opening, opening + SECOND, *span, sum(one.size for one in made)))
    return BarsFound(MES, 1, tuple(bars), asked, start)


prints_of_a_minute = st.lists(
    st.tuples(st.integers(0, 60_000), st.integers(90, 110), st.integers(1, 9)), max_size=120
)
outages = st.lists(
    st.tuples(st.integers(1_000, 55_000), st.integers(1, 20_000)), min_size=1, max_size=3
)


def ordered(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Outages one after another, as (from, to)."""
    found: list[tuple[int, int]] = []
    for start, length in sorted(spans):
        begin = max(start, found[-1][1] + 1 if found else 0)
        found.append((begin, begin + length))
    return found


@given(prints_of_a_minute, outages)
def test_each_second_is_told_once_with_its_whole_volume(
    rows: list[tuple[int, int, int]], spans: list[tuple[int, int]]
) -> None:
    """The clock is the engine's: stamps are DELAY older."""
    first = Print(T, 100, 1, Side.BUY)
    made = [first, *(Print(T + t * MILLISECOND, p, v, Side.BUY) for t, p, v in sorted(rows))]
    gaps = [(T + a * MILLISECOND, T + b * MILLISECOND) for a, b in ordered(spans)]
    splice, told = Splice(True), list[BarClosed]()
    splice.hear(Tape(MES, T + DELAY, (first,)))
    end = T + 100 * SECOND
    waiting, now = made[1:], T + DELAY
    while now < end:
        before, now = now, now + 50 * MILLISECOND
        for start, until in gaps:
            if before < start <= now:
                splice.lost()
            if before < until <= now:
                splice.back(now)
        while waiting and waiting[0].stamp + DELAY <= now:
            one, waiting = waiting[0], waiting[1:]
            if not any(a < one.stamp + DELAY <= b + 50 * MILLISECOND for a, b in gaps):
                told += splice.hear(Tape(MES, max(now, one.stamp + DELAY), (one,)))
        told += splice.on_time(now)
        if splice.run is not Run.RUNNING and now % (2 * SECOND) < 50 * MILLISECOND:
            start, _ = splice.question(now)
            told += splice.found(venue(made, start, now))
    starts = [one.bar.start for one in told]
    assert starts == list(range(T, starts[-1] + 1, SECOND))
    assert starts[-1] >= end - 2 * SECOND
    volume: Counter[Nanos] = Counter()
    for one in made:
        volume[one.stamp - one.stamp % SECOND] += one.size
    for closed in told:
        bar = closed.bar
        if closed.degraded or _far(bar, gaps):
            assert bar.volume == volume[bar.start], (bar.start - T) / SECOND


def _far(bar: Bar, gaps: list[tuple[Nanos, Nanos]]) -> bool:
    """Whether a bar was closed by the tape before an outage could take its newest prints."""
    return not any(bar.start <= start <= bar.end + SECOND for start, _ in gaps)


def test_silent_seconds_have_the_close_before_them() -> None:
    splice = Splice(True)
    splice.hear(Tape(MES, T, (Print(T, 100, 1, Side.BUY),)))
    splice.lost()
    asked = T + 4 * SECOND + SETTLE
    closed = splice.found(venue([Print(T, 101, 1, Side.BUY)], T, asked))
    assert [(one.bar.close, one.bar.volume, one.degraded) for one in closed] == [
        (101, 1, True),
        (101, 0, True),
        (101, 0, True),
        (101, 0, True),
    ]


def test_a_second_is_not_told_before_the_venue_has_had_time_for_it() -> None:
    splice = Splice(True)
    splice.hear(Tape(MES, T, (Print(T, 100, 1, Side.BUY),)))
    splice.lost()
    assert splice.found(venue([], T, T + SECOND + SETTLE - 1)) == []
    assert len(splice.found(venue([], T, T + SECOND + SETTLE))) == 1
    assert splice.found(venue([], T, T + SECOND + SETTLE)) == []


def test_a_tape_that_is_lost_again_while_it_waits_is_the_venues_too() -> None:
    splice = Splice(True)
    splice.hear(Tape(MES, T, (Print(T, 100, 1, Side.BUY),)))
    splice.lost()
    splice.back(T + 2 * SECOND)
    later = Print(T + 3 * SECOND + 1, 100, 7, Side.BUY)
    assert splice.hear(Tape(MES, T + 3 * SECOND + 1, (later,))) == []
    assert splice.lost()
    assert not splice.lost()
    closed = splice.found(venue([later], T, T + 4 * SECOND + SETTLE))
    assert [(one.bar.volume, one.degraded) for one in closed] == [(0, True)] * 3 + [(7, True)]


def test_the_book_of_the_tapes_first_bar_is_what_came_while_it_waited() -> None:
    splice = Splice(True)
    splice.hear(Tape(MES, T, (Print(T, 100, 1, Side.BUY),)))
    splice.lost()
    splice.back(T + SECOND)
    rows = (
        DepthRow(T + SECOND, DepthKind.RESET, 0, 0),
        DepthRow(T + SECOND, DepthKind.BID, 99, 5),
        DepthRow(T + SECOND, DepthKind.ASK, 100, 6),
    )
    splice.hear(Depth(MES, T + SECOND, rows))
    own = T + SECOND + SPARE
    splice.hear(Tape(MES, own + SECOND, (Print(own + SECOND, 100, 1, Side.BUY),)))
    *gap, first = splice.found(venue([], T, own + SETTLE))
    assert [one.bar.start for one in gap] == [T, T + SECOND]
    assert (first.bar.start, first.degraded, first.bar.bid_size) == (own, False, 5)


def test_what_cannot_be_had_of_the_venue_is_left_open() -> None:
    splice = Splice(True)
    splice.hear(Tape(MES, T, (Print(T, 100, 1, Side.BUY),)))
    splice.lost()
    splice.back(T + SECOND)
    assert not splice.overdue(splice.filled)
    assert splice.overdue(T + 20 * SECOND)
    splice.release()
    (first,) = splice.hear(Tape(MES, T + 3 * SECOND, (Print(T + 3 * SECOND, 1, 1, Side.BUY),)))
    assert (first.bar.start, first.degraded) == (T + 2 * SECOND, False)


@pytest.mark.parametrize("first", ["past", "lost"])
def test_a_tape_that_never_came_is_supplied_from_the_end_of_the_past_on(first: str) -> None:
    splice = Splice(True)
    past = venue(
        [Print(T, 100, 1, Side.BUY), Print(T + SECOND, 101, 2, Side.BUY)], T, T + 4 * SECOND
    )
    if first == "lost":
        splice.lost()
    splice.past(past.bars)
    if first == "past":
        splice.lost()
    made = [Print(T + 3 * SECOND, 102, 5, Side.BUY)]
    start, _ = splice.question(T + 5 * SECOND)
    assert start == T + 2 * SECOND
    closed = splice.found(venue(made, start, T + 4 * SECOND + SETTLE))
    assert [(one.bar.close, one.bar.volume) for one in closed] == [(101, 0), (102, 5)]


def book(stamp: Nanos) -> Depth:
    """A whole book, 99 to 101."""
    levels = ((DepthKind.RESET, 0, 0), (DepthKind.BID, 99, 5), (DepthKind.ASK, 101, 5))
    return Depth(MES, stamp + DELAY, tuple(DepthRow(stamp, *level) for level in levels))


def test_a_lost_tape_takes_the_book_from_the_analytics_and_leaves_them_the_prints() -> None:
    splice = Splice(True)
    splice.hear(book(T))
    splice.hear(Tape(MES, T + DELAY, (Print(T, 100, 3, Side.BUY),)))
    assert splice.market.touch is not None
    splice.lost()
    assert splice.market.touch is None
    assert splice.market.cumulative_delta().delta == 3


def test_time_passes_for_the_analytics_in_silence_and_while_the_tape_is_away() -> None:
    splice = Splice(True)
    splice.hear(Tape(MES, T + DELAY, (Print(T, 100, 3, Side.BUY),)))
    splice.on_time(T + 10 * SECOND)
    assert splice.market.now >= T + 9 * SECOND
    splice.lost()
    splice.found(venue([Print(T + 11 * SECOND, 100, 1, Side.BUY)], T, T + 90 * SECOND))
    assert splice.market.now >= T + 80 * SECOND
    assert splice.market.momentum().volume == 0


def test_what_waits_for_the_gap_to_be_filled_reaches_the_analytics_once() -> None:
    splice = Splice(True)
    splice.hear(Tape(MES, T + DELAY, (Print(T, 100, 3, Side.BUY),)))
    splice.lost()
    splice.back(T + 2 * SECOND)
    splice.hear(book(T + 3 * SECOND))
    splice.hear(Tape(MES, T + 4 * SECOND, (Print(T + 4 * SECOND, 101, 4, Side.BUY),)))
    assert splice.market.statistics().prints == 1
    splice.release()
    statistics = splice.market.statistics()
    assert (statistics.prints, statistics.rows, statistics.session_volume) == (2, 3, 7)
