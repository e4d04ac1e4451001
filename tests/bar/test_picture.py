"""Book and tape together: who closes a bar, with which book, and what wrong stamps cannot do."""

from actors.bar.picture import AHEAD, ALLOWANCE, Picture
from messages.base import MILLISECOND, SECOND, Nanos
from messages.market import Bar, DepthKind, DepthRow, Print, Quote, Side

T = 1_790_000_000 * SECOND
MES = "CON.F.US.MES.Z26"


def at(seconds: float) -> Nanos:
    return T + round(seconds * 1_000) * MILLISECOND


def tape(picture: Picture, seconds: float, size: int = 1, delay: Nanos = 0) -> list[Bar]:
    stamp = at(seconds)
    return picture.on_tape((Print(stamp, 100, size, Side.BUY),), stamp + delay)


def rows(seconds: float, bid: int, ask: int) -> tuple[DepthRow, ...]:
    stamp = at(seconds)
    return (
        DepthRow(stamp, DepthKind.RESET, 0, 0),
        DepthRow(stamp, DepthKind.BID, bid, 5),
        DepthRow(stamp, DepthKind.ASK, ask, 5),
    )


def running(delay: Nanos = 0) -> Picture:
    """A picture whose bar [0, 1) is closed and whose bar [1, 2) forms."""
    picture = Picture()
    tape(picture, 0, delay=delay)
    assert len(tape(picture, 1, delay=delay)) == 1
    return picture


def test_a_depth_row_of_the_next_second_closes_the_bar_with_the_book_before_it() -> None:
    picture = running()
    picture.on_depth(rows(1.9, 99, 100), at(1.9))
    (bar,) = picture.on_depth(rows(2.0, 105, 106), at(2.0))
    assert (bar.start, bar.bid, bar.ask) == (at(1), 99, 100)


def test_one_depth_record_may_close_a_bar_between_its_rows() -> None:
    picture = running()
    (bar,) = picture.on_depth(rows(1.9, 99, 100) + rows(2.1, 105, 106), at(2.1))
    assert bar.bid == 99
    (bar,) = tape(picture, 3.0)
    assert bar.bid == 105


def test_a_quote_closes_nothing_because_it_may_have_overtaken_prints() -> None:
    picture = running()
    picture.on_quote(Quote(MES, at(2.1), at(2.1), bid=99))
    assert tape(picture, 1.99) == []
    assert picture.bars.late == 0


def test_sparse_quotes_give_bid_and_ask_while_there_is_no_book() -> None:
    picture = running()
    picture.on_quote(Quote(MES, at(1.1), at(1.1), bid=99, ask=101))
    picture.on_quote(Quote(MES, at(1.2), at(1.2), ask=100))
    (bar,) = tape(picture, 2.0)
    assert (bar.bid, bar.ask, bar.bid_size, bar.ask_depth) == (99, 100, 0, 0)


def test_in_silence_a_bar_is_due_after_the_allowance_and_the_delay_of_the_line() -> None:
    picture = running(delay=30 * MILLISECOND)
    due = at(2) + 30 * MILLISECOND + ALLOWANCE
    assert picture.due == due
    assert picture.on_time(due - 1) == []
    (bar,) = picture.on_time(due)
    assert bar.start == at(1)
    assert picture.due == due + SECOND


def test_bars_of_data_delayed_by_minutes_close_by_its_own_stamps() -> None:
    delay = 900 * SECOND
    picture = running(delay)
    assert picture.due == at(2) + delay + ALLOWANCE
    assert picture.on_time(at(2) + delay) == []
    assert len(tape(picture, 2.0, delay=delay)) == 1
    assert len(picture.on_time(at(3) + delay + ALLOWANCE)) == 1
    assert picture.bars.start == at(3), "not at what our clock shows"


def test_a_clock_of_ours_that_is_behind_the_venue_closes_no_bar_late() -> None:
    assert running(delay=-2 * SECOND).due == at(0) + ALLOWANCE


def test_after_a_sleep_the_bars_jump_to_the_present() -> None:
    picture = running()
    (bar,) = picture.on_time(at(7_200.9))
    assert bar.start == at(1)
    assert picture.bars.start == at(7_200)


def test_one_wrong_stamp_of_the_future_does_not_stop_the_bars() -> None:
    picture = running()
    wrong = (Print(at(9_999), 100, 3, Side.SELL),)
    closed = picture.on_tape(wrong, at(1.5))
    assert picture.bars.start == at(1.5 + AHEAD // SECOND) // SECOND * SECOND
    closed += tape(picture, 1.6)
    for second in range(2, 12):
        closed += tape(picture, second)
    starts = [bar.start for bar in closed]
    assert starts == [at(second) for second in range(1, 11)]


def test_rows_stamped_in_the_future_are_applied_when_they_close_nothing() -> None:
    picture = running()
    picture.on_depth(rows(1.5, 99, 100), at(1.5))
    picture.on_tape((Print(at(9_000), 100, 1, Side.BUY),), at(1.5))
    assert picture.on_depth(rows(9_000, 97, 98), at(1.55)) == []
    (bar,) = tape(picture, 7.0)
    assert bar.bid == 97


def test_a_broken_stream_leaves_no_book_to_rely_on() -> None:
    picture = running()
    picture.on_depth(rows(1.2, 99, 100), at(1.2))
    picture.bars.resume(picture.on_break(), None)
    level = DepthRow(at(1.3), DepthKind.BID, 90, 5)
    picture.on_depth((level,), at(1.3))
    (bar,) = tape(picture, 2.0)
    assert (bar.bid, bar.bid_size) == (0, 0)
