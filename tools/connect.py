"""python -m tools.connect: both hubs, tried."""

from typing import Annotated

import typer

from tools.console.command import Contract
from tools.console.desk import Desk
from tools.console.printing import Answer
from tools.console.tool import Tool

app = Tool(
    "connect", "The hub connections, to a running simulator or with --live to the real venue."
)


@app.does("test")
def try_(
    desk: Desk,
    seconds: Annotated[float, typer.Option(help="How long to listen.", min=0.1, max=3600)] = 30,
    contract: Contract = None,
) -> Answer:
    """Open both hubs, subscribe, listen; exit 7 where one fails or no market data comes."""
    from tools.console.connecting import tried  # signalrcore starts slowly

    return tried(desk, desk.contract(contract), seconds)


if __name__ == "__main__":
    app()
