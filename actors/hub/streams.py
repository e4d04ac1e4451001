"""One stream of a hub: whether it moves, how old its newest record is, its rate and its lag.
Pure.
"""

from collections import deque

from messages.base import SECOND, Nanos
from messages.hub import StreamHealth, StreamState

MOVES = 5 * SECOND
"""A stream whose newest record is younger than this moves."""
RATED = 10 * SECOND
"""The time over which a rate is taken."""
SETTLES = 2 * SECOND
"""Records that come this soon after an opening may repeat what is, under the stamp of when it came
to be: they tell nothing of a delay.
"""
LAGS = 300 * SECOND
"""The least delay is that of the last one to two of these."""


class Lag:
    """By how much the newest record was later than the earliest of late.

    A delay is receipt less the venue's stamp: it holds the difference of the two clocks too, which
    the least of the delays takes out.
    """

    def __init__(self) -> None:
        self.newest: Nanos = 0
        self._turn: Nanos = 0
        self._previous: Nanos | None = None
        self._present: Nanos | None = None

    def note(self, received: Nanos, stamp: Nanos) -> None:
        delay = received - stamp
        if self._present is None or received >= self._turn:
            self._turn = received + LAGS
            self._previous, self._present = self._present, delay
        self._present = min(self._present, delay)
        known = self._present if self._previous is None else min(self._previous, self._present)
        self.newest = delay - known


class Gauge:
    """`stops`: the age at which the stream counts as stopped; None where any silence is normal."""

    def __init__(self, name: str, stops: Nanos | None) -> None:
        self.name = name
        self._stops = stops
        self._began: Nanos = 0
        self._received: Nanos = 0
        self._lag = Lag()
        self._counts: deque[tuple[Nanos, int]] = deque()

    def begin(self, now: Nanos) -> None:
        """A connection, or the market, has opened."""
        self._began = now

    def note(self, now: Nanos, count: int, received: Nanos, stamp: Nanos) -> None:
        """Take in a measurement: records so far; the newest one's receipt and the venue's stamp (0:
        unknown).
        """
        if self._counts and count != self._counts[-1][1]:
            if received and stamp and received - self._began >= SETTLES:
                self._lag.note(received, stamp)
            self._received = received or now
        elif received > self._received:
            self._received = received
        self._counts.append((now, count))
        while self._counts[0][0] < now - RATED:
            self._counts.popleft()

    def health(self, now: Nanos, is_open: bool, expected: bool) -> StreamHealth:
        """`expected`: whether the market is open, so that there is something to stop."""
        newest = max(self._received, self._began)
        age = max(0, now - newest) if newest else 0
        state = self._state(age, expected) if is_open else StreamState.OFF
        lag = self._lag.newest if state is StreamState.MOVING else 0
        return StreamHealth(self.name, state, age, self._rate(), lag)

    def _state(self, age: Nanos, expected: bool) -> StreamState:
        if age < MOVES:
            return StreamState.MOVING
        stopped = expected and self._stops is not None and age >= self._stops
        return StreamState.STOPPED if stopped else StreamState.QUIET

    def _rate(self) -> float:
        if not self._counts:
            return 0.0
        (began, before), (ended, after) = self._counts[0], self._counts[-1]
        return round((after - before) * SECOND / (ended - began), 3) if ended > began else 0.0
