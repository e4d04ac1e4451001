"""python -m tools.account: the accounts of a login."""

from messages.position import PositionsFound, QueryPositions
from tools.console.checks import Check, failures
from tools.console.desk import Desk
from tools.console.orders import working
from tools.console.printing import CENT, Answer, dollars, moment, table
from tools.console.tool import Tool

app = Tool(
    "account", "The accounts of a login, of a running simulator or with --live the real one."
)


@app.does("list", account=False)
def list_(desk: Desk) -> Answer:
    """Every account of the login."""
    rows = [
        {
            "id": row.id,
            "name": row.name,
            "balance": row.balance.quantize(CENT),
            "can_trade": row.can_trade,
        }
        for row in desk.accounts()
    ]
    return table(rows, "this login has no accounts")


@app.does("show")
def show_(desk: Desk) -> Answer:
    """One account: balance, what is open and what is working."""
    chosen = desk.account
    row = {
        "id": chosen.id,
        "name": chosen.name,
        "balance": dollars(chosen.balance),
        "can_trade": chosen.can_trade,
        "positions": len(desk.ask(QueryPositions(), PositionsFound).positions),
        "working_orders": len(working(desk)),
        "token_expires": moment(desk.expires),
    }
    return table([row])


@app.does()
def check(desk: Desk) -> Answer:
    """Whether the account can trade, is flat and has nothing working: exit 7 where not."""
    chosen = desk.account
    held = len(desk.ask(QueryPositions(), PositionsFound).positions)
    orders = len(working(desk))
    checks = (
        Check.of("can trade", chosen.can_trade, f"{chosen.name} ({chosen.id})"),
        Check.of("flat", not held, f"{held} positions"),
        Check.of("nothing working", not orders, f"{orders} orders"),
    )
    failed = failures(checks)
    advice = f"failed: {failed}: see position list, order list" if failed else ""
    return table([each.row() for each in checks], failed=advice)


if __name__ == "__main__":
    app()
