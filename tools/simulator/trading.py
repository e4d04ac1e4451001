"""REST endpoints of orders, positions and trades; refusals are raised by the exchange."""

from datetime import datetime

from tools.simulator import bodies, entities
from tools.simulator.desk import BadQuery, Caller, Desk, Envelope, ok
from tools.simulator.exchange import Refused, Why
from tools.simulator.orders import Bracket, Order, Request
from tools.simulator.stamps import ns_of

PAGE = 100
"""Our choice: default and largest page of v2/query are undocumented."""


def place(desk: Desk, caller: Caller, body: bodies.Place) -> Envelope:
    contract = desk.contract(caller.now, body.contract_id)
    order = desk.exchange.place(caller.now, body.account_id, contract, _request(body))
    return ok(orderId=order.id)


def _request(body: bodies.Place) -> Request:
    stop, target = body.stop_loss_bracket, body.take_profit_bracket
    return Request(
        type=body.type,
        side=body.side,
        size=body.size,
        limit=body.limit_price,
        stop=body.stop_price,
        trail=body.trail_price,
        tag=body.custom_tag,
        stop_loss=Bracket(stop.ticks, stop.type) if stop else None,
        take_profit=Bracket(target.ticks, target.type) if target else None,
    )


def modify(desk: Desk, caller: Caller, body: bodies.Modify) -> Envelope:
    change = Request(
        type=0,
        side=0,
        size=body.size or 0,
        limit=body.limit_price,
        stop=body.stop_price,
        trail=body.trail_price,
    )
    desk.exchange.modify(caller.now, body.account_id, body.order_id, change)
    return ok()


def cancel(desk: Desk, caller: Caller, body: bodies.OneOrder) -> Envelope:
    desk.exchange.cancel(caller.now, body.account_id, body.order_id)
    return ok()


def _orders(desk: Desk, account: int) -> list[Order]:
    desk.exchange.account(account)
    return list(desk.exchange.orders[account].values())


def _within(created: int, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or ns_of(start) <= created) and (end is None or created <= ns_of(end))


def order_search(desk: Desk, caller: Caller, body: bodies.Span) -> Envelope:
    """By creation time; without a start nothing is found (gateway.md 3.1, 11)."""
    rows = _orders(desk, body.account_id) if body.start_timestamp else []
    desk.exchange.account(body.account_id)
    found = [r for r in rows if _within(r.created, body.start_timestamp, body.end_timestamp)]
    return ok(orders=[entities.order(row) for row in found])


def order_search_open(desk: Desk, caller: Caller, body: bodies.OneAccount) -> Envelope:
    """Status 1 only: suspended legs and pending orders are not shown (gateway.md 3.9)."""
    account = desk.exchange.account(body.account_id)
    rows = [r for r in desk.exchange.working.values() if r.account == account.id]
    return ok(orders=[entities.order(row) for row in rows if row.status == 1])


def order_by_id(desk: Desk, caller: Caller, body: bodies.OneOrder) -> Envelope:
    desk.exchange.account(body.account_id)
    row = desk.exchange.orders[body.account_id].get(body.order_id)
    if row is None:
        raise Refused(Why.NO_ORDER)
    return ok(order=entities.order(row))


def order_query(desk: Desk, caller: Caller, body: bodies.Query) -> Envelope:
    """Filter, sort and page; pageOffset counts pages from 0 (ours: undocumented)."""
    size = PAGE if body.page_size is None else body.page_size
    page = body.page_offset or 0
    checks = (
        ("pageSize", 1 <= size <= PAGE),
        ("pageOffset", page >= 0),
        ("sortBy", body.sort_by in (0, 1)),
        ("sortDirection", body.sort_direction in (0, 1)),
    )
    for name, good in checks:
        if not good:
            raise BadQuery(f"request.{name}", f"The field {name} is out of range.")
    wanted = body.filter
    found = [
        row
        for row in _orders(desk, wanted.account_id)
        if (wanted.statuses is None or row.status in wanted.statuses)
        and (wanted.contract_id is None or row.contract.id == wanted.contract_id)
        and _within(row.created, wanted.created_after, wanted.created_before)
    ]
    found.sort(
        key=lambda row: row.id if body.sort_by else (row.created, row.id),
        reverse=bool(body.sort_direction),
    )
    shown = [entities.order(row) for row in found[page * size : (page + 1) * size]]
    total = {"totalCount": len(found)} if body.include_total_count else {}
    return ok(orders=shown, **total)


def position_search_open(desk: Desk, caller: Caller, body: bodies.OneAccount) -> Envelope:
    account = desk.exchange.account(body.account_id)
    return ok(positions=[entities.position(row) for row in account.positions.values()])


def position_close(desk: Desk, caller: Caller, body: bodies.Close) -> Envelope:
    contract = desk.contract(caller.now, body.contract_id)
    desk.exchange.close(caller.now, body.account_id, contract, None)
    return ok()


def position_partial_close(desk: Desk, caller: Caller, body: bodies.PartialClose) -> Envelope:
    contract = desk.contract(caller.now, body.contract_id)
    desk.exchange.close(caller.now, body.account_id, contract, body.size)
    return ok()


def trade_search(desk: Desk, caller: Caller, body: bodies.Span) -> Envelope:
    """Newest first, as captured; without a start nothing is found."""
    account = desk.exchange.account(body.account_id)
    rows = desk.exchange.trades[account.id] if body.start_timestamp else []
    found = [r for r in rows if _within(r.created, body.start_timestamp, body.end_timestamp)]
    return ok(trades=[entities.trade(row) for row in reversed(found)])
