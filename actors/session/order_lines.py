"""The human log's lines on orders, fills, positions and closed trades."""

from collections.abc import Mapping
from decimal import Decimal

from actors.session.memory import Level, Line, Memory, Writer, first
from actors.session.units import Instruments, average, dollars, plain, price, signed, symbol
from messages.base import FINE, Ticks
from messages.market import Side
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    CloseResult,
    Fill,
    FillEvent,
    FillsFound,
    ModifyOrder,
    ModifyResult,
    Order,
    OrderEvent,
    OrderLate,
    OrdersFound,
    OrderStatus,
    OrderType,
    Outcome,
    PhaseChanged,
    PlaceOrder,
    PlaceResult,
    QueryFailed,
    StopMoved,
    Withheld,
)
from messages.position import (
    AccountEvent,
    DayFigures,
    ExitReason,
    Mismatch,
    PositionChanged,
    Reconciled,
    RoundTrip,
)

_LOUD: Mapping[OrderStatus, Level] = {
    OrderStatus.CANCELLED: "INFO",
    OrderStatus.EXPIRED: "WARNING",
    OrderStatus.REJECTED: "ERROR",
}


def _place(order: PlaceOrder, instruments: Instruments, memory: Memory) -> list[Line]:
    memory.know_tag(order.tag)
    return [("INFO", f"ORDER: {_words(order, instruments)}")]


def _words(order: PlaceOrder | Order, instruments: Instruments) -> str:
    """For example: STOP SELL 1 MES @ 6048.00."""
    kind = order.type.name.replace("_", " ")
    what = f"{kind} {order.side.name} {order.size} {symbol(instruments, order.contract)}"
    return f"{what} @ {_level(order, instruments)}"


def _withheld(order: Withheld, instruments: Instruments, memory: Memory) -> list[Line]:
    name, at = symbol(instruments, order.contract), "market"
    if order.limit is not None:
        at = price(instruments, order.contract, order.limit)
    words = f"{order.type.name} {order.side.name} {order.size} {name} @ {at}"
    if order.stop_bracket is not None and order.target_bracket is not None:
        words += f", stop {order.stop_bracket:+d} and target {order.target_bracket:+d} ticks"
    return [("INFO", f"WITHHELD: {words}")]


def _level(order: PlaceOrder | Order, instruments: Instruments) -> str:
    levels: list[Ticks] = [ticks for ticks in (order.stop, order.limit) if ticks is not None]
    if order.type is OrderType.MARKET or not levels:
        return "market"
    return " limit ".join(price(instruments, order.contract, ticks) for ticks in levels)


def _order_event(event: OrderEvent, instruments: Instruments, memory: Memory) -> list[Line]:
    return _order(event.order, instruments, memory)


def _orders_found(found: OrdersFound, instruments: Instruments, memory: Memory) -> list[Line]:
    """A search repeats what the hub has told: only orders that work and were never told are new."""
    told = [order for order in found.orders if order.status.working]
    return [line for order in told for line in _order(order, instruments, memory)]


def _order(order: Order, instruments: Instruments, memory: Memory) -> list[Line]:
    known = memory.orders.get(order.id)
    if known is not None and not known.status.working:
        return []  # told as ended: what comes later is late
    memory.know_order(order)
    if order.status is OrderStatus.OPEN:
        return _opened(order, known, instruments, memory)
    if (level := _LOUD.get(order.status)) is not None:
        return [(level, f"{order.status.name}: {_words(order, instruments)}")]
    return []


def _opened(
    order: Order, known: Order | None, instruments: Instruments, memory: Memory
) -> list[Line]:
    """Legs are told when they open, and when they move; the engine's entries when it sent them."""
    words = _words(order, instruments)
    if known is None or known.status is not OrderStatus.OPEN:
        ours = order.parent is None and (order.tag in memory.tags or order.type is OrderType.MARKET)
        return [] if ours else [("INFO", f"ORDER: {words}")]
    if (known.stop, known.limit, known.size) == (order.stop, order.limit, order.size):
        return []
    return [("INFO", f"ORDER: {words} (was {known.size} @ {_level(known, instruments)})")]


def _cancel(cancel: CancelOrder, instruments: Instruments, memory: Memory) -> list[Line]:
    known = memory.orders.get(cancel.order)
    what = f"order {cancel.order}" if known is None else _words(known, instruments)
    return [("INFO", f"ORDER: CANCEL {what}")]


def _modify(change: ModifyOrder, instruments: Instruments, memory: Memory) -> list[Line]:
    known = memory.orders.get(change.order)
    what = f"order {change.order}" if known is None else _words(known, instruments)
    return [("INFO", f"ORDER: RESIZE {what} to {change.size}")]


def _stop_moved(moved: StopMoved, instruments: Instruments, memory: Memory) -> list[Line]:
    was, stop = (price(instruments, moved.contract, at) for at in (moved.was, moved.stop))
    what = f"{symbol(instruments, moved.contract)} order {moved.order}: {was} to {stop}"
    return [("WARNING", f"STOP MOVED: {what}, now at risk {dollars(moved.risk)}")]


def _close(close: CloseContract, instruments: Instruments, memory: Memory) -> list[Line]:
    memory.closing.add(close.contract)
    return [("INFO", f"ORDER: CLOSE {symbol(instruments, close.contract)} @ market")]


def _result(
    result: PlaceResult | CancelResult | ModifyResult | CloseResult,
    instruments: Instruments,
    memory: Memory,
) -> list[Line]:
    if result.outcome is Outcome.ACCEPTED:
        return []
    kind = type(result).__name__.removesuffix("Result").upper()
    what = symbol(instruments, result.contract)
    if isinstance(result, PlaceResult):
        what += f" {result.purpose} {result.tag}"
    elif isinstance(result, CancelResult | ModifyResult):
        what += f" order {result.order}"
    told = f"{kind} {result.outcome.name}: {what}: {result.code} {result.message}".rstrip()
    if result.outcome is Outcome.UNKNOWN:
        return [("WARNING", f"{told} (it will be looked up, not sent again)")]
    return [("ERROR" if isinstance(result, PlaceResult) else "WARNING", told)]


def _fill_event(event: FillEvent, instruments: Instruments, memory: Memory) -> list[Line]:
    return _fill(event.fill, instruments, memory)


def _fills_found(found: FillsFound, instruments: Instruments, memory: Memory) -> list[Line]:
    recent = [fill for fill in found.fills if fill.stamp >= memory.began]
    return [line for fill in recent for line in _fill(fill, instruments, memory)]


def _fill(fill: Fill, instruments: Instruments, memory: Memory) -> list[Line]:
    done = "BOUGHT" if fill.side is Side.BUY else "SOLD"
    at = price(instruments, fill.contract, fill.price)
    text = f"{done} {fill.size} {symbol(instruments, fill.contract)} @ {at}"
    if fill.voided:
        return [("WARNING", f"FILL VOIDED: {text}")]
    if not first(memory.fills, fill.id):
        return []
    if fill.pnl is None:
        return [("INFO", f"FILL: {text}")]
    return [("INFO", f"FILL: {text} ({_ended_by(fill, memory).value})")]


def _ended_by(fill: Fill, memory: Memory) -> ExitReason:
    """A leg has a parent, or a tag where it is a bracket of ours."""
    order = memory.orders.get(fill.order)
    leg = order is not None and (order.parent is not None or order.tag is not None)
    if order is not None and leg and order.type is not OrderType.MARKET:
        return ExitReason.TARGET if order.type is OrderType.LIMIT else ExitReason.STOP
    if memory.flattens:
        return ExitReason.FLATTEN
    return ExitReason.EXIT if fill.contract in memory.closing else ExitReason.OUTSIDE


def _round_trip(trip: RoundTrip, instruments: Instruments, memory: Memory) -> list[Line]:
    memory.closing.discard(trip.contract)
    if not first(memory.trips, trip.id):
        return []  # a restarted actor says it again
    ticks = Decimal((trip.exit - trip.entry) * trip.side) / FINE
    unit = "tick" if abs(ticks) == 1 else "ticks"
    return [("INFO", f"TRADE CLOSED: {signed(trip.gross)} ({plain(ticks)} {unit})")]


def _position(change: PositionChanged, instruments: Instruments, memory: Memory) -> list[Line]:
    name = symbol(instruments, change.contract)
    held = f"{change.size:+d} {name} @ {average(instruments, change.contract, change.average)}"
    words = held if change.size else f"flat {name}"
    return [("DEBUG", f"POSITION: {words} realised {signed(change.realised)}")]


def _phase(change: PhaseChanged, instruments: Instruments, memory: Memory) -> list[Line]:
    name = symbol(instruments, change.contract)
    return [("DEBUG", f"PHASE: {name} {change.phase} ({change.reason})")]


def _mismatch(found: Mismatch, instruments: Instruments, memory: Memory) -> list[Line]:
    name = symbol(instruments, found.contract)
    words = f"the venue holds {found.venue:+d}, the engine {found.engine:+d}: the venue wins"
    return [("WARNING", f"MISMATCH: {name} {words}")]


def _reconciled(done: Reconciled, instruments: Instruments, memory: Memory) -> list[Line]:
    name = symbol(instruments, done.contract)
    words = "changed" if done.changed else "unchanged"
    level: Level = "WARNING" if done.changed else "DEBUG"
    return [(level, f"RECONCILED: {name} {done.size:+d} ({words})")]


def _account(event: AccountEvent, instruments: Instruments, memory: Memory) -> list[Line]:
    account = event.account
    told: list[Line] = [("DEBUG", f"ACCOUNT: {account.name} {dollars(account.balance)}")]
    if memory.locked == account.can_trade:
        memory.locked = not account.can_trade
        words = "can trade again" if account.can_trade else "may not trade, says the venue"
        told.append(("WARNING", f"ACCOUNT: {account.name} {words}"))
    return told


def _day(day: DayFigures, instruments: Instruments, memory: Memory) -> list[Line]:
    trades = f"{day.round_trips} trades, {day.consecutive_losses} losses in a row"
    return [("DEBUG", f"DAY: {signed(day.realised)} net, {trades}")]


def _query_failed(failed: QueryFailed, instruments: Instruments, memory: Memory) -> list[Line]:
    return [("WARNING", f"QUERY FAILED: {failed.query}: {failed.code} {failed.message}".rstrip())]


def _late(late: OrderLate, instruments: Instruments, memory: Memory) -> list[Line]:
    return [("DEBUG", f"LATE: order {late.order} was {late.was}, then {late.event}")]


WRITERS: Mapping[str, Writer] = {
    "PlaceOrder": _place,
    "Withheld": _withheld,
    "OrderEvent": _order_event,
    "OrdersFound": _orders_found,
    "CancelOrder": _cancel,
    "ModifyOrder": _modify,
    "CloseContract": _close,
    "PlaceResult": _result,
    "CancelResult": _result,
    "ModifyResult": _result,
    "CloseResult": _result,
    "FillEvent": _fill_event,
    "FillsFound": _fills_found,
    "RoundTrip": _round_trip,
    "PositionChanged": _position,
    "PhaseChanged": _phase,
    "Mismatch": _mismatch,
    "Reconciled": _reconciled,
    "AccountEvent": _account,
    "DayFigures": _day,
    "QueryFailed": _query_failed,
    "OrderLate": _late,
    "StopMoved": _stop_moved,
}
