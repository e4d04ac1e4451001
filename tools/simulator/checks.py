"""Why the venue refuses an order: the texts of gateway.md 3.6, matched literally by clients.

Each check gives the text or None. Where no text was ever captured, the wording is ours and
docs/simulator.md says so.
"""

from decimal import Decimal

from tools.simulator.accounts import Account
from tools.simulator.book import Book
from tools.simulator.contracts import Contract
from tools.simulator.orders import Order, OrderType, Request, Side

CLOSED = "Trading is currently unavailable. The instrument is not in an active trading status."
POSITION_BRACKETS = (
    "Brackets cannot be used with Position Brackets. You must enable Auto OCO Brackets."
)
OUTSIDE = "Invalid price. Price is outside allowed range."
TAG_USED = "custom tag already in use"
MARGIN = "Not enough margin."
LEAST_TICKS = 4
MOST_TRAIL = 1000

TYPE_NAMES = {
    0: "Unknown", 1: "Limit", 2: "Market", 3: "StopLimit", 4: "Stop", 5: "TrailingStop",
    6: "JoinBid", 7: "JoinAsk",
}  # fmt: skip
WITH_LIMIT = (OrderType.LIMIT, OrderType.STOP_LIMIT)
WITH_STOP = (OrderType.STOP, OrderType.STOP_LIMIT)


def _price(name: str, price: Decimal | None, contract: Contract) -> str | None:
    if price is None:
        return f"Invalid {name} price."
    if contract.ticks(price) is None:
        return f"Invalid {name} price. Price is not aligned to tick size."
    return None if price > 0 else OUTSIDE


def beyond(side: Side, stop: int, last: int) -> bool:
    """Whether a stop would trigger at once: buy at or under the last price, sell at or over."""
    return stop <= last if side is Side.BUY else stop >= last


def prices(request: Request, contract: Contract, last: int | None) -> str | None:
    """Limit, stop and trail price by type: present, on the grid, on the right side."""
    if request.type in WITH_LIMIT:
        refused = _price("limit", request.limit, contract)
        if refused:
            return refused
    if request.type in WITH_STOP:
        refused = _price("stop", request.stop, contract)
        if refused:
            return refused
        stop = contract.ticks(request.stop or Decimal(0))
        if last is not None and stop is not None and beyond(Side(request.side), stop, last):
            return OUTSIDE
    if request.type == OrderType.TRAILING_STOP:
        return _trail(request.trail, contract, last)
    return None


def _trail(price: Decimal | None, contract: Contract, last: int | None) -> str | None:
    if price is None:
        return "Trail Distance not set."
    level = contract.ticks(price)
    if level is None:
        return "Invalid trail price. Price is not aligned to tick size."
    if last is None:
        return "Cannot trail without a last price"
    if abs(last - level) > MOST_TRAIL:
        return f"Trail Distance exceeds maximum ({MOST_TRAIL})"
    return None


def _sign(leg: str, ticks: int, wanted: int, side: Side) -> str | None:
    if ticks * wanted > 0:
        return None
    which = "greater" if wanted > 0 else "less"
    way = "longing" if side is Side.BUY else "shorting"
    return f"Invalid {leg} ticks ({ticks}). Ticks should be {which} than zero when {way}."


def brackets(request: Request, account: Account) -> str | None:
    """Account mode, sign, distance and type of the bracket legs (gateway.md 5.1, 5.2)."""
    stop, target = request.stop_loss, request.take_profit
    if (stop or target) and not account.auto_oco:
        return POSITION_BRACKETS
    side = Side(request.side)
    if stop:
        if stop.type not in (OrderType.STOP, OrderType.TRAILING_STOP):
            return f"Invalid stop loss type ({TYPE_NAMES.get(stop.type, stop.type)})"
        refused = _sign("stop loss", stop.ticks, -side.sign, side)
        if refused:
            return refused
        if abs(stop.ticks) < LEAST_TICKS:
            return (
                f"Invalid stop loss ticks ({stop.ticks}). "
                f"Price should be at least {LEAST_TICKS} ticks away."
            )
    if target:
        if target.type != OrderType.LIMIT:
            return f"Invalid take profit type ({TYPE_NAMES.get(target.type, target.type)})"
        return _sign("take profit", target.ticks, side.sign, side)
    return None


def form(request: Request) -> str | None:
    """Type, side and size; nothing else can be judged before these hold."""
    if request.type not in OrderType.__members__.values():
        return f"Invalid order type ({TYPE_NAMES.get(request.type, request.type)})"
    if request.side not in Side.__members__.values():
        return f"Invalid order side ({request.side})"
    return None if request.size > 0 else f"Invalid order size ({request.size})"


def market(book: Book | None) -> str | None:
    """A contract without a two-sided market is closed."""
    return None if book and book.bid is not None and book.ask is not None else CLOSED


def exposure(
    request: Request, contract: Contract, account: Account, working: list[Order]
) -> str | None:
    """The position limit, counting the account's working entries of the same side as filled.

    Bracket legs do not count (they close), nor does what an order takes off an open position.
    """
    sign = Side(request.side).sign
    pending = sum(
        order.left
        for order in working
        if order.contract == contract and order.side == request.side and order.parent is None
    )
    weight = contract.product.micros
    projected = abs(account.size(contract) + sign * (pending + request.size)) * weight
    elsewhere = sum(
        abs(position.size) * position.contract.product.micros
        for position in account.positions.values()
        if position.contract != contract
    )
    return MARGIN if projected + elsewhere > account.limit else None
