"""What can be made to go wrong in a session: an actor whose core raises, a fault of the venue."""

import json
from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec

from actors.engine import Child
from actors.runtime.actor import Actor
from actors.runtime.address import Address
from actors.runtime.delivery import Delivery
from tools.simulate.session import VirtualSession

POLL_S = 0.05

Due: TypeAlias = Callable[[Address, Delivery], bool]
"""Whether the core of the actor at an address is to break before it handles this delivery."""


class Injected(RuntimeError):
    """Raised by a broken core."""


class Broken:
    """Stands in for a core: whatever is asked of it raises."""

    def __getattr__(self, name: str) -> object:
        raise Injected(f"{name} of a core that was broken on purpose")


def crashing(children: Sequence[Child], due: Due) -> tuple[Child, ...]:
    """The same children, whose cores break when `due` says so. A restarted actor is whole again."""
    return tuple(msgspec.structs.replace(c, actor=_crashing(c.actor, due)) for c in children)


def _crashing(actor: type[Actor], due: Due) -> type[Actor]:
    def receive(self: Actor, delivery: Delivery) -> None:
        if due(self.context.address, delivery):
            break_core(self)
        actor.receive(self, delivery)

    return type(actor.__name__, (actor,), {"receive": receive})


def break_core(actor: Actor) -> None:
    """Put Broken in place of every object of the actor's own room that it holds."""
    room = type(actor).__mro__[1].__module__.rpartition(".")[0]
    for name, value in tuple(vars(actor).items()):
        if isinstance(value, dict) and any(_of(room, one) for one in value.values()):
            setattr(actor, name, dict.fromkeys(value, Broken()))
        elif _of(room, value):
            setattr(actor, name, Broken())


def _of(room: str, value: object) -> bool:
    return type(value).__module__.startswith(f"{room}.")


def fault(
    session: VirtualSession,
    name: str,
    at: float,
    duration: float | None,
    target: str | None = None,
    probability: float = 1.0,
) -> None:
    """Have the venue commit a fault: as soon as a position is held, `at` seconds from the start on.

    `duration` in seconds; None for what happens once. `target` as docs/simulator.md has it; None
    for all there are.
    """
    body: dict[str, str | int | float] = {"name": name, "probability": probability}
    if duration is not None:
        body["duration"] = duration
    if target is not None:  # accounts are numbers
        body["target"] = int(target) if target.isdigit() else target

    def commit() -> None:
        if session.held:
            session.control("/sim/faults", json.dumps(body).encode())
        else:
            session.at(session.seconds + POLL_S, commit)

    session.at(at, commit)
