"""One hub connection's state: what to do when it opens, fails, falls silent. Pure."""

from random import Random

from actors.hub.backoff import backoff
from actors.runtime.effect import After, Effect
from messages.base import SECOND, Nanos
from messages.control import ReconnectDue
from messages.hub import (
    CloseHub,
    Hub,
    HubActivity,
    HubLost,
    HubOpened,
    HubRefreshed,
    Loss,
    OpenHub,
    RefreshHub,
)

STEADY = 10 * SECOND
"""A connection that lived this long was a good one: the next failure counts as the first."""


class Link:
    """`silence` is how long an open connection may be without any frame: the server pings every 15
    s at least.
    """

    def __init__(self, hub: Hub, silence: Nanos) -> None:
        self.hub = hub
        self.open = False
        self.failures = 0
        self._silence = silence
        self._number = 0
        self._opened_at: Nanos = 0
        self._waiting = False

    def connect(self) -> list[Effect]:
        self._waiting = False
        return [] if self.open else [OpenHub(self.hub)]

    def opened(self, opened: HubOpened, now: Nanos) -> None:
        self.open = True
        self._number = opened.number
        self._opened_at = now

    def refresh(self) -> list[Effect]:
        """Change over to a connection with the current token."""
        return [RefreshHub(self.hub)] if self.open else []

    def refreshed(self, refreshed: HubRefreshed) -> None:
        """Another connection has taken the place of the open one."""
        if self.open:
            self._number = refreshed.number

    def lost(self, lost: HubLost, now: Nanos, rng: Random) -> list[Effect]:
        if lost.number and lost.number != self._number:
            return []  # the end of a connection that has been given up already
        if lost.number and now - self._opened_at >= STEADY:
            self.failures = 0
        self.open = False
        if self._waiting:
            return []
        self._waiting = True
        delay = backoff(self.failures, rng)
        self.failures += 1
        return [After(delay, ReconnectDue(self.hub))]

    def measured(self, activity: HubActivity, now: Nanos) -> list[Effect]:
        """Give up a connection that has gone silent."""
        silent = now - max(activity.last_frame, self._opened_at)
        if not self.open or silent < self._silence:
            return []
        return self.give_up(f"no frame for {silent / SECOND:.1f} s")

    def give_up(self, reason: str) -> list[Effect]:
        """End an open connection that is of no use: from here on it is lost, to everyone."""
        if not self.open:
            return []
        self.open = False
        return [CloseHub(self.hub), HubLost(self.hub, self._number, reason, Loss.GIVEN_UP)]
