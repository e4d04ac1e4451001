"""Prints summed once for several frames."""

from actors.bar.timeframes.frames import Frames
from actors.bar.timeframes.run import Run
from actors.bar.timeframes.timed import TimedBars
from config.timeframe import parse
from messages.base import SECOND, Nanos
from messages.market import Bar, Print, Side, Tape

T = 1_789_999_800 * SECOND  # where bars of five minutes begin


def seconds(*prints: tuple[float, int, int]) -> list[tuple[Nanos, int, int]]:
    """Stamps, prices and sizes, by the second after T."""
    return [(T + round(at * SECOND), price, size) for at, price, size in prints]


def test_frames_have_a_run_in_order_once_they_share_it() -> None:
    frames = [TimedBars(parse("1min")), TimedBars(parse("5min"))]
    alone = [TimedBars(parse("1min")), TimedBars(parse("5min"))]
    run = Run(frames)
    for stamp, price, size in seconds((1, 100, 1), (2, 103, 2), (3, 98, 3), (3, 99, 4)):
        run.add(stamp, price, size, size, price * size)
        for each in alone:
            each.add(stamp, price, size, size, price * size)
    assert [each.newest.volume for each in frames] == [1, 1]
    run.share()
    assert [each.newest.bar() for each in frames] == [each.newest.bar() for each in alone]
    run.share()
    assert [each.newest.volume for each in frames] == [10, 10]


def told(*prints: tuple[float, int, int]) -> list[tuple[str, int, int, int, int, int, int]]:
    """Timeframe, open, high, low, close, volume and revision of all bars, one print a message."""
    frames, found = Frames(map(parse, ("1min", "5min"))), []
    for stamp, price, size in seconds(*prints):
        found += frames.on_tape(Tape("MES", stamp, (Print(stamp, price, size, Side.BUY),)))
    return [(str(one.timeframe), *ohlcv(one.bar), one.revision) for one in found + frames.end()]


def ohlcv(bar: Bar) -> tuple[int, int, int, int, int]:
    return bar.open, bar.high, bar.low, bar.close, bar.volume


def test_a_print_from_before_the_newest_moves_no_close_and_those_after_it_do() -> None:
    assert told((5, 100, 1), (7, 101, 1), (6, 90, 1), (6.5, 110, 1), (7, 105, 1)) == [
        ("1min", 100, 110, 90, 105, 5, 0),
        ("5min", 100, 110, 90, 105, 5, 0),
    ]


def test_a_run_ends_with_the_bar_of_any_frame() -> None:
    assert told((58, 100, 1), (59, 101, 2), (60.1, 102, 4), (59.9, 90, 8), (60.2, 103, 16)) == [
        ("1min", 100, 101, 90, 90, 11, 0),
        ("1min", 102, 103, 102, 103, 20, 0),
        ("5min", 100, 103, 90, 103, 31, 0),
    ]


def test_a_bar_in_place_of_prints_comes_after_the_run_before_it() -> None:
    frames = Frames(map(parse, ("1min", "5min")))
    prints = [Print(*one, Side.BUY) for one in seconds((1, 100, 1), (2, 103, 2), (3, 102, 3))]
    frames.on_tape(Tape("MES", T, tuple(prints)))
    frames.on_bar(Bar(T + 10 * SECOND, T + 11 * SECOND, 99, 99, 98, 98, 4))
    assert [ohlcv(one.bar) for one in frames.end()] == [(100, 103, 98, 98, 10)] * 2
