"""python -m tools.position: what is open in an account."""

import time
from typing import Annotated

import typer

from messages.order import CloseContract, CloseResult, Outcome
from messages.position import PositionsFound, QueryPositions
from tools.console.command import Account, Json, Live, Stopped, Url, Yes, application, confirm
from tools.console.desk import Desk, opened
from tools.console.orders import working
from tools.console.printing import Row, average, show

app = application("Open positions, at a running simulator or with --live of the real account.")

FLAT_S = 5.0
"""How long a close may take to be seen flat; an order at the market takes a fraction of it."""
PAUSE_S = 0.1


@app.command("list")
def list_(account: Account = None, url: Url = None, live: Live = False, json: Json = False) -> None:
    """Every open position."""
    with opened(url, live, account) as desk:
        show(rows(desk), json, "flat")


@app.command()
def close(
    contract: Annotated[str, typer.Argument(help="Symbol or full id.")],
    account: Account = None,
    url: Url = None,
    live: Live = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Close the whole position in a contract at the market, and wait until it is seen flat.

    Its stop and target keep working at the venue: cancel them, or use `flatten all`.
    """
    with opened(url, live, account) as desk:
        held = {position["contract"]: position for position in rows(desk)}
        wanted = contract.upper()
        named = wanted if wanted in held else desk.contract(wanted).id
        if named not in held:
            raise Stopped(f"check: no position in {named}: nothing was sent", 7)
        confirm(f"Close {held[named]['size']:+} {named} in {desk.place}?", yes)
        result = desk.ask(CloseContract(named), CloseResult)
        if result.outcome is Outcome.REFUSED and _held(desk, named):
            words = f"{result.code} {result.message}".strip()
            raise Stopped(f"not flat: the venue refused the close ({words}): close it by hand", 6)
        _until_flat(desk, named)
        left = [order.id for order in working(desk) if order.contract == named]
        show([{"closed": named, "still_working": " ".join(map(str, left)) or None}], json, "")


def rows(desk: Desk) -> list[Row]:
    found = desk.ask(QueryPositions(), PositionsFound).positions
    return [
        {
            "contract": position.contract,
            "name": desk.instruments[position.contract].name,
            "size": position.size,
            "average": average(desk.instruments[position.contract], position.average),
        }
        for position in found
    ]


def _held(desk: Desk, contract: str) -> bool:
    return any(position["contract"] == contract for position in rows(desk))


def _until_flat(desk: Desk, contract: str) -> None:
    end = time.monotonic() + FLAT_S
    while _held(desk, contract):
        if time.monotonic() > end:
            words = f"not flat: {contract} is still open after {FLAT_S:g} s"
            raise Stopped(f"{words}: see position list, do not close twice", 6)
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    app(prog_name="python -m tools.position")
