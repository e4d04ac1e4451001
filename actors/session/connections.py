"""The hub connections and the login over a session: outages, and whether each was made good."""

from typing import Any

from actors.runtime.delivery import Published
from actors.session.breaches import Handlers, Spells
from actors.session.units import utc
from messages.base import MILLISECOND, SECOND, Nanos
from messages.control import Alarm, AlarmKind, EngineState, StateChanged
from messages.hub import Hub, HubHealth, HubLost, HubOpened, TokenFailed
from messages.position import PositionsFound

HEAL: Nanos = 60 * SECOND
"""How long an outage may last (RECOVERS)."""
_ENDING = frozenset(
    {EngineState.STOPPING, EngineState.FLAT, EngineState.NOT_FLAT, EngineState.OBSERVED}
)


class Connections:
    """Losses while the engine stops are its own doing and do not count."""

    def __init__(self) -> None:
        self.outages = Spells()
        self.health: dict[Hub, HubHealth] = {}
        """The newest report of each hub."""
        self.opened = 0
        self.login_failures = 0
        self.unsynced = 0
        self._ending = False

    def handlers(self) -> Handlers:
        return {
            "HubOpened": self._opened,
            "HubLost": self._lost,
            "HubHealth": self._health,
            "TokenFailed": self._token_failed,
            "Alarm": self._alarm,
            "PositionsFound": self._positions,
            "StateChanged": self._state,
        }

    @property
    def down(self) -> int:
        """Hubs that were lost and have not come back."""
        return len(self.outages.since)

    def figures(self) -> dict[str, dict[str, Any]]:
        """The newest report of each hub, as of its own time; times in seconds or ms as named."""
        return {hub.value: _figures(self.health[hub]) for hub in Hub if hub in self.health}

    def _opened(self, opened: HubOpened, record: Published) -> None:
        self.opened += 1
        self.outages.mark(opened.hub, False, record.at)
        if opened.hub is Hub.USER and opened.number > 1:
            self.unsynced += 1

    def _lost(self, lost: HubLost, record: Published) -> None:
        if lost.number and not self._ending:
            self.outages.mark(lost.hub, True, record.at)

    def _health(self, health: HubHealth, record: Published) -> None:
        self.health[health.hub] = health

    def _token_failed(self, failed: TokenFailed, record: Published) -> None:
        self.login_failures += 1

    def _alarm(self, alarm: Alarm, record: Published) -> None:
        self.login_failures += alarm.kind is AlarmKind.AUTHENTICATION

    def _positions(self, found: PositionsFound, record: Published) -> None:
        self.unsynced = 0

    def _state(self, change: StateChanged, record: Published) -> None:
        self._ending = self._ending or change.state in _ENDING


def _figures(health: HubHealth) -> dict[str, Any]:
    return {
        "at": utc(health.at),
        "open": health.open,
        "score": health.score,
        "words": health.words,
        "round_trip_ms": round(health.round_trip / MILLISECOND, 3),
        "unanswered_ms": round(health.unanswered / MILLISECOND, 3),
        "reconnects": health.reconnects,
        "gaps": health.gaps,
        "lost_s": round(health.lost / SECOND, 3),
        "streams": {
            one.stream: {
                "state": one.state.value,
                "age_s": round(one.age / SECOND, 3),
                "rate": one.rate,
                "lag_ms": round(one.lag / MILLISECOND, 3),
            }
            for one in health.streams
        },
    }
