"""A risk room on a runtime, and everything that it has to know before an entry."""

from collections.abc import Sequence

from actors.risk.actor import RiskActor
from actors.runtime.behaviour import Behaviour
from actors.runtime.clock import VirtualClock
from actors.runtime.context import Context
from actors.runtime.delivery import Record
from actors.runtime.virtual import VirtualRuntime
from actors.runtime.wiring import Wiring
from config.schema import Api, Risk, Trading
from messages.base import DOLLAR, SECOND, Message
from messages.control import (
    ActorFailed,
    Alarm,
    AlarmCleared,
    Latch,
    Ping,
    Pong,
    Unlatch,
)
from messages.decision import Approved, Denied, Permission
from messages.hub import Hub, HubOpened
from messages.market import BarClosed, MarketStatus, MarketStatusChanged, PastBars
from messages.order import Phase, PhaseChanged
from messages.position import (
    Account,
    AccountEvent,
    PositionChanged,
    QueryAccount,
    QueryHighWater,
    Reconciled,
)
from tests.risk.bench import MES, NOW, api, bar, bars, figures, risk, trading

ACCOUNT = AccountEvent(Account(7, "PRAC-7", 1_000 * DOLLAR, True), NOW)
OPEN = MarketStatusChanged(MES.id, MarketStatus.OPEN, "prices come")
OPENED = (HubOpened(Hub.MARKET, 1), HubOpened(Hub.USER, 1))
SAID = (
    Permission,
    Approved,
    Denied,
    QueryAccount,
    QueryHighWater,
    Alarm,
    AlarmCleared,
    ActorFailed,
    Pong,
)


class Listener(Behaviour):
    """Hears everything that the room says."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.heard: list[Message] = []
        self._table = dict.fromkeys(SAID, self.heard.append)


class Room:
    """A risk room in virtual time."""

    def __init__(
        self,
        settings: Risk | None = None,
        hours: Trading | None = None,
        venue: Api | None = None,
        doubted: bool = False,
    ) -> None:
        kinds = RiskActor.handlers
        routes: dict[type[Message], tuple[str, ...]] = dict.fromkeys(kinds, ("risk",))
        routes |= dict.fromkeys(SAID, ("listener",))
        wiring = Wiring(routes, frozenset({Latch, Unlatch, Ping}), {}, ())
        self.records: list[Record] = []
        self.runtime = VirtualRuntime(wiring, VirtualClock(NOW), self.records.append, seed=1)
        self.listener = self.runtime.attach("listener", Listener)
        self._settings = settings or risk()
        self._hours = hours or trading()
        self._venue = venue or api()
        self._doubted = doubted
        self._emit = self.runtime.emitter("test")
        self.start()

    def start(self) -> None:
        given = (self._settings, self._hours, (MES,), self._venue, self._doubted)
        self.runtime.spawn("risk", RiskActor, *given)

    def tell(self, *messages: Message, seconds: float = 0.0) -> Sequence[Message]:
        """Send, let time pass, and return what was said meanwhile."""
        before = len(self.listener.heard)
        for message in messages:
            self._emit(message)
        self.runtime.run(self.runtime.clock.now + int(seconds * SECOND))
        return self.listener.heard[before:]

    def know(self) -> Sequence[Message]:
        return self.tell(*self.known())

    def known(self) -> Sequence[Message]:
        """Everything that has to be known before an entry."""
        return (
            *OPENED,
            OPEN,
            ACCOUNT,
            PositionChanged(MES.id, 0, 0, 0, 0),
            PhaseChanged(MES.id, Phase.FLAT, "start"),
            figures(),
            Reconciled(MES.id, 0, False),
            PastBars(MES.id, bars(61)),
            BarClosed(MES.id, bar(NOW)),
        )
