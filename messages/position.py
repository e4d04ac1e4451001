"""Positions, the account, profit and loss."""

from enum import StrEnum

from messages.base import FineTicks, Message, Money, Nanos, Ticks, Value
from messages.market import Side


class Position(Value, frozen=True):
    """A position as the venue states it; `size` is signed (0: flat)."""

    contract: str
    size: int
    average: FineTicks


class Account(Value, frozen=True):
    id: int
    name: str
    balance: Money
    can_trade: bool


class PositionEvent(Message, frozen=True):
    """The user hub's word on one position."""

    position: Position
    received: Nanos


class AccountEvent(Message, frozen=True):
    """The venue's word on the account, from the hub or a query."""

    account: Account
    received: Nanos


class QueryPositions(Message, frozen=True):
    """Ask for every open position of the account. `urgent` as in QueryOrders."""

    urgent: bool = False


class PositionsFound(Message, frozen=True):
    """All open positions; a contract that is not listed is flat. `asked` as in OrdersFound."""

    positions: tuple[Position, ...]
    asked: Nanos


class QueryAccount(Message, frozen=True):
    """Ask for the account; answered by AccountEvent."""


class QueryHighWater(Message, frozen=True):
    """Ask the ledger for the account's high water; `before`: when the present trade date began."""

    before: Nanos


class HighWater(Message, frozen=True):
    """The highest balance that the account had at the end of a trade date which began before
    `before`, as far as the engine was there to see it; None: no such date is known. The balance at
    which the present trade date opened is not in it.
    """

    balance: Money | None
    before: Nanos


class PositionChanged(Message, frozen=True):
    """The engine's position in one contract; `average` is 0 when flat. `realised` is the trade
    date's, net of fees.
    """

    contract: str
    size: int
    average: FineTicks
    since: Nanos
    realised: Money


class PositionMarked(Message, frozen=True):
    """The open profit of a position at `price`, gross of the closing fees."""

    contract: str
    price: Ticks
    open: Money


class ExitReason(StrEnum):
    TARGET = "TARGET HIT"
    STOP = "STOP HIT"
    EXIT = "EXIT"
    FLATTEN = "FLATTEN"
    OUTSIDE = "OUTSIDE"


class RoundTrip(Message, frozen=True):
    """Flat to flat. `id` is that of the fill that closed it: a restarted actor may say it again.

    Prices are volume-weighted averages; `adverse` and `favourable` are the largest open loss and
    profit while it was held (MAE, MFE), both >= 0.
    """

    id: int
    contract: str
    side: Side
    size: int
    entry: FineTicks
    exit: FineTicks
    opened: Nanos
    closed: Nanos
    gross: Money
    fees: Money
    net: Money
    adverse: Money
    favourable: Money
    reason: ExitReason


class DayFigures(Message, frozen=True):
    """The trade date's closed business, net of fees and commissions, from the venue's own fills.

    `last_loss` is when the newest losing round trip closed (0: none).
    """

    realised: Money
    round_trips: int
    consecutive_losses: int
    last_loss: Nanos


class Mismatch(Message, frozen=True):
    """The venue and the engine disagree on a position; the venue wins."""

    contract: str
    engine: int
    venue: int


class Reconciled(Message, frozen=True):
    """A reading of orders and positions has been taken over."""

    contract: str
    size: int
    changed: bool
