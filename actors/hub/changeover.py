"""The change of open connections to a renewed token: one after the other, while flat if that can
be. Pure.

A live SignalR connection outlives its token, and what a venue does at its expiry nobody documents
(gateway.md 7.7), so each hub is moved to a connection with the new token in good time.
"""

from collections.abc import Iterable

from actors.runtime.effect import Effect
from messages.base import SECOND, Nanos
from messages.control import Alarm, AlarmCleared, AlarmKind
from messages.hub import Hub, RefreshFailed, RefreshHub
from messages.position import PositionChanged

MARGIN = 600 * SECOND
"""How long before the old token's expiry a position is no reason to wait any more."""
AGAIN = 60 * SECOND
"""After a change that failed, or that nobody answered."""


class Changeover:
    def __init__(self) -> None:
        self._owed: dict[Hub, Nanos] = {}
        """The hubs still to change, in order, and when each may be tried at the earliest."""
        self._by: Nanos = 0
        self._busy: Hub | None = None
        self._free: Nanos = 0
        """When a change that is under way counts as unanswered."""
        self._held: set[str] = set()
        self._alarmed: set[Hub] = set()

    def owe(self, hubs: Iterable[Hub], expires: Nanos) -> None:
        """These open hubs have the token that expires then, and there is a newer one."""
        self._owed = dict.fromkeys(hubs, 0)
        self._by = expires - MARGIN

    def position(self, change: PositionChanged) -> None:
        if change.size:
            self._held.add(change.contract)
        else:
            self._held.discard(change.contract)

    def step(self, now: Nanos) -> list[Effect]:
        """The next change, if its time has come."""
        if self._busy is not None and now < self._free:
            return []
        if self._held and now < self._by:
            return []
        for hub, earliest in self._owed.items():
            if now >= earliest:
                self._busy, self._free = hub, now + AGAIN
                return [RefreshHub(hub)]
        return []

    def done(self, hub: Hub) -> list[Effect]:
        """The hub has a connection with the present token, or will with its next."""
        self._owed.pop(hub, None)
        self._release(hub)
        if hub not in self._alarmed:
            return []
        self._alarmed.discard(hub)
        return [AlarmCleared(AlarmKind.REFRESH_FAILED, hub.value)]

    def failed(self, failed: RefreshFailed, now: Nanos) -> list[Effect]:
        """The old connection goes on."""
        hub = failed.hub
        if failed.number == 0:
            return self.done(hub)
        self._release(hub)
        if hub in self._owed:
            self._owed[hub] = now + AGAIN
        self._alarmed.add(hub)
        words = f"the {hub.value} hub keeps the old token: {failed.reason}"
        return [Alarm(AlarmKind.REFRESH_FAILED, hub.value, words)]

    def _release(self, hub: Hub) -> None:
        if self._busy is hub:
            self._busy = None
