"""python -m tools.flatten: close everything, and prove it."""

import time
from typing import Annotated

import typer

from gateway.emergency import Lane
from tools.console.command import Stopped
from tools.console.desk import Desk
from tools.console.printing import Answer, table
from tools.console.tool import Tool

app = Tool("flatten", "The way to flat, at a running simulator or with --live of the real account.")


@app.does("all", writes=True)
def all_(
    desk: Desk,
    seconds: Annotated[float, typer.Option(help="How long to try.", min=1, max=600)] = 20,
) -> Answer:
    """Cancel every order, close every position, read again until flat; exit 6 if not proven.

    The engine's own emergency lane: entries and targets are cancelled first, stops last. Stop a
    running engine before, or it may trade on.
    """
    name = desk.account.name
    desk.confirm("Cancel every order and close every position", exposes=False)
    began = time.monotonic()
    venue = desk.venue
    lane = Lane(
        venue.api.base_url,
        desk.account.id,
        lambda: _token(desk),
        credentials=(venue.user, venue.key),
        learn=desk.redact.learn,
    )
    why = lane.flatten(seconds)
    if why:
        words = f"not flat: {name} is not proven flat after {seconds:g} s ({why})"
        raise Stopped(f"{words}: look at the account now, close by hand", 6)
    took = round((time.monotonic() - began) * 1000)
    return table([{"account": name, "result": "FLAT", "ms": took}])


def _token(desk: Desk) -> str:
    return "" if desk.access.token is None else desk.access.token.text


if __name__ == "__main__":
    app()
