"""From the venue's entities to messages: ticks, int ns UTC, 1/10,000 USD. Everything here raises
WireError only.
"""

from decimal import Decimal

from gateway.contracts import Instruments
from gateway.times import nanos
from gateway.wire import (
    UNREADABLE,
    AccountRow,
    BarRow,
    OrderRow,
    PositionRow,
    PositionType,
    TradeRow,
    WireError,
    WireSide,
    WireStatus,
    WireType,
    money,
)
from messages.base import FINE, SECOND, FineTicks, Nanos, Ticks
from messages.market import Bar, Instrument, Side
from messages.order import Fill, Order, OrderStatus, OrderType
from messages.position import Account, Position

SIDES = {WireSide.BID: Side.BUY, WireSide.ASK: Side.SELL}
TYPES = {wire: OrderType[wire.name] for wire in WireType}
STATUSES = {wire: OrderStatus[wire.name] for wire in WireStatus}
SIDE_NUMBERS = {side: wire for wire, side in SIDES.items()}
TYPE_NUMBERS = {type_: wire for wire, type_ in TYPES.items()}


def ticks(instrument: Instrument, price: Decimal) -> Ticks:
    try:
        return instrument.ticks(price)
    except UNREADABLE as problem:
        raise WireError(
            f"{instrument.id}: price {price} is not on the grid of {instrument.tick_size}"
        ) from problem


def account(row: AccountRow) -> Account:
    return Account(row.id, row.name, money(row.balance), row.can_trade)


def order(row: OrderRow, instruments: Instruments) -> Order:
    number = row.order_id if row.id is None else row.id
    if number is None:
        raise WireError("an order carries neither id nor orderId")
    if row.size < 0 or (row.fill_volume or 0) < 0:
        raise WireError(f"order {number}: size {row.size}, filled {row.fill_volume}")
    instrument = instruments[row.contract_id]
    return Order(
        id=number,
        contract=row.contract_id,
        status=STATUSES[row.status],
        type=TYPES[row.type],
        side=SIDES[row.side],
        size=row.size,
        filled=row.fill_volume or 0,
        created=_at(row.creation_timestamp),
        limit=_price(instrument, row.limit_price),
        stop=_price(instrument, row.stop_price),
        tag=row.custom_tag,
        parent=row.parent_order_id,
        linked=row.linked_order_id,
        updated=0 if row.update_timestamp is None else _at(row.update_timestamp),
    )


def position(row: PositionRow, instruments: Instruments) -> Position:
    """A close arrives as type 0, size 0 (gateway.md 7.4); a size without a direction is a fault,
    not flat.
    """
    if row.size < 0 or (row.size and row.type is PositionType.UNDEFINED):
        raise WireError(f"position in {row.contract_id}: size {row.size} of type {row.type.value}")
    instrument = instruments[row.contract_id]
    if not row.size:
        return Position(row.contract_id, 0, 0)
    signed = row.size if row.type is PositionType.LONG else -row.size
    return Position(row.contract_id, signed, _average(row, instrument))


def _average(row: PositionRow, instrument: Instrument) -> FineTicks:
    if row.average_price is None:
        raise WireError(f"position in {row.contract_id}: no average price")
    try:
        fine = row.average_price / Decimal(instrument.tick_size) * FINE
        return int(fine.to_integral_value())
    except UNREADABLE as problem:
        raise WireError(f"position in {row.contract_id}: price {row.average_price}") from problem


def fill(row: TradeRow, instruments: Instruments) -> Fill:
    """Fees and commissions are stated apart and paid together (gateway.md 3.11)."""
    if row.size <= 0:
        raise WireError(f"trade {row.id}: size {row.size}")
    return Fill(
        id=row.id,
        order=row.order_id,
        contract=row.contract_id,
        side=SIDES[row.side],
        size=row.size,
        price=ticks(instruments[row.contract_id], row.price),
        fees=money(row.fees + (row.commissions or 0)),
        pnl=None if row.profit_and_loss is None else money(row.profit_and_loss),
        stamp=_at(row.creation_timestamp),
        voided=row.voided,
    )


def bar(row: BarRow, instrument: Instrument, seconds: int) -> Bar:
    start = _at(row.t)
    opened, high, low, close = (ticks(instrument, price) for price in (row.o, row.h, row.l, row.c))
    if not (low <= min(opened, close) and max(opened, close) <= high and row.v >= 0):
        raise WireError(f"bar of {row.t}: o {row.o} h {row.h} l {row.l} c {row.c} v {row.v}")
    return Bar(start, start + seconds * SECOND, opened, high, low, close, row.v)


def _price(instrument: Instrument, price: Decimal | None) -> Ticks | None:
    return None if price is None else ticks(instrument, price)


def _at(text: str) -> Nanos:
    try:
        return nanos(text)
    except UNREADABLE as problem:
        raise WireError(str(problem)) from problem
