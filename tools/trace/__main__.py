"""python -m tools.trace: why did it trade, why did it not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import time
from pathlib import Path
from time import sleep
from typing import Annotated

import typer

from config.environment import gather
from tools.console.command import Json, Stopped, refusals
from tools.console.printing import Answer, Row, moment, show, table
from tools.console.tool import Tool
from tools.trace import listing
from tools.trace.bundle import bundle
from tools.trace.chart import along, family, fenced, sequence
from tools.trace.comparing import parting
from tools.trace.doctor import examine, running
from tools.trace.explain import Hop, Unknown, bar_at, explain, explain_bar, instant, stopped
from tools.trace.findings import Severity
from tools.trace.following import EVERY_S, Filter, Following
from tools.trace.graph import around, dot, flowchart
from tools.trace.lines import Sent, TraceError
from tools.trace.perfetto import Picture, selection, write
from tools.trace.stats import slowest, stats
from tools.trace.trace import Trace
from tools.trace.words import Words, when

ROOT = Path(__file__).resolve().parents[2]

app = Tool("trace", "Ask a session's trace what happened and why, afterwards or while it runs.")

File = Annotated[Path, typer.Argument(metavar="TRACE", help="logs/trace_DATE.jsonl")]
Bar = Annotated[
    str | None, typer.Option("--bar", metavar="HH:MM:SS", help="The bar closed then, New York.")
]
_NY = "New York time."


@app.command("ls")
def list_(path: File, json: Json = False) -> None:
    """Orders, trades, flattens, and restarts with alarms."""
    with opened(path) as trace:
        found = {
            "orders": listing.orders(trace),
            "trades": listing.trades(trace),
            "flattens": listing.flattens(trace),
            "events": listing.events(trace),
        }
        words = ", ".join(f"{len(rows)} {name}" for name, rows in found.items())
        show(Answer(found, tuple(found.values()), words), json)


@app.command("explain")
def explain_(
    path: File,
    order: Annotated[str | None, typer.Argument(help="An order's tag or number.")] = None,
    bar: Bar = None,
    json: Json = False,
) -> None:
    """Why there is an order, from the tick to the result; or why there is none on a bar."""
    if (order is None) == (bar is None):
        raise typer.BadParameter("name an order, or a bar with --bar HH:MM:SS")
    with opened(path) as trace:
        if order is not None:
            show(_chain(explain(trace, order)), json)
            return
        for closed in bar_at(trace, _time(bar or "")):
            stage, rule = stopped(trace, closed.contract, closed.bar.end)
            ended = f"{closed.contract}: ended at {stage}: {rule}"
            show(_chain(explain_bar(trace, closed.contract, closed.bar.end), ended), json)


@app.command()
def seq(
    path: File,
    order: Annotated[str | None, typer.Argument(help="An order's tag or number.")] = None,
    bar: Bar = None,
    root: Annotated[
        str | None, typer.Option(metavar="ID", help="All that goes back to it.")
    ] = None,
    json: Json = False,
) -> None:
    """The chain of an order or a bar as a Mermaid sequence diagram, for a Markdown file."""
    if sum(given is not None for given in (order, bar, root)) != 1:
        raise typer.BadParameter("name an order, a bar with --bar HH:MM:SS, or a root with --root")
    with opened(path) as trace:
        arrows = along(trace, _hops(trace, order, bar)) if root is None else family(trace, root)
        show(Answer(arrows, (), fenced(sequence(arrows))), json)


@app.command()
def graph(
    path: File,
    id: Annotated[str, typer.Argument(help="A message's id, such as signal#1:17.")],
    depth: Annotated[int, typer.Option(min=1, help="Steps up, and steps down.")] = 3,
    dot_: Annotated[bool, typer.Option("--dot", help="For Graphviz instead of Mermaid.")] = False,
    json: Json = False,
) -> None:
    """What led to a message and what it led to, as a Mermaid flowchart for a Markdown file."""
    with opened(path) as trace:
        found = around(trace, id, depth)
        drawn = "\n".join(dot(found)) if dot_ else fenced(flowchart(found))
        show(Answer(found, (), drawn), json)


@app.command()
def perfetto(
    path: File,
    out: Annotated[
        Path | None, typer.Option(help="Compressed if it ends in .gz; default beside the trace.")
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="HH:MM:SS", help=_NY)] = None,
    to: Annotated[str | None, typer.Option(metavar="HH:MM:SS", help=_NY)] = None,
    root: Annotated[str, typer.Option(metavar="ID", help="Only what goes back to it.")] = "",
    json: Json = False,
) -> None:
    """A file for https://ui.perfetto.dev: slices per actor, arrows per cause, P&L, queues."""
    if root and (from_ or to):
        raise typer.BadParameter("name a root with --root, or times with --from and --to")
    target = out or path.with_suffix(".perfetto.json")
    with opened(path) as trace:
        first, last = (instant(trace, _time(text)) if text else None for text in (from_, to))
        picture = Picture(trace, selection(trace, first, last, root))
        try:
            counts = write(target, picture.events())
        except OSError as problem:
            raise Stopped(f"trace: {target}: {problem.strerror or problem}", 9) from problem
        words = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
        show(Answer({"file": str(target), **counts}, (), f"{target}: {words}"), json)


@app.command("stats")
def stats_(
    path: File,
    slow: Annotated[int, typer.Option(min=0, help="How many of the slowest to show.")] = 10,
    json: Json = False,
) -> None:
    """Queue waits and handling times per actor and type, and the slowest deliveries."""
    with opened(path) as trace:
        found = {"stats": stats(trace), "slowest": slowest(trace, slow)}
        show(Answer(found, tuple(found.values())), json)


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
    with opened(path) as trace, suppress(KeyboardInterrupt):
        following = Following(trace, Filter(actor, type_, contract, order))
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
            show(Answer({"alike": found}, (), f"{found} decisions, all alike"), json)
            return
        first, second = _told(mine, found.one), _told(its, found.other)
        document = {"alike": found.alike, "one": first, "other": second}
        words = f"{found.alike} decisions alike, then:\n  one:   {first}\n  other: {second}"
        show(Answer(document, (), words), json)
        raise typer.Exit(7)


@app.command()
def doctor(path: File, json: Json = False) -> None:
    """What is wrong with a session and with its trace: exit 7 where something is."""
    with opened(path) as trace:
        found = examine(trace, running(path))
        rows: list[Row] = [
            {
                "severity": one.severity.value,
                "what": one.what,
                "when": moment(one.at),
                "words": one.words,
                "id": one.id or None,
            }
            for one in found
        ]
        show(table(rows, "nothing to report"), json)
        if any(one.severity is Severity.WRONG for one in found):
            raise typer.Exit(7)


@app.command("bundle")
def bundle_(
    path: File,
    out: Annotated[
        Path | None, typer.Option(metavar="ZIP", help="Default: the trace's name in this folder.")
    ] = None,
    market: Annotated[bool, typer.Option(help="With quotes, prints and depth.")] = True,
    json: Json = False,
) -> None:
    """A zip for a bug report: trace, log, metrics, settings, without names, numbers and secrets."""
    target = Path(f"{path.name.partition('.jsonl')[0]}.zip") if out is None else out
    with opened(path) as trace:
        try:
            made = bundle(trace, target, gather(os.environ, ROOT / ".env"), market)
        except FileExistsError:
            raise Stopped(f"trace: {target} is there already: name another with --out", 9) from None
        except OSError as problem:
            raise Stopped(f"trace: {target}: {problem.strerror or problem}", 9) from problem
        show(table([{"file": str(target), **member._asdict()} for member in made]), json)


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


def _hops(trace: Trace, order: str | None, bar: str | None) -> list[Hop]:
    if order is not None:
        return explain(trace, order)
    closed = bar_at(trace, _time(bar or ""))
    return [hop for each in closed for hop in explain_bar(trace, each.contract, each.bar.end)]


def _told(trace: Trace, sent: Sent | None) -> str:
    if sent is None:
        return "it had ended"
    return f"{when(sent.at)} {sent.sender}: {Words(trace.header).say(sent)} ({sent.id})"


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no time of day: write HH:MM:SS") from None


def _chain(hops: list[Hop], ended: str = "") -> Answer:
    words = "\n".join([*(hop.line() for hop in hops), *([ended] if ended else [])])
    return Answer([hop._asdict() for hop in hops], (), words)


if __name__ == "__main__":
    app()
