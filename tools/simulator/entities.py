"""Entities as JSON dicts, in the form REST returns them; `sparse` gives the hub's form."""

from decimal import Decimal
from typing import Any

from tools.simulator.accounts import Account, Position, Trade, dollars
from tools.simulator.contracts import Contract
from tools.simulator.orders import Order
from tools.simulator.stamps import iso

REST_DIGITS = 6
HUB_DIGITS = 7
NINE = Decimal("1E-9")
"""Averages are given to nine decimals."""
Entity = dict[str, Any]


def sparse(entity: Entity) -> Entity:
    """Null keys are left out in hub entities (gateway.md 7.4)."""
    return {key: value for key, value in entity.items() if value is not None}


def account(row: Account) -> Entity:
    return {
        "id": row.id,
        "name": row.name,
        "balance": dollars(row.balance),
        "canTrade": row.can_trade,
        "isVisible": True,
        "simulated": True,
    }


def contract(row: Contract) -> Entity:
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "tickSize": float(row.product.tick_size),
        "tickValue": float(row.product.tick_value),
        "activeContract": row.active,
        "symbolId": row.symbol_id,
    }


def order(row: Order, digits: int = REST_DIGITS) -> Entity:
    """Bracket legs carry their signed distance in ticks and in price; trailing stops theirs."""
    symbol, trail = row.contract, row.trail if row.bracket is None else row.bracket
    average = row.average
    entity: Entity = {
        "id": row.id,
        "accountId": row.account,
        "contractId": symbol.id,
        "symbolId": symbol.symbol_id,
        "creationTimestamp": iso(row.created, digits),
        "updateTimestamp": iso(row.updated, digits),
        "status": row.status,
        "type": row.type,
        "side": row.side,
        "size": row.size,
        "limitPrice": None if row.limit is None else symbol.price(row.limit),
        "stopPrice": None if row.stop is None else symbol.price(row.stop),
        "fillVolume": row.filled,
        "filledPrice": None if average is None else symbol.distance(average),
        "customTag": row.tag,
        "trailDistance": trail,
        "trailPrice": None if trail is None else symbol.distance(Decimal(trail)),
        "parentOrderId": row.parent,
        "linkedOrderId": row.linked,
    }
    return entity


def position(row: Position, digits: int = REST_DIGITS) -> Entity:
    return {
        "id": row.id,
        "accountId": row.account,
        "contractId": row.contract.id,
        "contractDisplayName": row.contract.display_name,
        "creationTimestamp": iso(row.created, digits),
        "type": (row.size > 0) + 2 * (row.size < 0),
        "size": abs(row.size),
        "averagePrice": row.contract.distance(row.average),
    }


def trade(row: Trade, digits: int = REST_DIGITS) -> Entity:
    return {
        "id": row.id,
        "accountId": row.account,
        "contractId": row.contract.id,
        "creationTimestamp": iso(row.created, digits),
        "price": row.contract.price(row.price),
        "profitAndLoss": None if row.pnl is None else dollars(row.pnl),
        "fees": dollars(row.fees),
        "commissions": dollars(row.commissions),
        "side": row.side,
        "size": row.size,
        "voided": row.voided,
        "orderId": row.order,
    }
