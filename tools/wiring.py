"""The wiring, drawn from the supervisor's tables: `python -m tools.wiring [FILE]`.

Prints Mermaid and tables; with a FILE, renews the marked block in it. Who hears a message is what
ROUTES says; who makes one is read from the source: the room whose code constructs it.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from actors.runtime.address import GATEWAY, HUBS, LEDGER, PER_CONTRACT, QUERIES, SUPERVISOR
from messages import control, decision, hub, market, order, picture, position
from messages.base import Message
from supervisor import (
    ACTIONS,
    ACTORS,
    CHILDREN,
    CONTROL,
    FOLDS,
    MERGES,
    REPLIES,
    ROOT,
    ROUTES,
    TIMERS,
)

BEGIN = "<!-- wiring: made by `python -m tools.wiring docs/architecture.md` -->"
END = "<!-- wiring: end -->"

SUBJECTS: tuple[ModuleType, ...] = (market, picture, hub, decision, order, position, control)
PORTS = (HUBS, GATEWAY, QUERIES, LEDGER)
LANE, SENTINEL = "lane", "sentinel"
GATE = ROOT / "gateway" / "sentinel" / "gate.py"
"""Stands in the way of orders, and answers in their port's name."""
RUNTIME = "every actor"
"""What the base class of all actors says for each of them."""
UNDRAWN = frozenset(
    {
        control.Ping,
        control.Pong,
        control.SessionStarted,
        control.ActorFailed,
        control.ActorRestarted,
    }
)
"""Between the supervisor and every actor: the drawing would be of nothing else."""


def makers() -> dict[type[Message], list[str]]:
    """Who makes a message: an actor, the supervisor, a port, the emergency lane or the sentinel."""
    found: dict[type[Message], list[str]] = {kind: [] for kind in ROUTES}
    answers = {kind for kinds in REPLIES.values() for kind in kinds}
    for name in ACTORS:
        _note(found, name, _constructed((ROOT / "actors" / name).rglob("*.py")))
    _note(found, SUPERVISOR, _constructed((ROOT / "actors" / "supervision").rglob("*.py")))
    _note(found, RUNTIME, _constructed((ROOT / "actors" / "runtime").rglob("*.py")))
    lane = ROOT / "gateway" / "ways.py"
    watch = set((ROOT / "gateway" / "sentinel").rglob("*.py")) - {GATE}
    wire = [file for file in (ROOT / "gateway").rglob("*.py") if file not in {lane, *watch}]
    _note(found, HUBS, [name for name in _constructed(wire) if name not in _names(answers)])
    for request, replies in REPLIES.items():
        for port in ROUTES[request]:
            if port in PORTS:
                _note(found, port, _names(replies))
    _note(found, LANE, _constructed([lane]))
    _note(found, SENTINEL, _constructed(watch))
    return found


def _note(found: dict[type[Message], list[str]], maker: str, names: Iterable[str]) -> None:
    made = set(names)
    for kind, who in found.items():
        to_itself_alone = ROUTES[kind] == (maker,)
        if kind.__name__ in made and maker not in who and not to_itself_alone:
            who.append(maker)


def _constructed(files: Iterable[Path]) -> Iterator[str]:
    """Names that are called in the files: constructors among them."""
    for file in sorted(files):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield node.func.id


def _names(kinds: Iterable[type[Message]]) -> list[str]:
    return sorted(kind.__name__ for kind in kinds)


def drawing() -> list[str]:
    """A Mermaid flowchart: an edge from maker to receiver with the messages that travel on it."""
    edges: dict[tuple[str, str], list[str]] = {}
    made = makers()
    for kind, receivers in ROUTES.items():
        for maker in made[kind]:
            for receiver in receivers:
                if kind not in UNDRAWN and receiver != maker:
                    edges.setdefault((maker, receiver), []).append(kind.__name__)
    lines = ["```mermaid", "flowchart LR"]
    lines += [f"  {name}[{name}]" for name in ACTORS]
    lines += [f"  {name}([{name}])" for name in PORTS]
    lines += [f"  {SUPERVISOR}{{{{{SUPERVISOR}}}}}"]
    lines += [f"  {name}([{name}])" for name in (LANE, SENTINEL)]
    lines += [
        f'  {maker} -->|"{", ".join(kinds)}"| {receiver}'
        for (maker, receiver), kinds in sorted(edges.items())
    ]
    return [*lines, "```"]


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return lines + [f"| {' | '.join(row)} |" for row in rows]


def children() -> list[str]:
    head = ("start", "address", "actor", "what it is")
    return table(
        head,
        [
            (
                str(number),
                f"{child.name}[contract]" if child.name in PER_CONTRACT else child.name,
                child.actor.__name__,
                " ".join((child.actor.__doc__ or "").split()),
            )
            for number, child in enumerate(CHILDREN, 1)
        ],
    )


def routes() -> list[str]:
    made = makers()
    rows = [
        (
            kind.__name__,
            subject.__name__.removeprefix("messages."),
            ", ".join(made[kind]) or "the main thread",
            ", ".join(ROUTES[kind]) or "(trace only)",
            _lane(kind),
        )
        for subject in SUBJECTS
        for kind in ROUTES
        if kind.__module__ == subject.__name__
    ]
    return table(("message", "subject", "made by", "heard by", "lane"), rows)


def _lane(kind: type[Message]) -> str:
    if kind in CONTROL:
        return "control"
    if kind in FOLDS:
        return "data, conflated by price level where too much waits"
    return "data, conflated" if kind in MERGES else "data"


def replies() -> list[str]:
    rows = [
        (request.__name__, ", ".join(ROUTES[request]), ", ".join(k.__name__ for k in answers))
        for request, answers in REPLIES.items()
    ]
    return table(("request", "asked of", "answered by one of"), rows)


def actions() -> list[str]:
    return table(
        ("alarm", "action"), [(kind.name, action.name) for kind, action in ACTIONS.items()]
    )


def text() -> str:
    """The whole block, marks included."""
    timers = ", ".join(kind.__name__ for kind in TIMERS)
    parts = [
        [BEGIN],
        drawing(),
        ["### Children, in start order"],
        children(),
        ["### Messages"],
        routes(),
        [f"Timers, from a room to itself: {timers}."],
        ["### Requests and their answers"],
        replies(),
        ["### Alarms"],
        actions(),
        [END],
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def renewed(document: str) -> str:
    """The document with its block renewed; ValueError if the marks are missing."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no block between {BEGIN} and {END}")
    return before + text() + after


def main(arguments: list[str]) -> int:
    if not arguments:
        print(text())
        return 0
    path = Path(arguments[0])
    try:
        document = renewed(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        print(f"wiring: {path}: {error}", file=sys.stderr)
        return 2
    path.write_text(document, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
