"""python -m tools.position: what is open in an account."""

import time
from typing import Annotated

import typer

from gateway.reduction import reducing
from messages.order import CloseContract, CloseResult, Outcome
from messages.position import Position, PositionsFound, QueryPositions
from tools.console.command import Stopped
from tools.console.desk import Desk
from tools.console.orders import require, said, working
from tools.console.printing import Answer, Row, average, table
from tools.console.tool import Tool

app = Tool("position", "Open positions, at a running simulator or with --live of the real account.")

SEEN_S = 5.0
"""How long a close may take to be seen; an order at the market takes a fraction of it."""
PAUSE_S = 0.1


@app.does("list")
def list_(desk: Desk) -> Answer:
    """Every open position."""
    return table([_row(desk, position) for position in _positions(desk)], "flat")


@app.does(writes=True)
def close(
    desk: Desk,
    contract: Annotated[str, typer.Argument(help="Symbol, name or full id.")],
    size: Annotated[
        int | None, typer.Option(help="Only so many contracts; default: all.", min=1)
    ] = None,
) -> Answer:
    """Close a position at the market, or a part of it, and wait until the venue says so.

    Its stop and target keep working at the venue in their full size: cancel or modify them.
    """
    held = _held(desk, contract.upper())
    total = abs(held.size)
    if size is not None and size > total:
        raise Stopped(f"usage: --size: {size} is more than is held ({held.size:+})", 2)
    part = None if size in (None, total) else size
    what = f"{held.size:+} {held.contract}"
    desk.confirm(f"Close {what if part is None else f'{part} of {what}'}", exposes=False)
    if part is None:
        _close(desk, held)
    else:
        _reduce(desk, held, part)
    left = [order.id for order in working(desk) if order.contract == held.contract]
    remains = 0 if part is None else held.size - part * (1 if held.size > 0 else -1)
    still = " ".join(map(str, left)) or None
    return table([{"closed": held.contract, "remains": remains, "still_working": still}])


def _close(desk: Desk, held: Position) -> None:
    result = desk.ask(CloseContract(held.contract), CloseResult)
    if result.outcome is Outcome.REFUSED and _size(desk, held.contract):
        words = f"{said(result.code)} {result.message}".strip()
        raise Stopped(f"not flat: the venue refused the close ({words}): close it by hand", 6)
    if not _seen(desk, held.contract, 0):
        words = f"not flat: {held.contract} is still open after {SEEN_S:g} s"
        raise Stopped(f"{words}: see position list, do not close twice", 6)


def _reduce(desk: Desk, held: Position, part: int) -> None:
    look = "see position list"
    verdict = desk.carry(reducing(desk.access, desk.account.id, held.contract, part))
    require(verdict.outcome, verdict.code, verdict.message, look)
    if not _seen(desk, held.contract, abs(held.size) - part):
        words = f"unknown: the close of {part} is not seen after {SEEN_S:g} s"
        raise Stopped(f"{words}: do not send it again, {look}", 7)


def _positions(desk: Desk) -> tuple[Position, ...]:
    return desk.ask(QueryPositions(), PositionsFound).positions


def _held(desk: Desk, wanted: str) -> Position:
    """The open position of a symbol, name or id. Raises Stopped where there is not just one."""
    fitting = []
    for position in _positions(desk):
        traded = desk.instruments[position.contract]
        if wanted in (traded.id, traded.name, traded.symbol):
            fitting.append(position)
    if not fitting:
        raise Stopped(f"check: no position in {wanted}: nothing was sent: see position list", 7)
    if len(fitting) > 1:
        names = " or ".join(position.contract for position in fitting)
        raise Stopped(f"usage: {wanted} is held in two months: name {names}", 2)
    return fitting[0]


def _row(desk: Desk, position: Position) -> Row:
    traded = desk.instruments[position.contract]
    return {
        "contract": position.contract,
        "name": traded.name,
        "size": position.size,
        "average": average(traded, position.average),
    }


def _size(desk: Desk, contract: str) -> int:
    """Contracts held now, without a sign."""
    sizes = [abs(position.size) for position in _positions(desk) if position.contract == contract]
    return sum(sizes)


def _seen(desk: Desk, contract: str, at_most: int) -> bool:
    end = time.monotonic() + SEEN_S
    while _size(desk, contract) > at_most:
        if time.monotonic() > end:
            return False
        time.sleep(PAUSE_S)
    return True


if __name__ == "__main__":
    app()
