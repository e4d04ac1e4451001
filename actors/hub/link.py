"""One hub connection's state: what to do when it opens, fails, falls silent. Pure."""

from enum import Enum, auto
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
)

STEADY = 10 * SECOND
"""A connection that lived this long was a good one: the next failure counts as the first."""


class State(Enum):
    DOWN = auto()
    """Not opened yet, or given up; of the latter the HubLost is under way."""
    WAITING = auto()
    """Its reminder will open it."""
    HELD = auto()
    """Dropped: whoever did so opens it, and what its former life still says does not count."""
    CONNECTING = auto()
    OPEN = auto()


class Link:
    """`silence` is how long an open connection may be without any frame: the server pings every 15
    s at least.
    """

    def __init__(self, hub: Hub, silence: Nanos) -> None:
        self.hub = hub
        self.state = State.DOWN
        self.failures = 0
        self._silence = silence
        self._number = 0
        self._opened_at: Nanos = 0

    @property
    def open(self) -> bool:
        return self.state is State.OPEN

    def connect(self) -> list[Effect]:
        if self.state in (State.CONNECTING, State.OPEN):
            return []
        self.state = State.CONNECTING
        return [OpenHub(self.hub)]

    def opened(self, opened: HubOpened, now: Nanos) -> None:
        """Also unasked: a second connection may outlive the first during a refresh."""
        if self.state is State.HELD:
            return
        self.state = State.OPEN
        self._number = opened.number
        self._opened_at = now

    def refreshed(self, refreshed: HubRefreshed) -> None:
        """Another connection has taken the place of the open one."""
        if self.open:
            self._number = refreshed.number

    def concerned(self, lost: HubLost) -> bool:
        """Whether it is the present connection or attempt that has ended, and not one that has been
        given up before.
        """
        if self.state is State.CONNECTING:
            return lost.number == 0
        return self.state in (State.DOWN, State.OPEN) and lost.number == self._number

    def lost(self, lost: HubLost, now: Nanos, rng: Random) -> list[Effect]:
        if not self.concerned(lost):
            return []
        if lost.number and now - self._opened_at >= STEADY:
            self.failures = 0
        self.state = State.WAITING
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
        self.state = State.DOWN
        return [CloseHub(self.hub), HubLost(self.hub, self._number, reason, Loss.GIVEN_UP)]

    def dropped(self, reason: str) -> list[Effect]:
        """End whatever there is, an attempt too, and leave the next opening to the caller."""
        said = self.give_up(reason) or [CloseHub(self.hub)]
        self.state = State.HELD
        return said

    def logged_out(self) -> list[Effect]:
        """As `dropped`, for the connection whose HubLost has been said already."""
        self.state = State.HELD
        return [CloseHub(self.hub)]
