"""GatewayLogout: another session of the same user, or the venue's maintenance. Pure.

The answer that is known to work (gateway.md 7.7): drop both hubs, log in afresh, wait 2 s times the
attempt, open the market hub and then the user hub; after about five in two minutes two sessions are
fighting, and this one stops.
"""

from collections import deque

from messages.base import SECOND, Nanos
from messages.control import Alarm, AlarmKind

STEP = 2 * SECOND
LONGEST = 30 * SECOND
FIGHT = 5
WITHIN = 120 * SECOND


class Logouts:
    """`until`: no hub is opened before. `fighting`: none is opened any more."""

    def __init__(self) -> None:
        self.until: Nanos = 0
        self.fighting = False
        self._heard: deque[Nanos] = deque()

    def heard(self, now: Nanos) -> Nanos:
        """One more: how long to wait before the hubs are opened again."""
        self._heard.append(now)
        while self._heard[0] <= now - WITHIN:
            self._heard.popleft()
        self.fighting = len(self._heard) >= FIGHT
        wait = min(LONGEST, STEP * len(self._heard))
        self.until = now + wait
        return wait

    def alarm(self) -> Alarm:
        words = (
            f"logged out {len(self._heard)} times in {WITHIN // SECOND} s: another session of this"
            " user is fighting for the connection: close the web platform or the other bot, then"
            " start again"
        )
        heard = len(self._heard)
        return Alarm(AlarmKind.SESSION_CONFLICT, "user", words, heard, FIGHT, "logouts")
