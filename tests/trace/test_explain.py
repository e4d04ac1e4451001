"""For every order its whole chain, for every bar without one the stage and the rule."""

import json
from datetime import time
from pathlib import Path

import pytest

from messages.market import BarClosed
from tests.trace.bench import Lines, Session, run, write
from tools.trace.explain import Unknown, bar_at, chain, explain, explain_bar, stopped
from tools.trace.trace import Trace
from tools.trace.words import when

MARKET = {"Depth", "Tape", "CloseBarDue"}
"""What closes a bar."""


def test_every_order_of_the_venues_journal_has_its_chain_without_a_missing_hop(
    session: Session,
) -> None:
    asked = [row["body"] for row in session.requests("/api/Order/place")]
    assert len(asked) >= 3
    with Trace(session.trace) as trace:
        for body in asked:
            hops = explain(trace, body["customTag"])
            kinds = [hop.type for hop in hops]
            assert kinds[0] in MARKET
            assert kinds[1:6] == ["BarClosed", "Prediction", "Signal", "Approved", "PlaceOrder"]
            assert {"PlaceResult", "OrderEvent", "FillEvent"} <= set(kinds[6:])
            assert kinds[-1] == "RoundTrip"
            handled = [hop for hop in hops[:5] if hop.waited is not None and hop.took is not None]
            assert len(handled) == 5, "each says who took it up, how long it waited and took"


def test_a_prediction_is_told_though_its_bar_came_later(whole: Lines, tmp_path: Path) -> None:
    messages = {line["id"]: line for line in whole if line["kind"] == "message"}
    late: Lines = json.loads(json.dumps(whole))
    for line in late:
        if line["kind"] == "message" and line["type"] == "Signal":
            line["causes"] = messages[line["causes"][0]]["causes"]
    entry = next(line for line in messages.values() if line["type"] == "PlaceOrder")
    with Trace(write(tmp_path / "trace_late.jsonl", late)) as trace:
        hops = explain(trace, entry["message"]["tag"])
    kinds = [hop.type for hop in hops]
    assert kinds[1:6] == ["BarClosed", "Prediction", "Signal", "Approved", "PlaceOrder"]
    assert hops[2].receiver == "signal"


def test_an_orders_chain_has_the_fills_of_its_legs_too(session: Session) -> None:
    orders, fills = session.orders(), [row for row in session.journal if row["kind"] == "fill"]
    legs = {row["order"]: row for row in fills if orders[row["order"]].get("parent")}
    assert legs, "a target was hit"
    with Trace(session.trace) as trace:
        for number, fill in legs.items():
            hops = explain(trace, str(orders[number]["parent"]))
            told = [hop.words for hop in hops if hop.type == "FillEvent"]
            assert len(told) == 2
            assert told[1].startswith(f"FILL {fill['id']} of order {number}: ")


def test_an_order_is_found_by_its_number_and_by_its_childrens(session: Session) -> None:
    placed = next(row for row in session.requests("/api/Order/place") if row["order"])
    orders = session.orders()
    children = [n for n, row in orders.items() if row.get("parent") == placed["order"]]
    assert len(children) == 2
    with Trace(session.trace) as trace:
        whole = explain(trace, str(placed["order"]))
        for child in children:
            assert explain(trace, str(child)) == whole


def test_a_close_of_the_engines_is_traced_to_what_made_it(session: Session) -> None:
    assert session.requests("/api/Position/closeContract")
    untagged = [number for number, row in session.orders().items() if row.get("tag") is None]
    assert untagged
    with Trace(session.trace) as trace:
        for number in untagged:
            kinds = [hop.type for hop in explain(trace, str(number))]
            assert "CloseContract" in kinds
            assert kinds.index("CloseContract") > 0, "something led to it"
            assert kinds[0] != "OrderEvent", "and to the cancel before it"
            assert "FillEvent" in kinds


def test_every_bar_ends_at_an_order_or_at_a_coded_refusal(session: Session) -> None:
    seen: set[tuple[str, str]] = set()
    with Trace(session.trace) as trace:
        for line in trace.sent(BarClosed):
            closed = line.body
            assert isinstance(closed, BarClosed)
            stage, rule = stopped(trace, closed.contract, closed.bar.end)
            assert stage in {"model", "signal", "risk", "order"}
            assert rule != "no answer"
            seen.add((stage, rule))
    assert {("model", "cold_window"), ("signal", "low_confidence"), ("order", "PlaceOrder")} <= seen


def test_a_bar_is_found_by_the_clock_and_told_stage_by_stage(session: Session) -> None:
    with Trace(session.trace) as trace:
        line = list(trace.sent(BarClosed))[100]
        closed = line.body
        assert isinstance(closed, BarClosed)
        (found,) = bar_at(trace, time.fromisoformat(when(closed.bar.end)[:8]))
        assert found == closed
        hops = explain_bar(trace, closed.contract, closed.bar.end)
        assert hops[0].type in MARKET
        assert hops[1].type == "BarClosed"
        assert len(hops) > 2


def test_what_is_not_there_is_said_with_what_is(session: Session) -> None:
    with Trace(session.trace) as trace:
        with pytest.raises(Unknown, match=r"no order nope .* ls shows"):
            explain(trace, "nope")
        with pytest.raises(Unknown, match="no bar closed at 03:00:00: the trace runs from"):
            bar_at(trace, time(3))


def test_a_chain_ends_at_its_root_even_where_a_timer_was_set_by_something(
    session: Session,
) -> None:
    with Trace(session.trace) as trace:
        flatten = next(trace.sent("Flatten"))
        hops = chain(trace, flatten)
        assert len(hops) <= 3
        assert hops[0].id == flatten.root


def test_the_command_lists_and_explains(session: Session) -> None:
    listed = json.loads(run("ls", session.trace, "--json").stdout)
    assert set(listed) == {"orders", "trades", "flattens", "events"}
    assert {row["id"] for row in listed["orders"]} == set(session.orders())
    tag = listed["orders"][0]["tag"]
    told = run("explain", session.trace, tag)
    assert "daily loss used" in told.stdout
    assert "of 2 contracts" in told.stdout
    assert told.returncode == 0
    hops = json.loads(run("explain", session.trace, tag, "--json").stdout)
    assert hops[0]["type"] in MARKET


def test_mistakes_are_one_line_and_a_code(session: Session, tmp_path: Path) -> None:
    for arguments, code, words in (
        (("explain", session.trace, "nope"), 2, "no order nope"),
        (("ls", tmp_path / "none.jsonl"), 9, "no such file"),
        (("explain", session.trace), 2, "name an order"),
    ):
        ended = run(*arguments)
        assert ended.returncode == code
        assert words in ended.stderr
        assert "Traceback" not in ended.stderr
