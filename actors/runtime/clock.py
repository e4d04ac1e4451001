"""The only readings of time. Everything else is handed a Clock."""

import time
from collections.abc import Callable
from typing import TypeAlias

from messages.base import SECOND, Nanos

Clock: TypeAlias = Callable[[], Nanos]
"""Nanoseconds UTC; never runs backwards."""


LEAP: Nanos = SECOND
"""Wall time this far ahead of the performance counter means that the machine has slept."""


class LiveClock:
    """Wall time by the performance counter: steps of the system clock back do not show, and it
    never goes back. Where the counter stands still while the machine sleeps, wall time is caught up
    with at the first reading after.

    With an `epoch` the clock stands there at the wall time `wall` (`--epoch`). perf_counter is used
    because the other monotonic clocks tick at 15.6 ms on Windows.
    """

    def __init__(self, epoch: Nanos | None = None, wall: Nanos | None = None) -> None:
        now = time.time_ns()
        self._shift = 0 if epoch is None else epoch - (now if wall is None else wall)
        self._anchor = now + self._shift - time.perf_counter_ns()

    def __call__(self) -> Nanos:
        now = self._anchor + time.perf_counter_ns()
        behind = time.time_ns() + self._shift - now
        if behind < LEAP:
            return now
        self._anchor += behind
        return now + behind


class VirtualClock:
    """Time that passes only when told to."""

    def __init__(self, start: Nanos) -> None:
        self.now = start

    def __call__(self) -> Nanos:
        return self.now

    def advance(self, to: Nanos) -> None:
        if to < self.now:
            raise ValueError(f"virtual time cannot run back from {self.now} to {to}")
        self.now = to
