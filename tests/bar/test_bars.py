"""Bars cut from prints: whole seconds, silent seconds, late prints, gaps, and no volume lost."""

from hypothesis import given
from hypothesis import strategies as st

from actors.bar.bars import MOST_SILENT, Bars
from actors.bar.ladder import Top
from messages.base import SECOND, Nanos
from messages.market import Bar, Print, Side

T = 1_790_000_000 * SECOND
EMPTY = Top()


def at(seconds: float) -> Nanos:
    return T + round(seconds * 1_000) * 1_000_000


def trade(seconds: float, price: int, size: int = 1, side: Side = Side.BUY) -> Print:
    return Print(at(seconds), price, size, side)


def feed(bars: Bars, *trades: Print) -> list[Bar]:
    closed: list[Bar] = []
    for one in trades:
        closed += bars.reach(one.stamp, EMPTY)
        bars.add(one)
    return closed


def begun() -> Bars:
    """Bars that have just closed [0, 1) at 100 and form [1, 2)."""
    bars = Bars()
    feed(bars, trade(0, 100), trade(1, 100))
    return bars


def test_a_print_of_before_the_resumption_is_in_the_venue_s_bars_already() -> None:
    bars = begun()
    bars.drop()
    bars.resume(at(10), 102)
    assert feed(bars, trade(9.999, 90, 7), trade(10.0, 103, 2)) == []
    (bar,) = bars.reach(at(11), EMPTY)
    assert (bar.start, bar.low, bar.close, bar.volume) == (at(10), 103, 103, 2)
    assert bars.late == 0


def test_a_bar_holds_the_prints_from_its_whole_second_to_the_next() -> None:
    bars = Bars()
    closed = feed(
        bars,
        trade(0.0, 100, 2),
        trade(0.4, 103, 1, Side.SELL),
        trade(0.7, 99, 4),
        trade(0.999, 101, 3, Side.SELL),
        trade(1.0, 105),
    )
    assert closed == [
        Bar(
            start=at(0),
            end=at(1),
            open=100,
            high=103,
            low=99,
            close=101,
            volume=10,
            buy_volume=6,
            sell_volume=4,
            trades=4,
            turnover=200 + 103 + 396 + 303,
        )
    ]


def test_the_first_bar_starts_at_the_first_whole_second_and_keeps_what_came_before_it() -> None:
    bars = Bars()
    (closed,) = feed(bars, trade(0.3, 100, 5), trade(1.2, 101, 2), trade(2.0, 101))
    assert (closed.start, closed.open, closed.volume) == (at(1), 100, 7)
    assert bars.late == 0


def test_a_silent_second_is_a_flat_bar_at_the_last_close() -> None:
    bars = begun()
    closed = feed(bars, trade(1.5, 104, 2), trade(4.0, 90))
    assert [(b.start, b.open, b.high, b.low, b.close, b.volume, b.trades) for b in closed] == [
        (at(1), 100, 104, 100, 104, 3, 2),
        (at(2), 104, 104, 104, 104, 0, 0),
        (at(3), 104, 104, 104, 104, 0, 0),
    ]


def test_sixty_silent_seconds_are_filled_and_a_longer_gap_is_jumped() -> None:
    filled = feed(begun(), trade(2 + MOST_SILENT, 100))
    assert len(filled) == 1 + MOST_SILENT
    jumped = feed(begun(), trade(3 + MOST_SILENT, 100), trade(4 + MOST_SILENT, 100))
    assert [bar.start for bar in jumped] == [at(1), at(3 + MOST_SILENT)]


def test_a_gap_after_the_very_first_bar_is_jumped() -> None:
    closed = feed(Bars(), trade(0, 100), trade(30, 100), trade(31, 100))
    assert [bar.start for bar in closed] == [at(0), at(30)]


def test_a_late_print_goes_into_the_forming_bar_and_is_counted() -> None:
    bars = begun()
    closed = feed(bars, trade(0.9, 95, 4), trade(1.1, 100), trade(2.0, 100))
    assert [(bar.low, bar.volume) for bar in closed] == [(95, 6)]
    assert bars.late == 1


def test_no_bar_before_there_is_a_price_and_silent_ones_as_soon_as_there_is() -> None:
    bars = Bars()
    for second in range(5):
        assert bars.reach(at(second), EMPTY) == ()
    assert bars.price is None
    bars.start_price(77)
    assert [(b.start, b.close) for b in bars.reach(at(5), EMPTY)] == [(at(4), 77)]


def test_a_start_price_does_not_replace_a_known_one() -> None:
    bars = begun()
    bars.start_price(5)
    assert bars.reach(at(2), EMPTY)[0].close == 100


def test_a_bar_carries_the_book_of_its_close() -> None:
    bars = begun()
    (bar,) = bars.reach(at(2), Top(99, 101, 3, 4, 30, 40))
    fields = (bar.bid, bar.ask, bar.bid_size, bar.ask_size, bar.bid_depth, bar.ask_depth)
    assert fields == (99, 101, 3, 4, 30, 40)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 200_000),
            st.integers(1, 50),
            st.sampled_from(list(Side)),
            st.integers(-40, 40),
        ),
        max_size=60,
    )
)
def test_no_volume_is_lost_and_no_second_is_closed_twice(
    rows: list[tuple[int, int, Side, int]],
) -> None:
    """Stamps in any order, gaps of any length, prices below zero."""
    bars = Bars()
    tape = [Print(T + ms * 1_000_000, price, size, side) for ms, size, side, price in rows]
    closed = feed(bars, *tape)
    if tape:
        closed += bars.reach(bars.end, EMPTY)
    assert sum(bar.volume for bar in closed) == sum(one.size for one in tape)
    assert sum(bar.buy_volume - bar.sell_volume for bar in closed) == sum(
        one.size * one.side for one in tape
    )
    assert sum(bar.turnover for bar in closed) == sum(one.size * one.price for one in tape)
    starts = [bar.start for bar in closed]
    assert starts == sorted(set(starts))
    for bar in closed:
        assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
        assert bar.end - bar.start == SECOND
        assert bar.start % SECOND == 0
