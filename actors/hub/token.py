"""The session token: when it is renewed, and the alarm while that fails. Pure."""

from actors.runtime.effect import After, Effect
from messages.base import SECOND, Nanos
from messages.control import Alarm, AlarmCleared, AlarmKind, RenewDue
from messages.hub import RenewToken, TokenFailed, TokenRenewed

BEFORE = 3_600 * SECOND
"""How long before its expiry (24 h after issue) a token is renewed: time for 60 attempts, and for a
moment without a position in which the hubs change over to it.
"""
AGAIN = 60 * SECOND
"""After a renewal that failed; also the shortest time between two by the clock."""
PATIENCE = 30 * SECOND
"""A renewal without an answer is given up: three attempts of 5 s, and their pauses."""


class Token:
    """`expires` in ns UTC. `doubted`: a predecessor's alarm may stand, so the first renewal clears
    it.
    """

    def __init__(self, expires: Nanos, doubted: bool = False) -> None:
        self.expires = expires
        self.failing = False
        self._doubted = doubted
        self._due: Nanos = 0
        self._asked: Nanos | None = None
        self._refused = 0

    def renewing(self, now: Nanos) -> bool:
        return self._asked is not None and now - self._asked < PATIENCE

    def later(self, now: Nanos) -> list[Effect]:
        """The reminder of the next renewal: an hour before the expiry, half-way to it where less
        than that is left.
        """
        left = self.expires - now
        return self._remind(now, left - BEFORE if left > BEFORE else left // 2)

    def due(self, now: Nanos) -> list[Effect]:
        """A reminder has come; only the newest one counts."""
        return self.renew(now) if now >= self._due else []

    def renew(self, now: Nanos, fresh: bool = False) -> list[Effect]:
        """Ask for a renewal, unless one is under way; a fresh one is asked for all the same."""
        if self.renewing(now) and not fresh:
            return []
        self._asked = now
        return [RenewToken(fresh)]

    def refused(self, now: Nanos) -> list[Effect]:
        """A hub does not take the token. One that was renewed and is refused again is bought anew:
        the venue may call good what its hubs do not take.
        """
        if self.renewing(now):
            return []
        self._refused += 1
        return self.renew(now, fresh=self._refused > 1)

    def accepted(self) -> None:
        """A hub has opened with it."""
        self._refused = 0

    def renewed(self, renewed: TokenRenewed, now: Nanos) -> list[Effect]:
        self.expires = renewed.expires
        self._asked = None
        cleared: list[Effect] = []
        if self.failing or self._doubted:
            self.failing = self._doubted = False
            cleared.append(AlarmCleared(AlarmKind.AUTHENTICATION, "token"))
        return [*cleared, *self.later(now)]

    def failed(self, failed: TokenFailed, now: Nanos) -> list[Effect]:
        self.failing = True
        self._asked = None
        alarm = Alarm(AlarmKind.AUTHENTICATION, "token", failed.reason)
        return [alarm, *self._remind(now, AGAIN)]

    def _remind(self, now: Nanos, delay: Nanos) -> list[Effect]:
        delay = max(AGAIN, delay)
        self._due = now + delay
        return [After(delay, RenewDue())]
