"""What a message was caused by and what it caused, as a graph."""

import json
from collections.abc import Iterable

import msgspec

from actors.runtime.delivery import Outcome
from messages.base import Nanos
from tools.trace.chart import escaped
from tools.trace.explain import Unknown
from tools.trace.lines import Sent, room
from tools.trace.trace import Trace
from tools.trace.words import Words, span, when


class Node(msgspec.Struct, frozen=True):
    """A message; type, sender and words are empty where the trace no longer holds it."""

    id: str
    at: Nanos | None = None
    type: str = ""
    sender: str = ""
    words: str = ""


class Edge(msgspec.Struct, frozen=True):
    """A cause and its effect: the handling of the cause in which the effect was sent."""

    cause: str
    effect: str
    waited: Nanos | None = None
    took: Nanos | None = None


class Graph(msgspec.Struct, frozen=True):
    """The messages around the one in the `middle`."""

    middle: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def around(trace: Trace, id: str, depth: int) -> Graph:
    """A message, what led to it in at most `depth` steps, and what it led to in as many. Raises
    Unknown.
    """
    middle = trace.message(id)
    if middle is None:
        raise Unknown(f"no message {id} in {trace.path}: explain --json names the ids of a chain")
    found = {id: middle}
    edges: dict[tuple[str, str], Sent] = {}
    layer = [middle]
    for _ in range(depth):
        edges |= {(cause, line.id): line for line in layer for cause in line.causes}
        layer = _fresh(found, (cause for line in layer for cause in trace.causes(line)))
    layer = [middle]
    for _ in range(depth):
        caused = [(line.id, effect) for line in layer for effect in trace.effects(line.id)]
        edges |= {(cause, effect.id): effect for cause, effect in caused}
        layer = _fresh(found, (effect for _, effect in caused))
    nodes = {cause: Node(cause) for cause, _ in edges}
    words = Words(trace.header)
    for line in found.values():
        nodes[line.id] = Node(line.id, line.at, line.type, line.sender, words.say(line))
    joined = (_edge(trace, cause, effect) for (cause, _), effect in edges.items())
    return Graph(id, tuple(nodes.values()), tuple(joined))


def flowchart(graph: Graph) -> list[str]:
    """The graph in Mermaid: causes above, effects below."""
    names = {node.id: f"m{number}" for number, node in enumerate(graph.nodes)}
    boxes = [f'    {names[node.id]}["{_label(node, "<br/>")}"]' for node in graph.nodes]
    arrows = [
        f"    {names[edge.cause]} -->{_handled(edge)} {names[edge.effect]}" for edge in graph.edges
    ]
    return ["flowchart TD", *boxes, *arrows, f"    style {names[graph.middle]} stroke-width:4px"]


def dot(graph: Graph) -> list[str]:
    """The graph in Graphviz' language."""
    lines = ["digraph causes {", "    node [shape=box];"]
    for node in graph.nodes:
        label = json.dumps("\n".join(_parts(node)), ensure_ascii=False)
        bold = ", penwidth=3" if node.id == graph.middle else ""
        lines.append(f"    {json.dumps(node.id)} [label={label}{bold}];")
    for edge in graph.edges:
        label = json.dumps(_times(edge))
        lines.append(f"    {json.dumps(edge.cause)} -> {json.dumps(edge.effect)} [label={label}];")
    return [*lines, "}"]


def _fresh(found: dict[str, Sent], lines: Iterable[Sent]) -> list[Sent]:
    """Those that were not found before; now they are."""
    fresh = {line.id: line for line in lines if line.id not in found}
    found.update(fresh)
    return list(fresh.values())


def _edge(trace: Trace, cause: str, effect: Sent) -> Edge:
    for done in trace.deliveries(cause):
        if done.receiver == room(effect.sender) and done.outcome is not Outcome.CONFLATED:
            return Edge(cause, effect.id, done.waited, done.took)
    return Edge(cause, effect.id)


def _parts(node: Node) -> tuple[str, ...]:
    if node.at is None:
        return (node.id, "(no longer in the trace)")
    return (f"{node.type} of {node.sender}", f"{when(node.at)} {node.id}", node.words)


def _label(node: Node, newline: str) -> str:
    return newline.join(escaped(part) for part in _parts(node))


def _times(edge: Edge) -> str:
    if edge.waited is None or edge.took is None:
        return ""
    return f"waited {span(edge.waited)}, took {span(edge.took)}"


def _handled(edge: Edge) -> str:
    times = _times(edge)
    return f'|"{times}"|' if times else ""
