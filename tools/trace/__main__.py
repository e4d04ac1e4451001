"""python -m tools.trace: why did it trade, why did it not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time
from pathlib import Path
from typing import Annotated

import typer

from tools.console.command import Json, Stopped, application, refusals
from tools.console.printing import Row, show, show_json
from tools.trace import listing
from tools.trace.explain import Hop, Unknown, bar_at, explain, explain_bar, stopped
from tools.trace.lines import TraceError
from tools.trace.trace import Trace

app = application("Ask a session's trace what happened and why, afterwards or while it runs.")

File = Annotated[Path, typer.Argument(metavar="TRACE", help="logs/trace_DATE.jsonl")]


@app.command("ls")
def list_(path: File, json: Json = False) -> None:
    """Orders, trades, flattens, and restarts with alarms."""
    with opened(path) as trace:
        tables = {
            "orders": listing.orders(trace),
            "trades": listing.trades(trace),
            "flattens": listing.flattens(trace),
            "events": listing.events(trace),
        }
    if json:
        show_json(tables)
        return
    for name, rows in tables.items():
        print(f"{name}: {len(rows)}")
        if rows:
            show(rows, False, "")
        print()


@app.command("explain")
def explain_(
    path: File,
    order: Annotated[str | None, typer.Argument(help="An order's tag or number.")] = None,
    bar: Annotated[
        str | None, typer.Option("--bar", metavar="HH:MM:SS", help="The bar closed then, New York.")
    ] = None,
    json: Json = False,
) -> None:
    """Why there is an order, from the tick to the result; or why there is none on a bar."""
    if (order is None) == (bar is None):
        raise typer.BadParameter("name an order, or a bar with --bar HH:MM:SS")
    with opened(path) as trace:
        if order is not None:
            _tell(explain(trace, order), json)
            return
        for closed in bar_at(trace, _time(bar or "")):
            stage, rule = stopped(trace, closed.contract, closed.bar.end)
            _tell(explain_bar(trace, closed.contract, closed.bar.end), json)
            if not json:
                print(f"{closed.contract}: ended at {stage}: {rule}")


@contextmanager
def opened(path: Path) -> Iterator[Trace]:
    """The trace of a command line; what may go wrong with it is one line and an exit code."""
    with refusals():
        try:
            with Trace(path) as trace:
                yield trace
        except TraceError as problem:
            raise Stopped(f"trace: {problem}", 9) from problem
        except Unknown as problem:
            raise Stopped(f"trace: {problem}", 2) from problem


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no time of day: write HH:MM:SS") from None


def _tell(hops: list[Hop], json: bool) -> None:
    if json:
        rows: list[Row] = [hop._asdict() for hop in hops]
        show(rows, True, "")
    else:
        print("\n".join(hop.line() for hop in hops))


if __name__ == "__main__":
    app()
