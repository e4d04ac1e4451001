"""How fast the room may go on asking and closing: the venue's request budget must outlast any
trouble. Pure.
"""

from collections import deque

from messages.base import MILLISECOND, SECOND, Nanos

WINDOW = 60 * SECOND
EASY = 40
"""Requests in the window up to which nothing is delayed: seven exits."""
THIN = 90
"""From here on each round waits `SLOWEST`."""
SLOWEST = 1_200 * MILLISECOND
"""Less than a position may stand uncovered (2 s), and twice that less than a flatten may take
(3 s).
"""


class Pace:
    """Counts the requests that the room knows of, for all contracts: its own, and the look-ups of
    other rooms, whose answers it hears too.

    An exit makes about six. Somebody else who goes on opening positions would have the budget of
    200 a minute used up in half a minute at full speed; a round of two every `SLOWEST` takes about
    100 a minute, for as long as it may last.
    """

    def __init__(self) -> None:
        self._made: deque[Nanos] = deque()

    def count(self, requests: int, now: Nanos) -> None:
        self._made.extend([now] * requests)

    def delay(self, now: Nanos) -> Nanos:
        """How long the next round is to be put off."""
        while self._made and self._made[0] <= now - WINDOW:
            self._made.popleft()
        over = min(len(self._made), THIN) - EASY
        return max(0, over) * SLOWEST // (THIN - EASY)
