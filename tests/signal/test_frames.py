"""What a strategy sees of bars beside those of one second."""

import pytest

from actors.signal.desk import Desk
from actors.signal.frames import MOST, Frames
from actors.signal.strategy import View
from config.schema import Signal as Rules
from messages.base import SECOND
from messages.decision import NoSignal
from messages.market import Bar, FrameClosed, PastFrames
from tests.signal.bench import MES, NOW, bar, nothing


def made(number: int, volume: int = 1, width: int = 60) -> Bar:
    start = NOW + number * width * SECOND
    return Bar(start, start + width * SECOND, 1, 1, 1, 1, volume)


def closed(number: int, volume: int = 1, revision: int = 0, timeframe: str = "1min") -> FrameClosed:
    return FrameClosed(MES.id, timeframe, made(number, volume), revision)


def volumes(frames: Frames, timeframe: str = "1min") -> list[int]:
    return [one.volume for one in frames.bars[timeframe]]


def test_bars_come_in_order_and_a_correction_replaces() -> None:
    frames = Frames(("1min",))
    for number in range(3):
        frames.closed(closed(number, number + 1))
    frames.closed(closed(1, 20, revision=1))
    assert volumes(frames) == [1, 20, 3]


def test_a_bar_of_a_period_that_had_none_takes_its_place() -> None:
    frames = Frames(("1min",))
    frames.closed(closed(0, 1))
    frames.closed(closed(2, 3))
    frames.closed(closed(1, 2, revision=1))
    assert volumes(frames) == [1, 2, 3]


def test_counted_bars_may_share_a_stamp() -> None:
    frames = Frames(("1tick",))
    frames.closed(closed(0, 1, timeframe="1tick"))
    frames.closed(closed(0, 2, timeframe="1tick"))
    assert volumes(frames, "1tick") == [1, 2]


def test_the_past_takes_the_place_of_everything_and_only_the_newest_are_kept() -> None:
    frames = Frames(("1min",))
    frames.closed(closed(5, 9))
    frames.past(PastFrames(MES.id, "1min", tuple(made(n, n) for n in range(MOST + 7))))
    assert volumes(frames) == list(range(7, MOST + 7))
    frames.closed(closed(MOST + 7, 5))
    assert len(frames.bars["1min"]) == MOST


class Looks:
    """A strategy that keeps its views."""

    def __init__(self) -> None:
        self.views: list[View] = []

    def decide(self, view: View) -> NoSignal:
        self.views.append(view)
        return view.nothing()


def test_a_view_has_the_bars_of_its_moment_by_any_spelling() -> None:
    looks = Looks()
    desk = Desk(MES.id, looks, Rules(), ("1min", "1hr"))
    desk.frames.closed(closed(0, 1))
    for number in range(2):
        desk.closed(bar(number), True)
        desk.predicted(nothing(number), True)
        desk.frames.closed(closed(1, 2))
    first, second = looks.views
    assert [one.volume for one in first.bars("1 minute")] == [1]
    assert [one.volume for one in second.bars("1min")] == [1, 2]
    assert first.bars("1hr") == ()
    with pytest.raises(LookupError, match=r"5min is not among trading.timeframes \(1min, 1hr\)"):
        first.bars("5min")
