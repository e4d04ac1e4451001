"""Time runs on through clock steps and sleep, and never back."""

import time

import pytest

from actors.runtime.clock import LEAP, LiveClock, VirtualClock
from messages.base import SECOND


class Machine:
    """The two clocks of a machine, under the test's control."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall = 1_700_000_000 * SECOND
        self.counter = 5 * SECOND
        monkeypatch.setattr(time, "time_ns", lambda: self.wall)
        monkeypatch.setattr(time, "perf_counter_ns", lambda: self.counter)

    def pass_time(self, counter: int, wall: int) -> None:
        self.counter += counter
        self.wall += wall


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_it_starts_at_wall_time_and_follows_the_counter(machine: Machine) -> None:
    clock = LiveClock()
    assert clock() == machine.wall
    machine.pass_time(counter=7, wall=0)
    assert clock() == machine.wall + 7


@pytest.mark.parametrize("step", [-3600 * SECOND, LEAP - 8])
def test_a_step_of_the_system_clock_does_not_show(machine: Machine, step: int) -> None:
    clock = LiveClock()
    before = clock()
    machine.pass_time(counter=7, wall=7 + step)
    assert clock() == before + 7


def test_a_sleep_that_the_counter_missed_is_caught_up_with(machine: Machine) -> None:
    clock = LiveClock()
    before = clock()
    machine.pass_time(counter=7, wall=3600 * SECOND)
    assert clock() == before + 3600 * SECOND
    machine.pass_time(counter=5, wall=5)
    assert clock() == before + 3600 * SECOND + 5


def test_with_an_epoch_it_stands_there_at_the_given_wall_time(machine: Machine) -> None:
    clock = LiveClock(epoch=1_000 * SECOND, wall=machine.wall - 2 * SECOND)
    assert clock() == 1_002 * SECOND


def test_virtual_time_cannot_run_back() -> None:
    clock = VirtualClock(10)
    clock.advance(12)
    with pytest.raises(ValueError, match="cannot run back from 12 to 11"):
        clock.advance(11)
