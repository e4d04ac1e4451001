"""The virtual runtime: one thread, time that jumps to the next event, a seeded choice of who runs
next.

The same actor classes run here, constructed and never started. What happens depends only on the
seed, the inputs and the code.
"""

import heapq
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any, Protocol, TypeVar

from actors.runtime.actor import Actor
from actors.runtime.address import Address
from actors.runtime.behaviour import Behaviour
from actors.runtime.clock import VirtualClock
from actors.runtime.context import Context, Timer
from actors.runtime.delivery import Delivery, Record
from actors.runtime.ports import VirtualPort
from actors.runtime.runtime import Runtime
from actors.runtime.wiring import Wiring
from messages.base import Message, Nanos

B = TypeVar("B", bound=Behaviour)


class World(Protocol):
    """What happens outside in virtual time: the venue and the network to it."""

    def next_time(self) -> Nanos | None:
        """The instant of the next thing to happen, None if nothing will by itself."""

    def advance(self, now: Nanos) -> None:
        """Let everything up to `now` happen."""


class Still:
    """A world in which nothing happens."""

    def next_time(self) -> Nanos | None:
        return None

    def advance(self, now: Nanos) -> None:
        return None


class VirtualRuntime(Runtime):
    clock: VirtualClock

    def __init__(
        self,
        wiring: Wiring,
        clock: VirtualClock,
        tap: Callable[[Record], None],
        seed: int,
        world: World | None = None,
    ) -> None:
        super().__init__(wiring, clock, tap, seed)
        self._filled: dict[Address, None] = {}
        """Where something may wait, in the order in which it began to: a set would not be
        replayed.
        """
        for mailbox in self.mailboxes.values():
            mailbox.filled = self._note
        self.world: World = Still() if world is None else world
        self._rng = Random(f"{seed}:scheduler")
        self._behaviours: dict[Address, Behaviour] = {}
        self._due: list[tuple[Nanos, int, Callable[[], None]]] = []
        self._order = count()
        self._wedged: set[Address] = set()

    def spawn(self, address: Address, actor: type[Actor], *args: Any) -> None:
        """Put an actor at an address; whoever was there before is fenced, what waits in the mailbox
        stays.
        """
        if (previous := self.current.get(address)) is not None:
            previous.abandon("replaced")
        context = self._open(address)
        self._wedged.discard(address)
        self._behaviours.pop(address, None)
        behaviour = actor(context, *args)
        try:
            behaviour.begin()
        except BaseException as error:
            context.failed(error)
        else:
            self._behaviours[address] = behaviour

    def attach(self, address: Address, behaviour: Callable[[Context], B]) -> B:
        made = behaviour(self._open(address))
        self._behaviours[address] = made
        return made

    def open_port(self, address: Address, port: VirtualPort) -> None:
        context = self._open(address)
        self._behaviours[address] = _PortReader(context, port, self.at)

    def wedge(self, address: Address) -> None:
        """From now on the actor there does not come back from its handler: for tests of what
        notices.
        """
        self._wedged.add(address)

    def at(self, when: Nanos, call: Callable[[], None]) -> None:
        """Have something happen at an instant, or now if that has passed."""
        heapq.heappush(self._due, (max(when, self.clock.now), next(self._order), call))

    def run(self, until: Nanos, ended: Callable[[], bool] = lambda: False) -> None:
        """Let time pass up to and including `until`, or until `ended()`; messages of one instant
        take no time.
        """
        while not ended():
            ready = self._ready()
            if ready:
                self._step(ready[0] if len(ready) == 1 else self._rng.choice(ready))
                continue
            due = self._due[0][0] if self._due else None
            outside = self.world.next_time()
            times = [time for time in (due, outside) if time is not None]
            if not times or min(times) > until:
                self.clock.advance(max(until, self.clock.now))
                return
            self.clock.advance(max(min(times), self.clock.now))
            if outside is not None and outside <= self.clock.now:
                self.world.advance(self.clock.now)
            while self._due and self._due[0][0] <= self.clock.now:
                heapq.heappop(self._due)[2]()

    def idle(self) -> bool:
        return not self._ready()

    def _note(self, address: Address) -> None:
        self._filled[address] = None

    def _ready(self) -> list[Address]:
        behaviours, wedged = self._behaviours, self._wedged
        return [a for a in self._filled if a in behaviours and a not in wedged]

    def _step(self, address: Address) -> None:
        behaviour = self._behaviours[address]
        context = behaviour.context
        delivery = context.mailbox.poll(context.generation)
        if delivery is None:
            del self._filled[address]
            return
        try:
            behaviour.receive(delivery)
        except Exception as error:
            del self._behaviours[address]
            context.failed(error)

    def _schedule(self, timer: Timer) -> None:
        self.at(timer.due, lambda: self._timers.fire(timer) if timer.live else None)


class _PortReader(Behaviour):
    """Hands a port its requests; its answers, whenever they come, are caused by their request."""

    def __init__(
        self, context: Context, port: VirtualPort, at: Callable[[Nanos, Callable[[], None]], None]
    ) -> None:
        super().__init__(context)
        self._port = port
        self._at = at

    def receive(self, delivery: Delivery) -> None:
        def answer(at: Nanos, reply: Message) -> None:
            self._at(at, lambda: self.context.emitter.emit(reply, delivery))

        self.context.handle(
            delivery, lambda message: self._port.handle(message, self.context.now, answer)
        )
