"""Rate windows of the venue (gateway.md 6), per user."""

from collections import deque
from dataclasses import dataclass

from tools.simulator.stamps import SECOND


@dataclass(frozen=True)
class Window:
    """At most `most` requests in any `span` ns."""

    most: int
    span: int


HISTORY = Window(50, 30 * SECOND)
OTHERS = Window(200, 60 * SECOND)


class Limits:
    """Counts what was let through; a refused request does not count.

    `fixed`: a window begins at each whole multiple of its span, not at a request.
    """

    def __init__(self, *, fixed: bool = False) -> None:
        self._fixed = fixed
        self._times: dict[tuple[str, Window], deque[int]] = {}

    def wait(self, now: int, user: str, window: Window) -> int:
        """0 where `user` may send one more request now, else the ns until one may be sent."""
        times = self._times.setdefault((user, window), deque())
        while times and self._ends(times[0], window) <= now:
            times.popleft()
        if len(times) >= window.most:
            return self._ends(times[0], window) - now
        times.append(now)
        return 0

    def _ends(self, at: int, window: Window) -> int:
        """When a request sent at `at` no longer counts."""
        return (at - at % window.span if self._fixed else at) + window.span
