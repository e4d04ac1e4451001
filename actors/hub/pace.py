"""When to give up a connection that is no good, and how soon the next. Pure."""

from messages.base import SECOND, Nanos

TWICE = 2
"""Bad heartbeats in a row that give a connection up: one may be chance."""
FIRST, MOST = 10 * SECOND, 40 * SECOND
"""Between two connections given up: doubling, so that a venue that stays bad is not hammered. No
longer, because a connection that has healed must be found within 60 s (RECOVERS).
"""
PROVEN = 120 * SECOND
"""Health for this long ends the doubling: the slowest stream takes 90 s to be called stopped."""


class Pace:
    """Told of every heartbeat of an open connection."""

    def __init__(self) -> None:
        self._bad = 0
        self._times = 0
        self._not_before: Nanos = 0
        self._good_since: Nanos | None = None

    def judge(self, good: bool, now: Nanos) -> bool:
        """Whether the connection is to be given up now; if so, that counts as done."""
        if good:
            self._bad = 0
            self._good_since = now if self._good_since is None else self._good_since
            if now - self._good_since >= PROVEN:
                self._times = 0
            return False
        self._good_since = None
        self._bad += 1
        if self._bad < TWICE or now < self._not_before:
            return False
        self._not_before = now + min(MOST, FIRST << self._times)
        self._times += 1
        self._bad = 0
        return True

    def anew(self) -> None:
        """Another connection: what was bad about the former does not count against it."""
        self._bad = 0
        self._good_since = None
