"""python -m tools.trace: why did it trade, why did it not."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import time
from pathlib import Path
from time import sleep
from typing import Annotated

import typer

from tools.console.command import Json, Stopped, application, refusals
from tools.console.printing import Row, show, show_json
from tools.trace import listing
from tools.trace.comparing import parting
from tools.trace.explain import Hop, Unknown, bar_at, explain, explain_bar, stopped
from tools.trace.following import EVERY_S, Filter, Following
from tools.trace.lines import Sent, TraceError
from tools.trace.stats import slowest, stats
from tools.trace.trace import Trace
from tools.trace.words import Words, when

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


@app.command("stats")
def stats_(path: File, json: Json = False, slow: Annotated[int, typer.Option(min=0)] = 10) -> None:
    """Queue waits and handling times per actor and type, and the slowest deliveries."""
    with opened(path) as trace:
        table, worst = stats(trace), slowest(trace, slow)
    if json:
        show_json({"stats": table, "slowest": worst})
        return
    show(table, False, "nothing was delivered")
    if worst:
        print("\nslowest:")
        show(worst, False, "")


@app.command()
def tail(
    path: File,
    actor: Annotated[str, typer.Option(help="Who sent or received; a part of the name.")] = "",
    type_: Annotated[str, typer.Option("--type", help="A message type, for example Signal.")] = "",
    contract: Annotated[str, typer.Option(help="A contract, or a part of its id.")] = "",
    order: Annotated[str, typer.Option(help="An order's tag or number.")] = "",
    last: Annotated[int, typer.Option("-n", min=0, help="Older messages to begin with.")] = 20,
    once: Annotated[bool, typer.Option("--once", help="Do not wait for more.")] = False,
) -> None:
    """Messages as they are written; Ctrl-C ends it."""
    wanted = Filter(actor, type_, contract, order)
    with opened(path) as trace, suppress(KeyboardInterrupt):
        following = Following(trace, wanted)
        lines = following.last(last)
        while True:
            for line in lines:
                print(line, flush=True)
            if once:
                break
            sleep(EVERY_S)
            lines = following.more()


@app.command()
def diff(one: File, other: File, json: Json = False) -> None:
    """The first decision in which two sessions differ: exit 7 where there is one."""
    with opened(one) as mine, opened(other) as its:
        found = parting(mine, its)
        if isinstance(found, int):
            rows: list[Row] = [{"alike": found, "differs": False}]
            words = f"{found} decisions, all alike"
        else:
            sides = [(mine, found.one), (its, found.other)]
            told = ["it had ended" if sent is None else _told(trace, sent) for trace, sent in sides]
            rows = [{"alike": found.alike, "differs": True, "one": told[0], "other": told[1]}]
            words = f"{found.alike} decisions alike, then:\n  one:   {told[0]}\n  other: {told[1]}"
        if json:
            show_json(rows[0])
        else:
            print(words)
        if not isinstance(found, int):
            raise typer.Exit(7)


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


def _told(trace: Trace, sent: Sent) -> str:
    return f"{when(sent.at)} {sent.sender}: {Words(trace.header).say(sent)} ({sent.id})"


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
