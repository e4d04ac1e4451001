"""The bars that a prediction needs: cold, warm, over a gap, and with the past put in front."""

import pytest

from actors.model.window import Window
from messages.base import SECOND
from messages.decision import ModelRefusal
from messages.market import Bar
from models.features import LIVE, PAST

T = 1_790_000_000 * SECOND


def live(second: int, close: int = 100) -> Bar:
    start = T + second * SECOND
    prices = (close,) * 4
    return Bar(start, start + SECOND, *prices, 3, 2, 1, 2, 300, close, close + 1, 5, 5, 9, 9)


def past(second: int, close: int = 100) -> Bar:
    start = T + second * SECOND
    return Bar(start, start + SECOND, close, close, close, close, 7)


@pytest.fixture
def window() -> Window:
    return Window()


def add(window: Window, seconds: range) -> list[ModelRefusal | None]:
    return [window.add(live(second)) for second in seconds]


def test_without_a_past_it_is_cold_until_the_whole_window_has_been_lived(window: Window) -> None:
    answers = add(window, range(PAST + 2))
    assert answers == [ModelRefusal.COLD_WINDOW] * (PAST - 1) + [None] * 3


def test_with_a_past_seventeen_live_bars_are_enough(window: Window) -> None:
    window.warm([past(second) for second in range(-300, 0)])
    answers = add(window, range(LIVE + 1))
    assert answers == [ModelRefusal.COLD_WINDOW] * (LIVE - 1) + [None] * 2


def test_a_past_that_arrives_late_goes_in_front_of_the_live_bars(window: Window) -> None:
    add(window, range(5))
    window.warm([past(second, 50) for second in range(-300, 3)])
    assert [bar.close for bar in window.bars] == [50] * (PAST - 5) + [100] * 5
    assert window.known == 5


def test_silent_seconds_of_the_past_are_bridged_at_the_last_close(window: Window) -> None:
    window.warm([past(-9, 90), past(-5, 95)])
    window.add(live(0))
    assert [bar.close for bar in window.bars] == [90] * 4 + [95] * 5 + [100]
    assert all(a.end == b.start for a, b in zip(window.bars, list(window.bars)[1:], strict=False))


def test_a_live_gap_is_told_and_then_needs_seventeen_live_bars(window: Window) -> None:
    add(window, range(PAST))
    assert window.add(live(PAST + 1)) is ModelRefusal.GAP
    answers = add(window, range(PAST + 2, PAST + 1 + LIVE))
    assert answers == [ModelRefusal.COLD_WINDOW] * (LIVE - 2) + [None]


def test_after_a_gap_longer_than_the_bridge_nothing_old_is_left(window: Window) -> None:
    add(window, range(PAST))
    assert window.add(live(PAST + 61)) is ModelRefusal.GAP
    assert len(window.bars) == 1


def test_a_hole_of_a_minute_is_bridged(window: Window) -> None:
    add(window, range(PAST))
    assert window.add(live(PAST + 60, 107)) is ModelRefusal.GAP
    assert [bar.close for bar in window.bars] == [100] * (PAST - 1) + [107]


def test_a_bar_from_before_the_newest_is_a_gap(window: Window) -> None:
    add(window, range(PAST))
    assert window.add(live(PAST - 1)) is ModelRefusal.GAP
    assert len(window.bars) == 1


def test_a_bar_without_a_book_is_nothing_to_predict_from(window: Window) -> None:
    answers = [window.add(past(second)) for second in range(2 * PAST)]
    assert set(answers) == {ModelRefusal.NO_BOOK}


def test_the_venue_s_bars_keep_the_window_as_the_past_does(window: Window) -> None:
    add(window, range(PAST))
    gap = range(PAST, PAST + 60)
    answers = [window.add(past(second), degraded=True) for second in gap]
    assert set(answers) == {ModelRefusal.DEGRADED}
    back = add(window, range(PAST + 60, PAST + 60 + LIVE + 1))
    assert back == [ModelRefusal.COLD_WINDOW] * (LIVE - 1) + [None] * 2


def test_bars_told_again_warm_a_window_at_once(window: Window) -> None:
    window.warm([live(second) for second in range(PAST)])
    assert window.add(live(PAST)) is None
