"""The hub connections and the login over a session: outages, and whether each was made good."""

from actors.runtime.delivery import Published
from actors.session.breaches import Handlers, Spells
from messages.base import SECOND, Nanos
from messages.control import Alarm, AlarmKind, EngineState, StateChanged
from messages.hub import Hub, HubLost, HubOpened, TokenFailed
from messages.position import PositionsFound

HEAL: Nanos = 60 * SECOND
"""How long an outage may last (RECOVERS)."""
_ENDING = frozenset({EngineState.STOPPING, EngineState.FLAT, EngineState.NOT_FLAT})


class Connections:
    """Losses while the engine stops are its own doing and do not count."""

    def __init__(self) -> None:
        self.outages = Spells()
        self.opened = 0
        self.login_failures = 0
        self.unsynced = 0
        self._ending = False

    def handlers(self) -> Handlers:
        return {
            "HubOpened": self._opened,
            "HubLost": self._lost,
            "TokenFailed": self._token_failed,
            "Alarm": self._alarm,
            "PositionsFound": self._positions,
            "StateChanged": self._state,
        }

    @property
    def down(self) -> int:
        """Hubs that were lost and have not come back."""
        return len(self.outages.since)

    def _opened(self, opened: HubOpened, record: Published) -> None:
        self.opened += 1
        self.outages.mark(opened.hub, False, record.at)
        if opened.hub is Hub.USER and opened.number > 1:
            self.unsynced += 1

    def _lost(self, lost: HubLost, record: Published) -> None:
        if lost.number and not self._ending:
            self.outages.mark(lost.hub, True, record.at)

    def _token_failed(self, failed: TokenFailed, record: Published) -> None:
        self.login_failures += 1

    def _alarm(self, alarm: Alarm, record: Published) -> None:
        self.login_failures += alarm.kind is AlarmKind.AUTHENTICATION

    def _positions(self, found: PositionsFound, record: Published) -> None:
        self.unsynced = 0

    def _state(self, change: StateChanged, record: Published) -> None:
        self._ending = self._ending or change.state in _ENDING
