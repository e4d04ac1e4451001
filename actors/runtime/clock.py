"""The only readings of time. Everything else is handed a Clock."""

import time
from collections.abc import Callable
from typing import TypeAlias

from messages.base import Nanos

Clock: TypeAlias = Callable[[], Nanos]
"""Nanoseconds UTC; never runs backwards."""


def live_clock(epoch: Nanos | None = None, wall: Nanos | None = None) -> Clock:
    """Wall time anchored once to the performance counter, so that steps of the system clock do not
    show. With an `epoch` the clock stands there at the wall time `wall` (`--epoch`).

    perf_counter is used because the other monotonic clocks tick at 15.6 ms on Windows.
    """
    now = time.time_ns()
    shift = 0 if epoch is None else epoch - (now if wall is None else wall)
    anchor = now + shift - time.perf_counter_ns()
    return lambda: anchor + time.perf_counter_ns()


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
