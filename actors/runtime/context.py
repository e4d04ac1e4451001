"""The world of one generation of one actor: its clock, its timers, its rng, its way to send."""

from collections.abc import Callable
from itertools import count
from random import Random
from traceback import format_exception
from typing import Any

from actors.runtime.address import Address
from actors.runtime.clock import Clock
from actors.runtime.delivery import Delivery, Finished, Outcome, Published, Record
from actors.runtime.mailbox import Fenced, Mailbox
from messages.base import Message, Nanos
from messages.control import ActorFailed

_HANDLED = Outcome.HANDLED  # an enum's members are slow to reach


class Emitter:
    """Sends messages under one sender's name. One thread uses it, so its counts need no lock."""

    def __init__(
        self,
        sender: Address,
        generation: int,
        clock: Clock,
        route: Callable[[Message], tuple[Mailbox, ...]],
        tap: Callable[[Record], None],
    ) -> None:
        self.sender = sender
        self.sent = 0
        self.fenced = False
        self.clock = clock
        self._route = route
        self._tap = tap
        self._prefix = f"{sender}#{generation}:"
        self._numbers = count(1)

    def emit(self, message: Message, cause: Delivery | None = None) -> None:
        """Send to every receiver that the wiring names; Fenced if this sender has been replaced."""
        if self.fenced:
            raise Fenced(self.sender)
        id = self.next_id()
        if cause is None:
            self._send(id, self.sender, message, self._route(message), (), id)
        else:
            causes = (cause.id, *cause.merged)
            self._send(id, self.sender, message, self._route(message), causes, cause.root)

    def next_id(self) -> str:
        return f"{self._prefix}{next(self._numbers)}"

    def fire(self, timer: "Timer") -> None:
        """Deliver a timer to the actor that set it, in that actor's name. A timer begins a root of
        its own: what a clock sets off was not set off by whatever happened to arm it.
        """
        causes = () if timer.cause is None else (timer.cause,)
        to = (timer.context.mailbox,)
        self._send(timer.id, timer.context.address, timer.message, to, causes, timer.id)

    def _send(
        self,
        id: str,
        sender: Address,
        message: Message,
        to: tuple[Mailbox, ...],
        causes: tuple[str, ...],
        root: str,
    ) -> None:
        at = self.clock()
        receivers = tuple([mailbox.address for mailbox in to])  # quicker than from a generator
        self._tap(
            Published(id, type(message).__name__, sender, receivers, causes, root, at, message)
        )
        for mailbox in to:
            self.sent += 1
            mailbox.put(Delivery(id, message, sender, mailbox.address, causes, root, at))


class Timer:
    """A message to oneself at a later time. Cancelled timers and those of a dead generation never
    fire.
    """

    __slots__ = ("cancelled", "cause", "context", "due", "id", "message")

    def __init__(self, context: "Context", due: Nanos, message: Message) -> None:
        self.context = context
        self.due = due
        self.message = message
        self.cause = None if context.current is None else context.current.id
        self.id = context.emitter.next_id()
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True

    @property
    def live(self) -> bool:
        return not self.cancelled and not self.context.emitter.fenced


class Context:
    """What the runtime gives to one generation of an actor, a port's worker or the supervisor."""

    def __init__(
        self,
        mailbox: Mailbox,
        generation: int,
        emitter: Emitter,
        rng: Random,
        schedule: Callable[[Timer], None],
        tap: Callable[[Record], None],
    ) -> None:
        self.mailbox = mailbox
        self.address = mailbox.address
        self.generation = generation
        self.emitter = emitter
        self.rng = rng
        self.now: Nanos = emitter.clock()
        self.current: Delivery | None = None
        self.handled = 0
        self.dead = 0
        self.failed: Callable[[BaseException], None] = self.report
        self._running: list[Delivery] = []
        self._schedule = schedule
        self._tap = tap

    def publish(self, message: Message) -> None:
        self.emitter.emit(message, self.current)

    def after(self, delay: Nanos, message: Message) -> Timer:
        """Send `message` to this same address in `delay` ns, on the data lane."""
        timer = Timer(self, self.now + delay, message)
        self._schedule(timer)
        return timer

    def handle(self, delivery: Delivery, handler: Callable[[Any], None]) -> None:
        """Run one handler: sets `now`, remembers the cause, records the outcome. A handler's
        exception passes through after the delivery is recorded as dead; SystemExit and
        KeyboardInterrupt become a Crash (they would end every Pykka actor in the process).
        """
        self.current = delivery
        self.now = self.emitter.clock()
        self._running.append(delivery)
        try:
            handler(delivery.message)
        except Exception as error:
            self._finish(Outcome.DEAD, repr(error))
            raise
        except BaseException as error:
            self._finish(Outcome.DEAD, repr(error))
            raise Crash(repr(error)) from error
        self._finish(_HANDLED)
        self.current = None

    def report(self, error: BaseException) -> None:
        """Tell the supervisor what ended this generation, with the message it was handling as the
        cause.
        """
        if self.emitter.fenced:  # replaced already: its end is of no interest
            return
        words = "".join(format_exception(error))
        cause = "" if self.current is None else self.current.id
        self.publish(ActorFailed(self.address, self.generation, repr(error), words, cause))

    @property
    def running(self) -> Delivery | None:
        return self._running[-1] if self._running else None

    def abandon(self, why: str) -> None:
        """Replace a generation that hangs: it sends nothing more, and its unfinished message counts
        as dead.
        """
        self.emitter.fenced = True
        self._finish(Outcome.DEAD, why)

    def _finish(self, outcome: Outcome, error: str = "") -> None:
        try:
            delivery = (
                self._running.pop()
            )  # atomic: a message is finished once, by its thread or by abandon
        except IndexError:
            return
        started = self.now
        if outcome is _HANDLED:
            self.handled += 1
        else:
            self.dead += 1
        self._tap(
            Finished(
                delivery.id,
                type(delivery.message).__name__,
                self.address,
                self.generation,
                delivery.root,
                delivery.sent,
                started,
                self.emitter.clock(),
                delivery.depth,
                outcome,
                delivery.merged,
                error,
            )
        )


class Crash(Exception):
    """A handler raised SystemExit or KeyboardInterrupt."""
