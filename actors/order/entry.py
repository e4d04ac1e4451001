"""An entry: from an approved signal to the order that is sent, and what its bracket must look
like.
"""

import msgspec

from messages.base import Nanos, Ticks
from messages.decision import Approved, SignalKind
from messages.market import Bar, Side
from messages.order import Fill, Order, OrderStatus, OrderType, Outcome, PlaceOrder, Purpose

_SIDES = {SignalKind.LONG_ENTRY: Side.BUY, SignalKind.SHORT_ENTRY: Side.SELL}

STOPS = frozenset({OrderType.STOP, OrderType.TRAILING_STOP, OrderType.STOP_LIMIT})


INSUFFICIENT = "insufficient_funds"
"""How an entry is refused that is too large for the account (gateway.codes)."""


class Entry(msgspec.Struct):
    """What is known of the entry in hand. `order` is the venue's id once known."""

    request: PlaceOrder
    sent: Nanos
    outcome: Outcome | None = None
    order: int | None = None
    fills: tuple[Fill, ...] = ()
    bar_end: Nanos = 0
    """Of the signal that it was approved for."""
    look: Nanos = 0
    """When the next look at the venue is due, where one is planned."""
    searched: Nanos = 0
    """When the newest search that goes back to its sending was made; 0: none has been answered."""


def kind(side: Side) -> SignalKind:
    """The signal that an entry of a side comes from."""
    return SignalKind.LONG_ENTRY if side is Side.BUY else SignalKind.SHORT_ENTRY


def is_entry(kind: SignalKind) -> bool:
    return kind in _SIDES


def side(approved: Approved) -> Side:
    """Of an approved entry."""
    return _SIDES[approved.kind]


def touch(bar: Bar | None, approved: Approved) -> Ticks:
    """The best price that an entry meets; the decision's own where no book is known."""
    if bar is None or bar.end < approved.bar_end or not (bar.bid and bar.ask):
        return approved.price
    return bar.ask if side(approved) is Side.BUY else bar.bid


def request(approved: Approved, tag: str, order_type: OrderType, buffer: Ticks) -> PlaceOrder:
    """The bracketed entry order. Bracket distances are signed ticks from the fill: a buy's stop is
    negative, its target positive, a sell's the other way (gateway.md 5.2).
    """
    side = _SIDES[approved.kind]
    limit = approved.price + side * buffer if order_type is OrderType.LIMIT else None
    return PlaceOrder(
        contract=approved.contract,
        tag=tag,
        purpose=Purpose.ENTRY,
        type=order_type,
        side=side,
        size=approved.size,
        limit=limit,
        stop_bracket=-side * approved.stop_ticks,
        target_bracket=side * approved.target_ticks,
    )


def accounted(entry: Entry, orders: list[Order]) -> bool:
    """Whether every fill of the entry that its order tells of is known."""
    known = sum(fill.size for fill in entry.fills if fill.order == entry.order)
    told = max((order.filled for order in orders if order.id == entry.order), default=0)
    return known > 0 and known >= told


def misplaced(entry: Entry, orders: list[Order]) -> str:
    """What is wrong with the prices of the entry's open children, in words; empty when nothing is.

    A child lies at its bracket distance from the entry's fills, of which all must be known: from
    one of them, or from their average.
    """
    if not accounted(entry, orders):
        return ""
    prices = [fill.price for fill in entry.fills if fill.order == entry.order]
    for order in orders:
        if order.parent != entry.order or order.status is not OrderStatus.OPEN:
            continue
        if order.type in STOPS:
            at, distance, name = order.stop, entry.request.stop_bracket, "stop"
        else:
            at, distance, name = order.limit, entry.request.target_bracket, "target"
        if distance is None:
            continue
        if at is None or not min(prices) <= at - distance <= max(prices):
            return f"{name} {order.id} at {at} ticks, expected {distance:+d} from the fill"
    return ""
