"""Mermaid and Graphviz: read back by the few rules of syntax that the charts use."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from messages.control import Latch
from messages.order import PlaceOrder
from tests.trace.bench import Session, run
from tools.trace.chart import Arrow, along, fenced, sequence
from tools.trace.explain import Unknown, explain
from tools.trace.graph import Edge, Graph, Node, around, dot, flowchart
from tools.trace.trace import Trace

NASTY = 'end; #35 "q" <b>&amp; %% [a](b){c} |p| `t` -->> : x\nsubgraph'
TEXT = r"(?:[^#;<>\"%`&\n]|#\d+;)*"
"""What may stand in a label: no character with a meaning, but for the escapes."""
PARTICIPANT = re.compile(rf"    participant (a\d+) as ({TEXT})")
MESSAGE = re.compile(rf"    (a\d+)->>(a\d+): ({TEXT})")
NOTE = re.compile(rf"    Note over (a\d+): ({TEXT})")
BOX = re.compile(rf"    (m\d+)\[\"({TEXT}(?:<br/>{TEXT})*)\"\]")
EDGE = re.compile(rf"    (m\d+) -->(?:\|\"({TEXT})\"\|)? (m\d+)")
STYLE = re.compile(r"    style (m\d+) stroke-width:4px")


def plain(text: str) -> str:
    """A label as it is drawn."""
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)


class Diagram:
    """A sequence diagram as read back; fails on a line that is none of the syntax."""

    def __init__(self, lines: list[str]) -> None:
        self.names: dict[str, str] = {}
        self.messages: list[tuple[str, str, str]] = []
        self.notes: list[tuple[str, str]] = []
        assert lines[0] == "sequenceDiagram"
        for line in lines[1:]:
            if found := PARTICIPANT.fullmatch(line):
                assert not self.messages, "declared before the first arrow"
                self.names[found[1]] = plain(found[2])
            elif found := MESSAGE.fullmatch(line):
                self.messages.append((self.names[found[1]], self.names[found[2]], plain(found[3])))
            elif found := NOTE.fullmatch(line):
                self.notes.append((self.names[found[1]], plain(found[2])))
            else:
                raise AssertionError(f"no Mermaid: {line}")


class Chart:
    """A flowchart as read back."""

    def __init__(self, lines: list[str]) -> None:
        self.boxes: dict[str, str] = {}
        self.edges: list[tuple[str, str]] = []
        self.bold = ""
        assert lines[0] == "flowchart TD"
        for line in lines[1:]:
            if found := BOX.fullmatch(line):
                assert not self.edges, "declared before the first edge"
                self.boxes[found[1]] = plain(found[2])
            elif found := EDGE.fullmatch(line):
                self.edges.append((self.boxes[found[1]], self.boxes[found[3]]))
            elif found := STYLE.fullmatch(line):
                self.bold = self.boxes[found[1]]
            else:
                raise AssertionError(f"no Mermaid: {line}")


def unfenced(text: str) -> list[str]:
    first, *lines, last = text.splitlines()
    assert (first, last) == ("```mermaid", "```")
    return lines


def tag(session: Session) -> str:
    return str(session.requests("/api/Order/place")[0]["body"]["customTag"])


def test_an_orders_chain_runs_through_every_room_in_order(session: Session) -> None:
    with Trace(session.trace) as trace:
        hops = explain(trace, tag(session))
        drawn = Diagram(sequence(along(trace, hops)))
    assert [(sender, to) for sender, to, _ in drawn.messages[:6]] == [
        ("market_hub", "bar[CON.F.US.MES.Z26]"),
        ("bar[CON.F.US.MES.Z26]", "model"),
        ("model", "signal"),
        ("signal", "risk"),
        ("risk", "order"),
        ("order", "gateway"),
    ]
    told = [words for _, _, words in drawn.messages] + [words for _, words in drawn.notes]
    assert all(re.match(r"\d\d:\d\d:\d\d\.\d{3} ", words) for words in told)
    assert {hop.words for hop in hops} == {re.sub(r"^\S+ | \(waited .*\)$", "", w) for w in told}
    assert any("TRADE CLOSED" in words for _, _, words in drawn.messages)


def test_a_family_is_drawn_with_every_receiver(session: Session) -> None:
    with Trace(session.trace) as trace:
        latch = next(trace.sent(Latch))
    assert len(latch.receivers) > 1
    arrows = Diagram(unfenced(run("seq", session.trace, "--root", latch.root).stdout)).messages
    told = {(sender, to) for sender, to, words in arrows if " LATCHED: " in words}
    assert told == {("supervisor", receiver) for receiver in latch.receivers}


def test_the_command_draws_a_bar_and_an_order_and_wants_just_one(session: Session) -> None:
    bar = Diagram(unfenced(run("seq", session.trace, "--bar", "11:00:20").stdout))
    assert "BAR: MES" in bar.messages[1][2]
    order = run("seq", session.trace, tag(session)).stdout
    assert Diagram(unfenced(order)).messages
    wrong = run("seq", session.trace, tag(session), "--bar", "11:00:20")
    assert wrong.returncode == 2
    assert "name an order, a bar" in wrong.stderr
    assert run("seq", session.trace, "--root", "order#1:1000000").returncode == 2


def test_no_text_gets_out_of_its_label() -> None:
    arrows = [Arrow(1, "x#1:1", "T", "end", NASTY, NASTY), Arrow(2, "x#1:2", "T", NASTY, None, "")]
    drawn = Diagram(unfenced(fenced(sequence(arrows))))
    flat = NASTY.replace("\n", " ")
    assert drawn.messages == [("end", flat, f"19:00:00.000 {flat}")]
    assert drawn.notes == [(flat, "19:00:00.000 ")]
    graph = Graph("a", (Node("a", 1, "T", "end", NASTY), Node("b")), (Edge("b", "a"),))
    chart = Chart(flowchart(graph))
    assert flat in chart.bold
    assert chart.edges == [("b<br/>(no longer in the trace)", chart.bold)]


def test_a_graph_goes_up_to_the_causes_and_down_to_the_effects(session: Session) -> None:
    with Trace(session.trace) as trace:
        placed = next(trace.sent(PlaceOrder))
        graph = around(trace, placed.id, 5)
        chart = Chart(flowchart(graph))
        kinds = {node.id: node.type for node in graph.nodes}
        edges = {(kinds[edge.cause], kinds[edge.effect]) for edge in graph.edges}
        assert {
            ("BarClosed", "Prediction"),
            ("Prediction", "Signal"),
            ("Signal", "Approved"),
            ("Approved", "PlaceOrder"),
            ("PlaceOrder", "PlaceResult"),
        } <= edges
        for edge in graph.edges:
            effect = trace.message(edge.effect)
            assert effect is not None
            assert edge.cause in effect.causes
        near = around(trace, placed.id, 1)
        assert {node.type for node in near.nodes} == {"Approved", "PlaceOrder", "PlaceResult"}
    assert len(chart.boxes) == len(graph.nodes)
    assert len(chart.edges) == len(graph.edges)
    assert placed.id in chart.bold


def test_a_message_that_is_not_there(session: Session) -> None:
    with Trace(session.trace) as trace, pytest.raises(Unknown, match="no message x#1:1"):
        around(trace, "x#1:1", 3)
    assert run("graph", session.trace, "x#1:1").returncode == 2


def test_graphviz_has_every_node_and_edge(session: Session) -> None:
    with Trace(session.trace) as trace:
        graph = around(trace, next(trace.sent(PlaceOrder)).id, 2)
    lines = dot(graph)
    quoted = r'"(?:[^"\\]|\\.)*"'
    assert (lines[0], lines[-1]) == ("digraph causes {", "}")
    nodes = [line for line in lines if re.fullmatch(rf"    {quoted} \[label={quoted}.*\];", line)]
    joins = [line for line in lines if re.fullmatch(rf"    {quoted} -> {quoted} \[.*\];", line)]
    assert (len(nodes), len(joins)) == (len(graph.nodes), len(graph.edges))
    assert len(lines) == len(nodes) + len(joins) + 3


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_it(tmp_path: Path) -> None:
    graph = Graph("a", (Node("a", 1, "T", "end", NASTY), Node("b")), (Edge("b", "a"),))
    source = tmp_path / "graph.dot"
    source.write_text("\n".join(dot(graph)), "utf-8")
    drawn = subprocess.run(
        ["dot", "-Tsvg", str(source)], capture_output=True, timeout=250, check=True
    )
    assert b"<svg" in drawn.stdout
