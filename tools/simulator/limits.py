"""Rate windows of the venue (gateway.md 6), sliding, per user."""

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
    """Counts what was let through; a refused request does not count."""

    def __init__(self) -> None:
        self._times: dict[tuple[str, Window], deque[int]] = {}

    def allow(self, now: int, user: str, window: Window) -> bool:
        """Whether `user` may send one more request now."""
        times = self._times.setdefault((user, window), deque())
        while times and times[0] <= now - window.span:
            times.popleft()
        if len(times) >= window.most:
            return False
        times.append(now)
        return True
