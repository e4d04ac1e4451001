"""The supervisor over stub children in virtual time, and the vocabulary of its tests."""

from typing import ClassVar, TypeVar

from actors.runtime.actor import Actor
from actors.runtime.clock import VirtualClock
from actors.runtime.delivery import Published, Record
from actors.runtime.grave import Grave
from actors.runtime.virtual import VirtualRuntime
from actors.runtime.wiring import Wiring
from actors.supervision.actions import Action
from actors.supervision.past import Past
from actors.supervision.supervisor import Hands, Limits, Supervisor
from messages.base import SECOND, Message, Nanos
from messages.control import (
    Alarm,
    AlarmCleared,
    AlarmKind,
    Flatten,
    Flattened,
    Latch,
    Ping,
    SessionStarted,
    StateChanged,
    Unlatch,
)
from messages.hub import Hub, HubOpened
from messages.order import Phase, PhaseChanged
from messages.position import QueryAccount
from tests.runtime.stage import START, VOCABULARY

M = TypeVar("M", bound=Message)

MES = "CON.F.US.MES.Z26"
ACTIONS = {
    AlarmKind.STALE_DATA: Action.FLATTEN,
    AlarmKind.SESSION_END: Action.FLATTEN,
    AlarmKind.UNPROTECTED: Action.FLATTEN_ONCE,
    AlarmKind.HUB_DOWN: Action.LATCH,
    AlarmKind.DAILY_LOSS: Action.HALT,
    AlarmKind.MISMATCH: Action.NOTE,
    AlarmKind.HUNG_ACTOR: Action.NOTE,
}
LIMITS = Limits(
    restarts=2,
    restart_period=60 * SECOND,
    progress=2 * SECOND,
    flatten_deadline=3 * SECOND,
    stop_deadline=20 * SECOND,
)
CHILDREN = ("order", "risk")


class Child(Actor):
    """Answers pings (every actor does), and raises when it is told to."""

    heard: ClassVar[list[tuple[str, Message]]] = []

    def on_query_account(self, query: QueryAccount) -> None:
        raise ValueError("told to")

    def on_latch(self, latch: Latch) -> None:
        self.heard.append((f"{self.context.address}#{self.context.generation}", latch))

    def on_flatten(self, flatten: Flatten) -> None:
        self.heard.append((f"{self.context.address}#{self.context.generation}", flatten))


class Bench:
    """`answering`: the order room flattens at once. The children are spawned by `spawn`."""

    def __init__(
        self,
        limits: Limits = LIMITS,
        children: tuple[str, ...] = CHILDREN,
        past: Past | None = None,
    ) -> None:
        Child.heard.clear()
        self._children = children
        routes: dict[type[Message], tuple[str, ...]] = dict.fromkeys(VOCABULARY, ())
        routes |= dict.fromkeys(Supervisor.handlers, ("supervisor",))
        routes |= {Ping: children, Latch: children, Flatten: ("order",), QueryAccount: ("order",)}
        control: frozenset[type[Message]] = frozenset({Latch, Unlatch, Flatten, Ping})
        self.records: list[Record] = []
        wiring = Wiring(routes, control, {}, ())
        self.runtime = VirtualRuntime(wiring, VirtualClock(START), self.records.append, seed=1)
        self.emit = self.runtime.emitter("test")
        self.emergencies: list[tuple[int, Nanos]] = []
        self.beats: list[Nanos] = []
        hands = Hands(
            restart=self.spawn,
            bury=lambda address: self.runtime.spawn(address, Grave),
            progress=self.runtime.progress,
            emergency=lambda number, reason: self.emergencies.append((number, self.now)),
            stacks=lambda: "STACKS",
            beat=lambda: self.beats.append(self.now),
        )
        self.supervisor = self.runtime.attach(
            "supervisor", lambda c: Supervisor(c, children, (MES,), ACTIONS, limits, hands, past)
        )

    def spawn(self, address: str) -> None:
        self.runtime.spawn(address, Child)

    def start(self) -> "Bench":
        for child in self._children:
            self.spawn(child)
        self.supervisor.begin()
        self.run(0)
        return self

    def running(self) -> "Bench":
        """Flat, connected, nothing wrong."""
        self.start()
        self.send(*[HubOpened(hub, 1) for hub in Hub])
        self.phase(Phase.FLAT)
        assert self.states[-1] == "RUNNING"
        return self

    def holding(self) -> "Bench":
        """With a protected position."""
        self.running()
        self.phase(Phase.ENTERING, Phase.PROTECTED)
        return self

    @property
    def now(self) -> Nanos:
        return self.runtime.clock.now

    def run(self, seconds: float) -> None:
        self.runtime.run(self.now + round(seconds * SECOND))

    def send(self, *told: Message) -> None:
        for message in told:
            self.emit(message)
        self.run(0)

    def phase(self, *phases: Phase) -> None:
        self.send(*[PhaseChanged(MES, phase, "") for phase in phases])

    def alarm(self, kind: AlarmKind, subject: str = MES) -> None:
        self.send(Alarm(kind, subject, "words"))

    def clear(self, kind: AlarmKind, subject: str = MES) -> None:
        self.send(AlarmCleared(kind, subject))

    def flattened(self, number: int = 1) -> None:
        """The order room has done it."""
        self.phase(Phase.EXITING, Phase.FLAT)
        self.send(Flattened(number, "", 0))

    def said(self, kind: type[M]) -> list[M]:
        return [
            record.message
            for record in self.records
            if isinstance(record, Published) and isinstance(record.message, kind)
        ]

    @property
    def states(self) -> list[str]:
        return [change.state.value for change in self.said(StateChanged)]

    @property
    def latched(self) -> list[str]:
        """The codes in force, as the rooms have been told."""
        codes: list[str] = []
        for message in [
            r.message for r in self.records if isinstance(r, Published) and r.message is not None
        ]:
            if isinstance(message, Latch) and message.code not in codes:
                codes.append(message.code)
            if isinstance(message, Unlatch):
                codes.remove(message.code)
        return codes

    def code(self) -> int | None:
        return self.supervisor.code

    @property
    def sessions(self) -> int:
        return len(self.said(SessionStarted))
