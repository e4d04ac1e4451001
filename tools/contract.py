"""python -m tools.contract: the venue's contracts."""

from typing import Annotated

import typer

from gateway.contracts import root
from tools.console.command import Json, Live, Url, application
from tools.console.desk import ContractListing, opened
from tools.console.printing import Row, show

app = application("The venue's contracts, of a running simulator or with --live the real one.")


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="Symbol or words, such as MES.")],
    url: Url = None,
    live: Live = False,
    json: Json = False,
) -> None:
    """What the venue's fuzzy search finds, at most 20: MES is found by ES too."""
    with opened(url, live) as desk:
        show([_row(found) for found in desk.found(text)], json, f"nothing found for {text}")


@app.command("show")
def show_(
    contract: Annotated[
        str, typer.Argument(help="Symbol for its active month, or a full id, expired ones too.")
    ],
    url: Url = None,
    live: Live = False,
    json: Json = False,
) -> None:
    """One contract: month, tick, whether it is the active one, and which one is."""
    with opened(url, live) as desk:
        full = contract.upper().startswith("CON.")
        listed = desk.listed(contract.upper() if full else desk.contract(contract.upper()).id)
        active = listed.id if listed.active_contract else desk.contract(root(listed.id)).id
        show([{**_row(listed), "active_month": active}], json, "")


def _row(found: ContractListing) -> Row:
    return {
        "id": found.id,
        "name": found.name,
        "tick_size": found.tick_size,
        "tick_value": found.tick_value,
        "active": found.active_contract,
        "description": found.description,
    }


if __name__ == "__main__":
    app(prog_name="python -m tools.contract")
