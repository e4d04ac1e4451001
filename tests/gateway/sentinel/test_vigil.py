"""When the engine counts as gone: seconds by hand."""

import pytest

from gateway.sentinel.vigil import ASLEEP_S, TICK_S, Vigil

SILENCE_S = 3.0


def looked(vigil: Vigil, since: float, until: float) -> list[float]:
    """What the sentinel has found at its looks, the last one at `until`."""
    steps = round((until - since) / TICK_S)
    found = [vigil.look(since + step * TICK_S) for step in range(1, steps + 1)]
    return [silent for silent in found if silent is not None]


def test_silence_counts_from_the_newest_beat_and_is_too_long_at_its_limit() -> None:
    vigil = Vigil(100.0, SILENCE_S)
    assert looked(vigil, 100.0, 102.0) == []
    vigil.heard(102.0)
    assert looked(vigil, 102.0, 104.75) == []
    assert looked(vigil, 104.75, 105.25) == [3.0, 3.25]


def test_an_engine_that_never_says_anything_is_silent_from_the_start() -> None:
    assert looked(Vigil(100.0, SILENCE_S), 100.0, 103.0) == [3.0]


@pytest.mark.parametrize("asleep", [ASLEEP_S, 5.0, 8 * 3600.0])
def test_after_the_machine_slept_the_engine_has_the_whole_time_anew(asleep: float) -> None:
    vigil = Vigil(100.0, SILENCE_S)
    assert looked(vigil, 100.0, 102.75) == []
    woken = 102.75 + asleep
    assert vigil.look(woken) is None
    assert looked(vigil, woken, woken + 2.75) == []
    assert looked(vigil, woken + 2.75, woken + 3.0) == [3.0]


def test_a_look_that_is_a_little_late_is_no_sleep() -> None:
    vigil = Vigil(100.0, SILENCE_S)
    for at in (100.75, 101.5, 102.25, 102.99):
        assert vigil.look(at) is None
    assert vigil.look(103.9) == pytest.approx(3.9)
