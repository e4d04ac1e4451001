"""How fast the room may go on asking and closing: the venue's request budget must outlast any
trouble. Pure.
"""

from collections import deque

from messages.base import MILLISECOND, SECOND, Nanos
from messages.order import NO_BUDGET, QueryFailed

WINDOW = 60 * SECOND
EASY = 40
"""Requests in the window up to which nothing is delayed: seven exits."""
THIN = 90
"""From here on each round waits `SLOWEST`."""
SLOWEST = 1_200 * MILLISECOND
"""Less than a position may stand uncovered (2 s), and twice that less than a flatten may take
(3 s).
"""


TRIES = 3
"""A routine look-up is tried so often before it fails (api.query_attempts), an urgent one once."""
FREE = frozenset({"QueryBars"})
"""What has a budget of its own."""


class Pace:
    """Counts the requests that the room knows of, for all contracts: its own, and the look-ups of
    other rooms, whose answers and failures it hears too.

    An exit makes about six. Somebody else who goes on opening positions would have the budget of
    200 a minute used up in half a minute at full speed; a round of two every `SLOWEST` takes about
    100 a minute, for as long as it may last.
    """

    def __init__(self) -> None:
        self._made: deque[Nanos] = deque()

    def count(self, requests: int, now: Nanos) -> None:
        self._made.extend([now] * requests)

    def failed(self, failed: QueryFailed, now: Nanos) -> None:
        """A look-up that has failed has cost as much as one that was answered, or more."""
        if failed.code != NO_BUDGET and failed.query not in FREE:
            self.count(1 if failed.urgent else TRIES, now)

    def delay(self, now: Nanos) -> Nanos:
        """How long the next round is to be put off."""
        while self._made and self._made[0] <= now - WINDOW:
            self._made.popleft()
        over = min(len(self._made), THIN) - EASY
        return max(0, over) * SLOWEST // (THIN - EASY)
