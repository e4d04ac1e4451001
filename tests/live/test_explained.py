"""Why it traded and why not, asked of a default run's trace alone and checked against the venue."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from messages.decision import Denial, ModelRefusal, SignalRefusal
from tests.live.bench import ROOT, Outcome, only
from tools.trace.words import when

pytestmark = [pytest.mark.alone, pytest.mark.slow]  # where the default run is

TICKS = {"Quote", "Tape", "Depth", "CloseBarDue", "SessionEnded"}
"""What closes a bar."""
RULES: dict[str, set[str]] = {
    "model": set(ModelRefusal),
    "signal": set(SignalRefusal),
    "risk": set(Denial),
    "order": {"PlaceOrder", "CloseContract", "CancelOrder"},
}
REFUSALS = {"model": "NoPrediction", "signal": "NoSignal", "risk": "Denied"}
EVERY_BAR = """
import sys
from pathlib import Path
import msgspec
from messages.market import BarClosed
from tools.trace.explain import explain_bar, stopped
from tools.trace.trace import Trace
found = []
with Trace(Path(sys.argv[1])) as trace:
    for line in trace.sent(BarClosed):
        closed = line.body
        hops = explain_bar(trace, closed.contract, closed.bar.end)
        stage, rule = stopped(trace, closed.contract, closed.bar.end)
        kinds = [hop.type for hop in hops]
        found.append({"end": closed.bar.end, "stage": stage, "rule": rule, "kinds": kinds})
print(msgspec.json.encode(found).decode())
"""


@pytest.fixture
def trace(default: Outcome, tmp_path: Path) -> Path:
    """The trace in a folder of its own, with nothing else of the session."""
    return Path(shutil.copy(only(default.logs, "trace_*.jsonl"), tmp_path))


def python(*arguments: object) -> str:
    """What a fresh Python says."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def asked(*arguments: object) -> Any:
    return json.loads(python(*arguments))


def explained(trace: Path, order: object) -> list[dict[str, Any]]:
    hops: list[dict[str, Any]] = asked("-m", "tools.trace", "explain", trace, order, "--json")
    return hops


def test_every_order_has_its_chain_from_the_tick_to_the_venues_fill(
    default: Outcome, trace: Path
) -> None:
    journal = default.journal()
    orders = {row["id"]: row for row in journal if row["kind"] == "order"}
    placed = [row for row in journal if row.get("path") == "/api/Order/place"]
    fills = [row for row in journal if row["kind"] == "fill"]
    assert placed
    for request in placed:
        tag = request["body"]["customTag"]
        hops = explained(trace, tag)
        kinds = [hop["type"] for hop in hops]
        assert kinds[0] in TICKS
        assert kinds[1:6] == ["BarClosed", "Prediction", "Signal", "Approved", "PlaceOrder"]
        assert {"PlaceResult", "OrderEvent", "FillEvent", "RoundTrip"} <= set(kinds[6:])
        assert all(hop["waited"] is not None for hop in hops[:5]), "no hop missing"
        (entry,) = (number for number, one in orders.items() if one.get("tag") == tag)
        family = {number for number, one in orders.items() if one.get("parent") == entry} | {entry}
        told = {hop["words"] for hop in hops if hop["type"] == "FillEvent"}
        for fill in fills:
            said = any(f"FILL {fill['id']} of order {fill['order']}:" in words for words in told)
            assert said == (fill["order"] in family)


def test_every_other_order_of_the_venue_is_found_too(default: Outcome, trace: Path) -> None:
    orders = {row["id"]: row for row in default.journal() if row["kind"] == "order"}
    for number, order in orders.items():
        kinds = [hop["type"] for hop in explained(trace, number)]
        if order.get("tag"):
            assert "PlaceOrder" in kinds
        else:
            assert kinds.index("CloseContract") > 0, "something led to the close"
            assert kinds[0] != "OrderEvent", "what led to the cancel before it is missing"


def test_every_bar_has_the_stage_and_the_rule_where_it_stopped(
    default: Outcome, trace: Path
) -> None:
    bars = asked("-c", EVERY_BAR, trace)
    assert len(bars) == default.metrics["events"]["bars"]
    for bar in bars:
        tick, closed, *answers = bar["kinds"]
        assert tick in TICKS
        assert closed == "BarClosed"
        assert bar["rule"] in RULES[bar["stage"]], bar
        assert REFUSALS.get(bar["stage"], bar["rule"]) in answers
    stops = Counter(bar["rule"] for bar in bars)
    requests = Counter(row["path"] for row in default.journal() if row["kind"] == "request")
    assert stops["PlaceOrder"] == requests["/api/Order/place"]
    assert stops["CloseContract"] <= requests["/api/Position/closeContract"]
    counted = default.metrics["refusals"]
    assert all(stops[rule] <= counted[rule] for rule in stops if rule not in RULES["order"])


def test_the_command_says_for_each_kind_of_bar_where_it_ended(trace: Path) -> None:
    bars = {bar["rule"]: bar for bar in asked("-c", EVERY_BAR, trace)}
    assert len(bars) >= 3
    for rule, bar in bars.items():
        end = when(bar["end"])[:8]
        told = python("-m", "tools.trace", "explain", trace, "--bar", end).splitlines()
        assert told[-1].endswith(f": ended at {bar['stage']}: {rule}")
        assert len(told) == len(bar["kinds"]) + 1
