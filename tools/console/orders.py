"""Orders as the tools read, draft and show them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from gateway.contracts import Instruments
from gateway.mutations import LEAST_STOP
from messages.base import FINE, FineTicks, Ticks
from messages.market import Instrument, Side
from messages.order import (
    Fill,
    Order,
    OrdersFound,
    OrderType,
    Outcome,
    PlaceOrder,
    Purpose,
    QueryOrders,
)
from tools.console.command import Stopped
from tools.console.desk import Desk
from tools.console.printing import Row, average, moment, price

PRICED = {OrderType.LIMIT: "--limit", OrderType.STOP: "--stop"}
"""The one price that a type needs; the others take none."""


def working(desk: Desk) -> list[Order]:
    """What can still fill, suspended bracket legs too; each entry before its legs."""
    return families(
        order for order in desk.ask(QueryOrders(), OrdersFound).orders if order.status.working
    )


def families(orders: Iterable[Order]) -> list[Order]:
    """By number, each entry before its legs."""
    return sorted(orders, key=lambda order: (order.parent or order.id, order.id))


def averages(fills: Iterable[Fill]) -> dict[int, FineTicks]:
    """The average fill price by order, busted fills apart."""
    sums: dict[int, tuple[int, int]] = {}
    for fill in fills:
        if not fill.voided:
            size, worth = sums.get(fill.order, (0, 0))
            sums[fill.order] = size + fill.size, worth + fill.size * fill.price
    return {order: round(FINE * worth / size) for order, (size, worth) in sums.items()}


def row(instruments: Instruments, order: Order) -> dict[str, object]:
    traded = instruments[order.contract]
    return {
        "id": order.id,
        "parent": order.parent,
        "created": moment(order.created),
        "contract": traded.name,
        "side": order.side.name.lower(),
        "size": order.size,
        "type": said(order.type.value),
        "limit": price(traded, order.limit),
        "stop": price(traded, order.stop),
        "status": said(order.status.value),
        "filled": order.filled,
        "tag": order.tag,
    }


def history_row(instruments: Instruments, order: Order, filled: Mapping[int, FineTicks]) -> Row:
    """With the average price of what has filled."""
    at = filled.get(order.id)
    found = None if at is None else average(instruments[order.contract], at)
    shown = row(instruments, order)
    tag = shown.pop("tag")
    return {**shown, "average": found, "tag": tag}


def drafted(
    traded: Instrument,
    side: Side,
    size: int,
    kind: OrderType,
    prices: Mapping[str, str | None],
    distances: tuple[int | None, int | None],
    tag: str,
) -> PlaceOrder:
    """An order that the venue has no reason of form to refuse. `prices` by option, as typed;
    `distances` of stop and target in ticks from the fill, without a sign. Raises Stopped.
    """
    needed = PRICED.get(kind)
    for option, given in prices.items():
        if given is None and option == needed:
            raise Stopped(f"usage: a {said(kind.value)} order needs {option}", 2)
        if given is not None and option != needed:
            raise Stopped(f"usage: a {said(kind.value)} order has no {option}: leave it out", 2)
    if not tag.strip() or not tag.isprintable():
        raise Stopped("usage: --tag: give letters, digits and signs, or leave it out", 2)
    stop, target = distances
    if stop is not None and stop < LEAST_STOP:
        words = f"usage: --stop-ticks: {stop} is too near: the venue wants {LEAST_STOP} at least"
        raise Stopped(words, 2)
    return PlaceOrder(
        contract=traded.id,
        tag=tag,
        purpose=Purpose.ENTRY,
        type=kind,
        side=side,
        size=size,
        limit=ticks(traded, prices["--limit"], "--limit"),
        stop=ticks(traded, prices["--stop"], "--stop"),
        stop_bracket=None if stop is None else -side * stop,
        target_bracket=None if target is None else side * target,
    )


def ticks(traded: Instrument, typed: str | None, option: str) -> Ticks | None:
    """A price in ticks. Raises Stopped for one off the grid."""
    if typed is None:
        return None
    try:
        return traded.ticks(Decimal(typed))
    except (InvalidOperation, ValueError, OverflowError):
        words = f"usage: {option}: {typed} is not a price of {traded.name}"
        raise Stopped(f"{words}: give a multiple of {traded.tick_size}", 2) from None


def said(name: str) -> str:
    """A type, status or code in words: `pending cancel`, `invalid close size`."""
    return name.replace("_", " ")


def require(outcome: Outcome, code: str, message: str, look: str) -> None:
    """Go on only with what the venue accepted. Refused: nothing happened. Unknown: it may have, so
    the operator must look. Raises Stopped.
    """
    words = f"{said(code)}: {message}" if message else said(code)
    if outcome is Outcome.REFUSED:
        raise Stopped(f"refused: {words}", 7)
    if outcome is Outcome.UNKNOWN:
        raise Stopped(f"unknown: {words}: do not send it again, {look}", 7)
