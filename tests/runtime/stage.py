"""One actor alone on a virtual stage: what it is told, what it says, and ports that answer it."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import messages
from actors.runtime.actor import Actor
from actors.runtime.clock import VirtualClock
from actors.runtime.delivery import Published, Record
from actors.runtime.ports import VirtualPort
from actors.runtime.virtual import VirtualRuntime
from actors.runtime.wiring import Wiring
from messages.base import SECOND, Message, Nanos

M = TypeVar("M", bound=Message)

START: Nanos = 1_795_190_400 * SECOND
"""2026-11-20 16:00 UTC, a Friday."""

# Importing the modules is what makes their types known.
MODULES = tuple(
    importlib.import_module(f"messages.{module.name}")
    for module in pkgutil.iter_modules(messages.__path__)
)
VOCABULARY: tuple[type[Message], ...] = tuple(
    kind
    for module in MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Message) and kind is not Message
    if kind.__module__ == module.__name__
)


class Stage:
    """Routes every type the actor handles to it, `ports` their requests, and the rest to nobody.

    What the actor says is read off the tap, so nothing it says can be missed.
    """

    def __init__(
        self,
        address: str,
        actor: type[Actor],
        *args: Any,
        ports: Mapping[str, tuple[VirtualPort, tuple[type[Message], ...]]] | None = None,
        start: Nanos = START,
        seed: int = 1,
    ) -> None:
        given = ports or {}
        routes: dict[type[Message], tuple[str, ...]] = dict.fromkeys(VOCABULARY, ())
        for kind in actor.handlers:
            routes[kind] = (address,)
        for name, (_, kinds) in given.items():
            for kind in kinds:
                routes[kind] = (*routes[kind], name)
        self.records: list[Record] = []
        self.address = address
        self._make: Callable[[], None] = lambda: self.runtime.spawn(address, actor, *args)
        wiring = Wiring(routes, frozenset(), {}, ())
        self.runtime = VirtualRuntime(wiring, VirtualClock(start), self.records.append, seed)
        self.emit = self.runtime.emitter("test")
        for name, (port, _) in given.items():
            self.runtime.open_port(name, port)
        self._make()

    @property
    def now(self) -> Nanos:
        return self.runtime.clock.now

    def send(self, *told: Message) -> None:
        for message in told:
            self.emit(message)
        self.run(0)

    def run(self, seconds: float) -> None:
        """Let time pass; an actor that raised is a failed test."""
        self.runtime.run(self.now + round(seconds * SECOND))
        for record in self.records:
            if isinstance(record, Published) and record.type == "ActorFailed":
                raise AssertionError(record.message)

    def at(self, seconds: float, call: Callable[[], None]) -> None:
        """Have something happen so many seconds from now."""
        self.runtime.at(self.now + round(seconds * SECOND), call)

    def restart(self) -> None:
        self._make()
        self.run(0)

    def said(self, kind: type[M]) -> list[M]:
        """What has been published of a type, by whomever, in order."""
        return [message for message, _ in self.timed(kind)]

    def timed(self, kind: type[M]) -> list[tuple[M, Nanos]]:
        return [
            (record.message, record.at)
            for record in self.records
            if isinstance(record, Published) and isinstance(record.message, kind)
        ]
