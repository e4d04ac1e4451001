"""What the human log must remember to say things once and to name what ended a trade."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from actors.session.remember import remember
from actors.session.units import Instruments
from messages.base import Nanos
from messages.decision import Denial, Denied
from messages.hub import Hub
from messages.order import Order

Level: TypeAlias = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Line: TypeAlias = tuple[Level, str]


@dataclass(slots=True)
class Memory:
    """`orders` are the newest state of each order told; `closing` the contracts being closed;
    `began` the session's start: older fills belong to an earlier one. `denial` is the risk room's
    wording of a refusal.
    """

    denial: Callable[[Denied], str]
    began: Nanos = 0
    denied: dict[str, Denial] = field(default_factory=dict)
    tags: dict[str, None] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    fills: dict[int, None] = field(default_factory=dict)
    trips: dict[int, None] = field(default_factory=dict)
    closing: set[str] = field(default_factory=set)
    flattens: set[int] = field(default_factory=set)
    locked: bool = False
    unhealthy: set[Hub] = field(default_factory=set)

    def know_tag(self, tag: str) -> None:
        remember(self.tags, tag, None)

    def know_order(self, order: Order) -> None:
        self.orders.pop(order.id, None)  # the newest told is the last to go
        remember(self.orders, order.id, order)


def first(told: dict[int, None], number: int) -> bool:
    """Whether a number is told for the first time; from then on it is known."""
    if number in told:
        return False
    remember(told, number, None)
    return True


Writer: TypeAlias = Callable[[Any, Instruments, Memory], list[Line]]
"""Says what the log tells of one type of message; updates the memory."""
