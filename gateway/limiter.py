"""The venue's request budgets (gateway.md 6) as sliding windows, split so that exits always have
room.
"""

from collections import deque
from enum import Enum

from messages.base import MILLISECOND, SECOND, Nanos

MARGIN: Nanos = 250 * MILLISECOND
"""The venue counts arrivals, we count departures: the windows are that much longer."""


class Lane(Enum):
    """What a request is for; it decides how far into the common budget the request may go."""

    LOOKUP = "lookup"
    """Routine: it can be asked again later."""
    ENTRY = "entry"
    URGENT = "urgent"
    """What a way out has to know, and a new token."""
    EXIT = "exit"
    """A cancel, a close, a protective stop."""
    BARS = "bars"


GENERAL = 60 * SECOND + MARGIN
CEILINGS = {Lane.LOOKUP: 100, Lane.ENTRY: 140, Lane.URGENT: 180, Lane.EXIT: 190}
"""How many of the 200 in 60 s may be used up before a lane has to wait.

The engine's 140 and the reserve of 60 for the ways to flat (design.md 5). Routine look-ups stop
first, because trouble is when they multiply; urgent ones leave ten for the exits that they are made
for; the last ten are the emergency lane's, which asks nobody, but whose requests count.
"""

HISTORY = 30 * SECOND + MARGIN
BARS = 50


class Limiter:
    """Counts what left. Not thread-safe: its owner serialises the calls."""

    def __init__(self) -> None:
        self._general: deque[Nanos] = deque()
        self._history: deque[Nanos] = deque()

    def permit(self, lane: Lane, now: Nanos) -> Nanos:
        """0: granted, and counted as leaving now. Otherwise nothing is counted; ask again in so
        many ns.
        """
        if lane is Lane.BARS:
            return _admit(self._history, HISTORY, BARS, now)
        return _admit(self._general, GENERAL, CEILINGS[lane], now)

    def record(self, now: Nanos) -> None:
        """Count a request that leaves without asking: the emergency lane's."""
        self._general.append(now)


def _admit(left: deque[Nanos], window: Nanos, ceiling: int, now: Nanos) -> Nanos:
    while left and left[0] <= now - window:
        left.popleft()
    if len(left) < ceiling:
        left.append(now)
        return 0
    return left[len(left) - ceiling] + window - now
