"""The wiring as data: who receives what. Supervisor's tables are checked and resolved here."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec

from actors.runtime.address import PER_CONTRACT, Address, address
from actors.runtime.mailbox import Fold, Merge
from messages.base import Message

Routes: TypeAlias = Mapping[type[Message], tuple[str, ...]]


class Wiring(msgspec.Struct, frozen=True):
    """`control` types overtake data in every mailbox; `merges` are conflated where they wait,
    `folds` where too much does.
    """

    routes: Routes
    control: frozenset[type[Message]]
    merges: Mapping[type[Message], Merge]
    contracts: tuple[str, ...]
    folds: Mapping[type[Message], Fold] = {}

    def addresses(self, name: str) -> tuple[Address, ...]:
        if name in PER_CONTRACT:
            return tuple(address(name, contract) for contract in self.contracts)
        return (name,)

    def receivers(self, message: Message) -> tuple[Address, ...]:
        """The addresses of one message; LookupError for a type or a contract that has no route."""
        kind = type(message)
        if kind not in self.routes:
            raise LookupError(f"{kind.__name__} has no route")
        contract = getattr(message, "contract", None)
        found: list[Address] = []
        for name in self.routes[kind]:
            if name not in PER_CONTRACT:
                found.append(name)
            elif contract is None:
                found.extend(self.addresses(name))
            elif contract in self.contracts:
                found.append(address(name, contract))
            else:
                raise LookupError(f"{kind.__name__}: no {name} for contract {contract!r}")
        return tuple(found)


def faults(
    routes: Routes,
    handled: Mapping[str, Iterable[type[Message]]],
    timers: Iterable[type[Message]] = (),
) -> list[str]:
    """What is wrong between a routing table and the handlers at its names, a line each; empty when
    they agree.

    `timers` are types an actor sends to itself: they need a handler and no route.
    """
    tables = {name: frozenset(kinds) for name, kinds in handled.items()}
    own = frozenset(timers)
    lines = []
    for kind, names in routes.items():
        for name in names:
            if name not in tables:
                lines.append(f"{kind.__name__} is routed to {name}, which does not exist")
            elif kind not in tables[name]:
                lines.append(f"{kind.__name__} is routed to {name}, which has no handler for it")
    for name, kinds in tables.items():
        lines += [
            f"{name} handles {kind.__name__}, which is not routed to it"
            for kind in sorted(kinds, key=lambda kind: kind.__name__)
            if kind not in own and name not in routes.get(kind, ())
        ]
    return lines
