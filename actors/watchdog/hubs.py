"""Hubs that stay away. Pure."""

from collections.abc import Collection

from messages.base import SECOND, Message, Nanos
from messages.control import Alarm, AlarmCleared, AlarmKind
from messages.hub import Hub, HubActivity


class Hubs:
    """An alarm when a hub has been gone for `limit` ns; a hub that comes back at once is the hub
    room's business. `doubted`: a predecessor's alarms may stand, so the next opening clears them,
    and what it knew is learnt from the hubs' activity.
    """

    def __init__(
        self, limit: Nanos, doubted: bool = False, used: Collection[Hub] = tuple(Hub)
    ) -> None:
        self._limit = limit
        self._lost: dict[Hub, tuple[Nanos, str]] = {}
        self._alarmed: set[Hub] = set()
        self._doubted = set(used) if doubted else set()

    def lost(self, hub: Hub, reason: str, now: Nanos) -> None:
        since, _ = self._lost.get(hub, (now, ""))
        self._lost[hub] = (since, reason)

    def opened(self, hub: Hub) -> list[Message]:
        self._lost.pop(hub, None)
        if hub not in self._alarmed | self._doubted:
            return []
        self._alarmed.discard(hub)
        self._doubted.discard(hub)
        return [AlarmCleared(AlarmKind.HUB_DOWN, hub.value)]

    def measured(self, activity: HubActivity, now: Nanos) -> list[Message]:
        """What a predecessor would have known of a hub."""
        hub = activity.hub
        if hub not in self._doubted or hub in self._lost:
            return []
        if activity.open:
            return self.opened(hub)
        self.lost(hub, "found closed", now)
        return []

    def check(self, now: Nanos) -> list[Message]:
        said: list[Message] = []
        for hub, (since, reason) in self._lost.items():
            if hub not in self._alarmed and now - since >= self._limit:
                self._alarmed.add(hub)
                away = (now - since) / SECOND
                words = f"the {hub.value} hub has been down for {away:.1f} s: {reason}"
                said.append(Alarm(AlarmKind.HUB_DOWN, hub.value, words))
        return said
