"""The engine: the actors of the supervisor's tables put on a runtime, live or virtual."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from actors.runtime.actor import Actor
from actors.runtime.address import PER_CONTRACT, SUPERVISOR, Address, address
from actors.runtime.behaviour import Behaviour
from actors.runtime.context import Context
from actors.runtime.grave import Grave
from actors.runtime.runtime import Progress
from actors.signal.strategy import StrategyFactory
from actors.supervision.actions import Action
from actors.supervision.past import Past
from actors.supervision.supervisor import Hands, Limits, Supervisor
from config.schema import Settings
from messages.base import SECOND, Nanos
from messages.control import AlarmKind
from messages.market import Instrument
from models.card import Card
from models.scoring import Scorer

B = TypeVar("B", bound=Behaviour)


class World(msgspec.Struct, frozen=True):
    """What the children are made from. `started` and `token_expires` in ns UTC; `observing`: the
    children send nothing (the supervisor's tables for that are to be used); `trade_once`: the
    session ends with its first trade (the strategy for that is to be used); `past` is what the
    ledger has kept of earlier processes.
    """

    settings: Settings
    instruments: tuple[Instrument, ...]
    strategy: StrategyFactory
    scorer: Scorer
    card: Card
    started: Nanos
    token_expires: Nanos
    observing: bool = False
    trade_once: bool = False
    past: Past = Past()
    lease: Nanos | None = None
    """How long an answer of the sentinel's allows entries; None: there is no sentinel."""

    @property
    def contracts(self) -> tuple[str, ...]:
        return tuple(instrument.id for instrument in self.instruments)

    def instrument(self, contract: str) -> Instrument:
        return next(i for i in self.instruments if i.id == contract)


class Child(msgspec.Struct, frozen=True):
    """An actor, and its arguments from the world and (where there is one a contract) its
    contract.
    """

    name: str
    actor: type[Actor]
    arguments: Callable[[World, str], tuple[Any, ...]]


class Runtime(Protocol):
    """What the engine needs of a runtime, live or virtual."""

    def spawn(self, address: Address, actor: type[Actor], *args: Any) -> None: ...
    def attach(self, address: Address, behaviour: Callable[[Context], B]) -> B: ...
    def progress(self) -> tuple[Progress, ...]: ...


class Engine:
    """The actors and their supervisor, put on a runtime whose ports are open. Same live and
    virtual.
    """

    def __init__(
        self,
        runtime: Runtime,
        children: Sequence[Child],
        actions: Mapping[AlarmKind, Action],
        world: World,
        emergency: Callable[[int, str], None],
        beat: Callable[[], None],
        duration: Nanos = 0,
        stacks: Callable[[], str] = str,
    ) -> None:
        self._runtime = runtime
        self._world = world
        self._children = {
            place: (child, contract)
            for child in children
            for place, contract in self._places(child)
        }
        hands = Hands(self.spawn, self.bury, runtime.progress, emergency, stacks, beat)
        limits = _limits(world, duration)
        self.supervisor = runtime.attach(
            SUPERVISOR,
            lambda context: Supervisor(
                context, tuple(self._children), world.contracts, actions, limits, hands, world.past
            ),
        )

    def start(self) -> None:
        for place in self._children:
            self.spawn(place)
        self.supervisor.begin()

    def spawn(self, place: Address) -> None:
        """Start, or start again, the actor at an address."""
        child, contract = self._children[place]
        self._runtime.spawn(place, child.actor, *child.arguments(self._world, contract))

    def bury(self, place: Address) -> None:
        """Put nobody at the address of an actor that has been given up."""
        self._runtime.spawn(place, Grave)

    def _places(self, child: Child) -> list[tuple[Address, str]]:
        if child.name in PER_CONTRACT:
            return [(address(child.name, c), c) for c in self._world.contracts]
        return [(child.name, "")]


def _limits(world: World, duration: Nanos) -> Limits:
    settings, supervision = world.settings, world.settings.supervision
    return Limits(
        restarts=supervision.restarts,
        restart_period=int(supervision.restart_period_s * SECOND),
        progress=int(settings.watchdog.progress_s * SECOND),
        flatten_deadline=int(supervision.flatten_deadline_s * SECOND),
        stop_deadline=int(supervision.stop_deadline_s * SECOND),
        duration=duration,
        hubs=settings.api.wanted,
        observing=world.observing,
        trade_once=world.trade_once,
    )
