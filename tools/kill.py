"""python -m tools.kill: the kill switch of a running engine."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from actors.session.paths import SWITCH

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def kill(
    logs: Annotated[Path, typer.Option(help="The engine's folder of files.")] = Path("logs"),
) -> None:
    """Put the kill switch on: the engine that writes in LOGS closes everything and halts.

    No session begins there while the file KILL is in it.
    """
    switch = logs / SWITCH
    try:
        switch.touch()
    except OSError as error:
        print(f"files: {switch}: {error.strerror or error}", file=sys.stderr)
        raise typer.Exit(9) from None
    print(f"{switch}: on; remove the file before the next start")


if __name__ == "__main__":
    app()
