"""python -m tools.contract: the venue's contracts."""

from typing import Annotated

import typer

from gateway.contracts import root
from tools.console.desk import ContractListing, Desk
from tools.console.printing import Answer, Row, table
from tools.console.tool import Tool

app = Tool("contract", "The venue's contracts, of a running simulator or with --live the real one.")


@app.does(account=False)
def search(
    desk: Desk, text: Annotated[str, typer.Argument(help="Symbol or words, such as MES.")]
) -> Answer:
    """What the venue's fuzzy search finds, at most 20: MES is found by ES too."""
    return table([_row(found) for found in desk.found(text)], f"nothing found for {text}")


@app.does("show", account=False)
def show_(
    desk: Desk,
    contract: Annotated[
        str, typer.Argument(help="Symbol for its active month, or a full id, expired ones too.")
    ],
) -> Answer:
    """One contract: month, tick, whether it is the active one, and which one is."""
    wanted = contract.upper()
    listed = desk.listed(wanted if wanted.startswith("CON.") else desk.contract(wanted).id)
    active = listed.id if listed.active_contract else desk.contract(root(listed.id)).id
    return table([{**_row(listed), "active_month": active}])


def _row(found: ContractListing) -> Row:
    return {
        "id": found.id,
        "name": found.name,
        "symbol_id": found.symbol_id,
        "tick_size": found.tick_size,
        "tick_value": found.tick_value,
        "active": found.active_contract,
        "description": found.description,
    }


if __name__ == "__main__":
    app()
