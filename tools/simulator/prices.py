"""The prices of an order in ticks: as placed, and as changed (gateway.md 3.6, 3.7)."""

from decimal import Decimal

from tools.simulator import checks
from tools.simulator.book import Book
from tools.simulator.contracts import Contract
from tools.simulator.orders import Order, OrderType, Request

Prices = tuple[int | None, int | None, int | None]
"""Limit, stop, trailing distance."""


class BadPrice(Exception):
    """Why a changed price is refused."""


def give(order: Order, request: Request, book: Book | None, last: int | None) -> None:
    """Give a new order the prices asked for; a trailing stop its level off the last trade."""
    contract = order.contract
    if order.type == OrderType.JOIN_BID and book:
        order.limit = book.bid
    elif order.type == OrderType.JOIN_ASK and book:
        order.limit = book.ask
    elif order.type in checks.WITH_LIMIT and request.limit is not None:
        order.limit = contract.ticks(request.limit)
    if order.type in checks.WITH_STOP and request.stop is not None:
        order.stop = contract.ticks(request.stop)
    if order.type == OrderType.TRAILING_STOP and request.trail is not None and last:
        order.trail = abs(last - (contract.ticks(request.trail) or 0))
        order.stop = last + order.trail * order.side.sign


def changed(order: Order, change: Request, last: int | None) -> Prices:
    """An order's prices after a change, which is not applied. Raises BadPrice."""
    limit, stop, trail = order.limit, order.stop, order.trail
    if change.limit is not None and limit is not None:
        limit = _aligned("limit", order.contract, change.limit)
    if change.stop is not None and stop is not None:
        stop = _aligned("stop", order.contract, change.stop)
        if last is not None and order.armed and checks.beyond(order.side, stop, last):
            raise BadPrice(checks.OUTSIDE)
    if change.trail is not None and trail is not None:
        if last is None:
            raise BadPrice("Cannot trail without a last price")
        trail = abs(last - _aligned("trail", order.contract, change.trail))
        stop = last + trail * order.side.sign
    return limit, stop, trail


def _aligned(name: str, contract: Contract, price: Decimal) -> int:
    ticks = contract.ticks(price)
    if ticks is None:
        raise BadPrice(f"Invalid {name} price. Price is not aligned to tick size.")
    if ticks <= 0:
        raise BadPrice(checks.OUTSIDE)
    return ticks
