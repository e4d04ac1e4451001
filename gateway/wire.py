"""The venue's entities as they travel.

Strict where money depends on it: a side, type or status that is missing or unknown is a WireError,
never a default. Liberal where the venue is known to vary (gateway.md 12): ids as text, absent
optional fields, `orderId` for `id`, exponent decimals, times with or without a zone.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from enum import IntEnum
from typing import TypeVar

import msgspec

from messages.base import DOLLAR, Money

T = TypeVar("T")


class WireError(ValueError):
    """What the venue sent cannot be read, or cannot be trusted. The text says what and why."""


UNREADABLE = (ValueError, ArithmeticError, RecursionError)
"""What decoding and converting foreign data may raise."""


class WireSide(IntEnum):
    BID = 0
    ASK = 1


class WireType(IntEnum):
    LIMIT = 1
    MARKET = 2
    STOP_LIMIT = 3
    STOP = 4
    TRAILING_STOP = 5
    JOIN_BID = 6
    JOIN_ASK = 7


class WireStatus(IntEnum):
    OPEN = 1
    FILLED = 2
    CANCELLED = 3
    EXPIRED = 4
    REJECTED = 5
    PENDING = 6
    PENDING_CANCEL = 7
    SUSPENDED = 8


class PositionType(IntEnum):
    UNDEFINED = 0
    LONG = 1
    SHORT = 2


class Aggressor(IntEnum):
    BUY = 0
    SELL = 1


class DomType(IntEnum):
    ASK = 1
    BID = 2
    BEST_ASK = 3
    BEST_BID = 4
    TRADE = 5
    RESET = 6
    LOW = 7
    HIGH = 8
    NEW_BEST_BID = 9
    NEW_BEST_ASK = 10
    FILL = 11


class BarUnit(IntEnum):
    SECOND = 1
    MINUTE = 2
    HOUR = 3
    DAY = 4
    WEEK = 5


class _Row(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """An entity: camelCase on the wire, unknown fields ignored."""


class AccountRow(_Row, frozen=True):
    id: int
    name: str
    balance: Decimal
    can_trade: bool


class ContractRow(_Row, frozen=True):
    id: str
    name: str
    tick_size: Decimal
    tick_value: Decimal
    active_contract: bool = False


class OrderRow(_Row, frozen=True):
    account_id: int
    contract_id: str
    creation_timestamp: str
    status: WireStatus
    type: WireType
    side: WireSide
    size: int
    update_timestamp: str | None = None
    id: int | None = None
    order_id: int | None = None
    fill_volume: int | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    custom_tag: str | None = None
    parent_order_id: int | None = None
    linked_order_id: int | None = None


class PositionRow(_Row, frozen=True):
    account_id: int
    contract_id: str
    type: PositionType
    size: int
    average_price: Decimal | None = None


class TradeRow(_Row, frozen=True):
    id: int
    order_id: int
    account_id: int
    contract_id: str
    creation_timestamp: str
    price: Decimal
    fees: Decimal
    side: WireSide
    size: int
    profit_and_loss: Decimal | None = None
    commissions: Decimal | None = None
    voided: bool = False


class BarRow(_Row, frozen=True):
    t: str
    o: Decimal
    h: Decimal
    l: Decimal  # noqa: E741 (the venue's name)
    c: Decimal
    v: int


def parsed(decoder: msgspec.json.Decoder[T], data: bytes | msgspec.Raw) -> T:
    """Decode; WireError instead of whatever the data provokes."""
    try:
        return decoder.decode(data)
    except UNREADABLE as problem:
        raise WireError(str(problem)) from problem


def money(amount: Decimal) -> Money:
    """Dollars in 1/10,000 USD, rounded half to even."""
    try:
        return int((amount * DOLLAR).to_integral_value(ROUND_HALF_EVEN))
    except UNREADABLE as problem:
        raise WireError(f"{amount} is not an amount of money") from problem
