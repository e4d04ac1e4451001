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

    ENTRY = "entry"
    LOOKUP = "lookup"
    EXIT = "exit"
    BARS = "bars"


GENERAL = 60 * SECOND + MARGIN
CEILINGS = {Lane.ENTRY: 140, Lane.LOOKUP: 180, Lane.EXIT: 200}
"""Of 200 in 60 s: everything but exits and their look-ups stops at 140, look-ups at 180."""

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


def _admit(left: deque[Nanos], window: Nanos, ceiling: int, now: Nanos) -> Nanos:
    while left and left[0] <= now - window:
        left.popleft()
    if len(left) < ceiling:
        left.append(now)
        return 0
    return left[len(left) - ceiling] + window - now
