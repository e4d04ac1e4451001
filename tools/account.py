"""python -m tools.account: the accounts of a login."""

from messages.order import OrdersFound, QueryOrders
from messages.position import PositionsFound, QueryPositions
from tools.console.command import Account, Json, Live, Stopped, Url, application
from tools.console.desk import opened
from tools.console.printing import Row, dollars, moment, show

app = application("The accounts of a login, of a running simulator or with --live the real one.")


@app.command("list")
def list_(url: Url = None, live: Live = False, json: Json = False) -> None:
    """Every account of the login."""
    with opened(url, live) as desk:
        rows = [
            {"id": row.id, "name": row.name, "balance": row.balance, "can_trade": row.can_trade}
            for row in desk.accounts()
        ]
        show(rows, json, "this login has no accounts")


@app.command("show")
def show_(account: Account = None, url: Url = None, live: Live = False, json: Json = False) -> None:
    """One account: balance, what is open and what is working."""
    with opened(url, live, account) as desk:
        chosen = desk.account
        positions = desk.ask(QueryPositions(), PositionsFound).positions
        orders = desk.ask(QueryOrders(), OrdersFound).orders
        row: Row = {
            "id": chosen.id,
            "name": chosen.name,
            "balance": dollars(chosen.balance),
            "can_trade": chosen.can_trade,
            "positions": len(positions),
            "working_orders": sum(order.status.working for order in orders),
            "token_expires": moment(desk.expires),
        }
        show([row], json, "")


@app.command()
def check(account: Account = None, url: Url = None, live: Live = False, json: Json = False) -> None:
    """Whether the account can trade, is flat and has nothing working: exit 7 where not."""
    with opened(url, live, account) as desk:
        chosen = desk.account
        positions = desk.ask(QueryPositions(), PositionsFound).positions
        orders = desk.ask(QueryOrders(), OrdersFound).orders
        working = sum(order.status.working for order in orders)
        found = (
            ("can trade", chosen.can_trade, f"{chosen.name} ({chosen.id})"),
            ("flat", not positions, f"{len(positions)} positions"),
            ("nothing working", not working, f"{working} orders"),
        )
        rows = [
            {"check": name, "result": "PASS" if good else "FAIL", "found": words}
            for name, good, words in found
        ]
        show(rows, json, "")
        failed = [name for name, good, _ in found if not good]
        if failed:
            raise Stopped(f"check: failed: {', '.join(failed)}: see position list, order list", 7)


if __name__ == "__main__":
    app(prog_name="python -m tools.account")
