"""What both runtimes share: mailboxes, routes, generations, and the books of every delivery."""

from collections.abc import Callable
from random import Random

import msgspec

from actors.runtime.address import Address
from actors.runtime.clock import Clock
from actors.runtime.context import Context, Emitter, Timer
from actors.runtime.delivery import Delivery, Finished, Outcome, Record
from actors.runtime.mailbox import Mailbox
from actors.runtime.wiring import Wiring
from messages.base import Message, Nanos


class Accounts(msgspec.Struct, frozen=True):
    """Deliveries so far: sent = handled + conflated + dead + queued + running."""

    sent: int
    handled: int
    conflated: int
    dead: int
    queued: int
    running: int

    @property
    def balanced(self) -> bool:
        spent = self.handled + self.conflated + self.dead + self.queued + self.running
        return self.sent == spent


class Progress(msgspec.Struct, frozen=True):
    """How far one address has come: `running` is the type of the message in hand, since `since`."""

    address: Address
    generation: int
    handled: int
    queued: int
    running: str
    since: Nanos


class Runtime:
    """The part of a runtime that does not depend on how time passes."""

    def __init__(
        self, wiring: Wiring, clock: Clock, tap: Callable[[Record], None], seed: int
    ) -> None:
        self.wiring = wiring
        self.clock = clock
        self.tap = tap
        self._seed = seed
        self._conflated = 0
        self._emitters: list[Emitter] = []
        self._contexts: list[Context] = []
        self._routes: dict[tuple[type[Message], object], tuple[Mailbox, ...]] = {}
        self.current: dict[Address, Context] = {}
        names = {name for names in wiring.routes.values() for name in names}
        self.mailboxes = {
            address: Mailbox(address, wiring.control, wiring.merges, wiring.folds, self._conflate)
            for name in sorted(names)
            for address in wiring.addresses(name)
        }
        self._timers = self._emitter("timers", 0)

    def emitter(self, sender: Address) -> Callable[[Message], None]:
        """A way to send for a thread that is nobody's: a socket's. One per thread."""
        return self._emitter(sender, 1).emit

    def accounts(self) -> Accounts:
        return Accounts(
            handled=sum(context.handled for context in self._contexts),
            conflated=self._conflated,
            dead=sum(context.dead for context in self._contexts),
            queued=sum(len(mailbox) for mailbox in self.mailboxes.values()),
            running=sum(context.running is not None for context in self._contexts),
            # Last: what is sent meanwhile must not seem to have ended before.
            sent=sum(emitter.sent for emitter in self._emitters),
        )

    def progress(self) -> tuple[Progress, ...]:
        """One row for each address that has a reader."""
        return tuple(
            Progress(
                address,
                context.generation,
                context.handled,
                len(context.mailbox),
                "" if (delivery := context.running) is None else type(delivery.message).__name__,
                context.now,
            )
            for address, context in self.current.items()
        )

    def _emitter(self, sender: Address, generation: int) -> Emitter:
        emitter = Emitter(sender, generation, self.clock, self._route, self.tap)
        self._emitters.append(emitter)
        return emitter

    def _open(self, address: Address, worker: str = "") -> Context:
        """The context of the next generation at an address (of one more reader of the present one,
        for a port's `worker`).
        """
        mailbox = self.mailboxes[address]
        generation = mailbox.generation if worker else mailbox.fence()
        sender = f"{address}{worker}"
        rng = Random(f"{self._seed}:{sender}#{generation}")
        emitter = self._emitter(sender, generation)
        context = Context(mailbox, generation, emitter, rng, self._schedule, self.tap)
        self._contexts.append(context)
        self.current[sender] = context
        return context

    def _route(self, message: Message) -> tuple[Mailbox, ...]:
        key = (type(message), getattr(message, "contract", None))
        found = self._routes.get(key)
        if found is None:
            receivers = self.wiring.receivers(message)
            found = tuple(self.mailboxes[address] for address in receivers)
            self._routes[key] = found
        return found

    def _conflate(self, delivery: Delivery, into: Delivery) -> None:
        self._conflated += 1
        at = self.clock()
        kind = type(delivery.message).__name__
        self.tap(
            Finished(
                delivery.id,
                kind,
                delivery.receiver,
                0,
                delivery.root,
                delivery.sent,
                at,
                at,
                0,
                Outcome.CONFLATED,
                (into.id,),
            )
        )

    def _schedule(self, timer: Timer) -> None:
        raise NotImplementedError
