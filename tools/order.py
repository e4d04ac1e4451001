"""python -m tools.order: place, change, cancel and list orders by hand."""

import time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, NoReturn

import typer

from gateway.modification import Modification, modifying
from messages.base import SECOND, Ticks
from messages.market import Instrument, Side
from messages.order import (
    CancelOrder,
    CancelResult,
    Order,
    OrdersFound,
    OrderType,
    Outcome,
    PlaceOrder,
    PlaceResult,
    Purpose,
    QueryOrders,
)
from tools.console.command import Account, Json, Live, Stopped, Url, Yes, application, confirm
from tools.console.desk import Desk, opened
from tools.console.orders import row, working
from tools.console.printing import show

app = application("Orders by hand, at a running simulator or with --live in the real account.")


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


@app.command()
def place(
    side: Annotated[Way, typer.Argument()],
    size: Annotated[int, typer.Argument(help="Contracts.", min=1)],
    contract: Annotated[
        str | None, typer.Option(help="Symbol or full id; default: the settings'.")
    ] = None,
    kind: Annotated[Kind, typer.Option("--type")] = Kind.MARKET,
    limit: LimitPrice = None,
    stop: StopPrice = None,
    stop_ticks: Annotated[
        int | None, typer.Option(help="A stop so many ticks from the fill.", min=4)
    ] = None,
    target_ticks: Annotated[
        int | None, typer.Option(help="A target so many ticks from the fill.", min=1)
    ] = None,
    tag: Annotated[str | None, typer.Option(help="A tag of your own, never used before.")] = None,
    account: Account = None,
    url: Url = None,
    live: Live = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Place one order, with a stop and a target at the venue where asked for. Never sent twice."""
    with opened(url, live, account) as desk:
        traded = desk.contract(contract)
        way = Side[side.name]
        order = PlaceOrder(
            contract=traded.id,
            tag=f"hand-{time.time_ns():x}" if tag is None else tag,
            purpose=Purpose.ENTRY,
            type=OrderType(kind.value),
            side=way,
            size=size,
            limit=_ticks(traded, limit, "--limit"),
            stop=_ticks(traded, stop, "--stop"),
            stop_bracket=None if stop_ticks is None else -way * stop_ticks,
            target_bracket=None if target_ticks is None else way * target_ticks,
        )
        prices = f" limit {limit}" if limit else ""
        prices += f" stop {stop}" if stop else ""
        what = f"{side.value} {size} {traded.name} {kind.value}{prices}"
        confirm(f"Place {what} in {desk.place}?", yes)
        result = desk.ask(order, PlaceResult)
        if result.outcome is not Outcome.ACCEPTED:
            _failed(result.outcome, result.code, result.message, f"look for tag {order.tag}")
        show([{"order": result.order, "outcome": result.outcome.value, "tag": order.tag}], json, "")


@app.command()
def cancel(
    number: Number,
    account: Account = None,
    url: Url = None,
    live: Live = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Cancel one working order."""
    with opened(url, live, account) as desk:
        order = _working(desk, number)
        confirm(f"Cancel {_words(desk, order)} in {desk.place}?", yes)
        result = desk.ask(CancelOrder(order.contract, number), CancelResult)
        if result.outcome is not Outcome.ACCEPTED:
            _failed(result.outcome, result.code, result.message, f"look for order {number}")
        show([{"order": number, "outcome": result.outcome.value}], json, "")


@app.command()
def modify(
    number: Number,
    size: Annotated[int | None, typer.Option(help="New size.", min=1)] = None,
    limit: LimitPrice = None,
    stop: StopPrice = None,
    account: Account = None,
    url: Url = None,
    live: Live = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Change size or prices of one working order; what is not named stays."""
    with opened(url, live, account) as desk:
        if size is None and limit is None and stop is None:
            raise Stopped("usage: name what changes: --size, --limit or --stop", 2)
        order = _working(desk, number)
        traded = desk.instruments[order.contract]
        change = Modification(
            number, size, _ticks(traded, limit, "--limit"), _ticks(traded, stop, "--stop")
        )
        confirm(f"Change {_words(desk, order)} in {desk.place}?", yes)
        verdict = desk.carry(modifying(desk.access, desk.account.id, traded, change))
        if verdict.outcome is not Outcome.ACCEPTED:
            _failed(verdict.outcome, verdict.code, verdict.message, f"look for order {number}")
        show([{"order": number, "outcome": verdict.outcome.value}], json, "")


@app.command("list")
def list_(account: Account = None, url: Url = None, live: Live = False, json: Json = False) -> None:
    """Every working order, suspended bracket legs too."""
    with opened(url, live, account) as desk:
        orders = sorted(working(desk), key=lambda order: order.id)
        show([row(desk, order) for order in orders], json, "nothing is working")


@app.command()
def history(
    hours: Annotated[float, typer.Option(help="How far back.", min=0.01, max=24 * 366)] = 24,
    account: Account = None,
    url: Url = None,
    live: Live = False,
    json: Json = False,
) -> None:
    """Every order placed in the last hours, rejected and done ones too, and what is working."""
    with opened(url, live, account) as desk:
        since = desk.now() - int(hours * 3600) * SECOND
        found = desk.ask(QueryOrders(since), OrdersFound).orders
        orders = sorted(found, key=lambda order: order.id)
        show([row(desk, order) for order in orders], json, f"no order in {hours:g} hours")


def _working(desk: Desk, number: int) -> Order:
    for order in working(desk):
        if order.id == number:
            return order
    raise Stopped(f"check: order {number} is not working: see order list", 7)


def _words(desk: Desk, order: Order) -> str:
    name = desk.instruments[order.contract].name
    return f"order {order.id} ({order.side.name.lower()} {order.size} {name} {order.type.value})"


def _ticks(traded: Instrument, price: str | None, option: str) -> Ticks | None:
    """A price in ticks. Raises Stopped for one off the grid."""
    if price is None:
        return None
    try:
        return traded.ticks(Decimal(price))
    except (InvalidOperation, ValueError, OverflowError):
        words = f"usage: {option}: {price} is not a price of {traded.name}"
        raise Stopped(f"{words}: give a multiple of {traded.tick_size}", 2) from None


def _failed(outcome: Outcome, code: str, message: str, look: str) -> NoReturn:
    """Refused: nothing happened. Unknown: it may have, so the operator must look."""
    words = f"{code}: {message}" if message else code
    if outcome is Outcome.REFUSED:
        raise Stopped(f"refused: {words}", 7)
    raise Stopped(f"unknown: {words}: do not send it again, {look} in order history", 7)


if __name__ == "__main__":
    app(prog_name="python -m tools.order")
