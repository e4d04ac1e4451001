"""Orders as the venue keeps them. Prices are ticks, sizes contracts, times ns UTC."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum

from tools.simulator.contracts import Contract


class Side(IntEnum):
    """gateway.md 4: OrderSide."""

    BUY = 0
    SELL = 1

    @property
    def sign(self) -> int:
        return 1 if self is Side.BUY else -1

    @property
    def other(self) -> "Side":
        return Side(1 - self)


class OrderType(IntEnum):
    """gateway.md 4: OrderType."""

    LIMIT = 1
    MARKET = 2
    STOP_LIMIT = 3
    STOP = 4
    TRAILING_STOP = 5
    JOIN_BID = 6
    JOIN_ASK = 7


class Status(IntEnum):
    """gateway.md 4: OrderStatus, those the venue uses."""

    OPEN = 1
    FILLED = 2
    CANCELLED = 3
    REJECTED = 5
    PENDING = 6
    SUSPENDED = 8

    @property
    def working(self) -> bool:
        return self in (Status.OPEN, Status.PENDING, Status.SUSPENDED)


@dataclass(frozen=True)
class Bracket:
    """One leg asked for at placement: signed ticks from the entry's fill, and the leg's type."""

    ticks: int
    type: int


@dataclass(frozen=True)
class Request:
    """What a client asked to place; enums and prices are unchecked."""

    type: int
    side: int
    size: int
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None
    tag: str | None = None
    stop_loss: Bracket | None = None
    take_profit: Bracket | None = None


@dataclass(slots=True, eq=False)
class Order:
    """One order; `limit`, `stop` in ticks, `trail` the distance in ticks.

    `bracket` is a child's signed distance from the fill, `paid` the sum of price x size filled,
    `ahead` the displayed size queued before a resting limit, `armed` a stop not triggered yet,
    `in_flight` an order whose fill is
    under way, so that it can be neither cancelled nor changed.
    """

    id: int
    account: int
    contract: Contract
    type: int
    side: Side
    size: int
    created: int
    updated: int
    status: Status = Status.PENDING
    limit: int | None = None
    stop: int | None = None
    trail: int | None = None
    tag: str | None = None
    bracket: int | None = None
    parent: int | None = None
    linked: int | None = None
    sibling: "Order | None" = None
    children: Sequence["Order"] = field(default=())
    filled: int = 0
    paid: int = 0
    ahead: int = 0
    armed: bool = False
    in_flight: bool = False
    reason: str | None = None

    @property
    def left(self) -> int:
        return self.size - self.filled

    @property
    def average(self) -> Decimal | None:
        """Average fill in ticks."""
        return Decimal(self.paid) / self.filled if self.filled else None
