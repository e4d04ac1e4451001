"""python -m tools.order: place, change, cancel and list orders by hand."""

import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from gateway.modification import Modification, modifying
from gateway.reading import ReadFailed
from messages.base import SECOND, Nanos
from messages.market import Side
from messages.order import (
    CancelOrder,
    CancelResult,
    FillsFound,
    Order,
    OrdersFound,
    OrderType,
    Outcome,
    PlaceResult,
    QueryFills,
    QueryOrders,
)
from tools.console.command import Contract, Stopped
from tools.console.desk import Desk
from tools.console.orders import (
    averages,
    drafted,
    families,
    history_row,
    require,
    row,
    said,
    ticks,
    working,
)
from tools.console.printing import Answer, table
from tools.console.running import engine_runs
from tools.console.tool import Tool

app = Tool("order", "Orders by hand, at a running simulator or with --live in the real account.")

DAY: Nanos = 24 * 3600 * SECOND


class Way(StrEnum):
    BUY = "buy"
    SELL = "sell"


class Kind(StrEnum):
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    JOIN_BID = "join_bid"
    JOIN_ASK = "join_ask"


Number = Annotated[int, typer.Argument(help="The order's number, of order list.", min=1)]
LimitPrice = Annotated[str | None, typer.Option("--limit", help="Limit price.")]
StopPrice = Annotated[str | None, typer.Option("--stop", help="Stop price.")]


@app.does(writes=True)
def place(
    desk: Desk,
    side: Annotated[Way, typer.Argument()],
    size: Annotated[int, typer.Argument(help="Contracts.", min=1)],
    contract: Contract = None,
    kind: Annotated[Kind, typer.Option("--type")] = Kind.MARKET,
    limit: LimitPrice = None,
    stop: StopPrice = None,
    stop_ticks: Annotated[
        int | None, typer.Option(help="A stop so many ticks from the fill, 4 or more.", min=1)
    ] = None,
    target_ticks: Annotated[
        int | None, typer.Option(help="A target so many ticks from the fill.", min=1)
    ] = None,
    tag: Annotated[str | None, typer.Option(help="A tag of your own, never used before.")] = None,
) -> Answer:
    """Place one order, with a stop and a target at the venue where asked for. Never sent twice."""
    traded = desk.contract(contract)
    order = drafted(
        traded,
        Side[side.name],
        size,
        OrderType(kind.value),
        {"--limit": limit, "--stop": stop},
        (stop_ticks, target_ticks),
        f"hand-{time.time_ns():x}" if tag is None else tag,
    )
    if not desk.account.can_trade:
        raise Stopped(f"check: {desk.account.name} is locked: the venue would refuse", 7)
    if engine_runs(desk):
        words = "lock: an engine trades this account and would take the order for a stranger's"
        raise Stopped(f"{words}: stop it first", 9)
    at = limit or stop
    what = f"{side.value} {size} {traded.name} {said(kind.value)}{f' at {at}' if at else ''}"
    legs = [f"a stop {stop_ticks} ticks away" if stop_ticks else "NO stop"]
    legs += [f"a target {target_ticks} ticks away"] if target_ticks else []
    desk.confirm(f"Place {what} with {' and '.join(legs)}")
    result = desk.ask(order, PlaceResult)
    look = _looked_for(desk, order.tag) if result.outcome is Outcome.UNKNOWN else ""
    require(result.outcome, result.code, result.message, look)
    return table([{"order": result.order, "outcome": result.outcome.value, "tag": order.tag}])


@app.does(writes=True)
def cancel(desk: Desk, number: Number) -> Answer:
    """Cancel one working order."""
    order = _working(desk, number)
    desk.confirm(f"Cancel {_words(desk, order)}")
    result = desk.ask(CancelOrder(order.contract, number), CancelResult)
    return _changed(number, result.outcome, result.code, result.message)


@app.does(writes=True)
def modify(
    desk: Desk,
    number: Number,
    size: Annotated[int | None, typer.Option(help="New size.", min=1)] = None,
    limit: LimitPrice = None,
    stop: StopPrice = None,
) -> Answer:
    """Change size or prices of one working order; what is not named stays."""
    named = {"size": size, "limit": limit, "stop": stop}
    new = " ".join(f"{name} {value}" for name, value in named.items() if value is not None)
    if not new:
        raise Stopped("usage: name what changes: --size, --limit or --stop", 2)
    order = _working(desk, number)
    for option, given, is_there in (
        ("--limit", limit, order.limit),
        ("--stop", stop, order.stop),
    ):
        if given is not None and is_there is None:
            raise Stopped(f"usage: {_words(desk, order)} has no {option[2:]} price to change", 2)
    traded = desk.instruments[order.contract]
    change = Modification(
        number, size, ticks(traded, limit, "--limit"), ticks(traded, stop, "--stop")
    )
    desk.confirm(f"Change {_words(desk, order)} to {new}")
    verdict = desk.carry(modifying(desk.access, desk.account.id, traded, change))
    return _changed(number, verdict.outcome, verdict.code, verdict.message)


@app.does("list")
def list_(desk: Desk) -> Answer:
    """Every working order, suspended bracket legs too; each entry before its legs."""
    return table([row(desk.instruments, order) for order in working(desk)], "nothing is working")


@app.does()
def history(
    desk: Desk,
    days: Annotated[float, typer.Option(help="How far back.", min=0.01, max=366)] = 1,
    since: Annotated[
        str | None, typer.Option(help="From then on instead: 2026-11-20 or 2026-11-20T14:30, UTC.")
    ] = None,
) -> Answer:
    """Every order placed since then, rejected and done ones too, and what is working."""
    begin = desk.now() - int(days * DAY) if since is None else _moment(since)
    orders = families(desk.ask(QueryOrders(begin), OrdersFound).orders)
    filled = averages(desk.ask(QueryFills(begin), FillsFound).fills)
    words = f"no order in {days:g} days" if since is None else f"no order since {since}"
    return table([history_row(desk.instruments, order, filled) for order in orders], words)


def _looked_for(desk: Desk, tag: str) -> str:
    """What became of an order whose answer is in doubt. It may appear late (gateway.md 12.3)."""
    try:
        orders = desk.ask(QueryOrders(desk.now() - DAY), OrdersFound).orders
    except ReadFailed:
        orders = ()
    for order in orders:
        if order.tag == tag:
            return f"it is there: order {order.id}, {said(order.status.value)}"
    return f"it is not there yet: look for tag {tag} in order history"


def _working(desk: Desk, number: int) -> Order:
    for order in working(desk):
        if order.id == number:
            return order
    raise Stopped(f"check: order {number} is not working: see order list", 7)


def _words(desk: Desk, order: Order) -> str:
    name = desk.instruments[order.contract].name
    return f"order {order.id} ({order.side.name.lower()} {order.size} {name} {order.type.value})"


def _changed(number: int, outcome: Outcome, code: str, message: str) -> Answer:
    require(outcome, code, message, f"look for order {number} in order history")
    return table([{"order": number, "outcome": outcome.value}])


def _moment(typed: str) -> Nanos:
    """Without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        words = f"usage: --since: {typed} is not a time such as 2026-11-20T14:30"
        raise Stopped(words, 2) from None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()) * SECOND


if __name__ == "__main__":
    app()
