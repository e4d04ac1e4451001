"""`python supervisor.py`: trades with brackets, ends flat, and every file says the same."""

import csv
import re
import sqlite3
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.live.bench import Outcome, Trace, only
from tests.live.conftest import Runs
from tests.live.weights import shipped

pytestmark = [pytest.mark.alone, pytest.mark.slow]

MARKET, LIMIT, STOP = 2, 1, 4


@pytest.fixture(autouse=True)
def together(runs: Runs) -> None:
    runs.start("default", "unsure", "random")


def test_it_trades_and_ends_flat(default: Outcome) -> None:
    assert default.code == 0, default.err
    metrics = default.metrics
    assert metrics["state_at_end"] == "FLAT"
    assert metrics["exit_reason"] == "duration"
    assert metrics["orders"]["accepted"] >= 1
    assert metrics["round_trips"] >= 1
    assert "Traceback" not in default.err


def test_every_entry_has_a_stop_and_a_target_at_the_venue(default: Outcome) -> None:
    entries = default.judged().entries
    legs: dict[int, set[int]] = {entry.order: set() for entry in entries}
    for row in default.journal():
        if row["kind"] == "order" and row.get("parent") in legs and row["status"] == 1:
            legs[row["parent"]].add(row["type"])
    assert entries
    assert all(types == {LIMIT, STOP} for types in legs.values()), legs


def test_the_oracle_and_the_engine_count_no_violation(default: Outcome) -> None:
    report = default.judged()
    assert not any(report.violations.values()), report.details
    assert default.metrics["violations"] == report.violations
    assert report.flat


def test_the_profit_is_the_venues_to_the_cent(default: Outcome) -> None:
    report, metrics = default.judged(), default.metrics
    (change,) = report.balance_change.values()
    assert Decimal(str(metrics["pnl"]["net"])) == change
    assert metrics["fills"] == report.fills
    with only(default.logs, "trades_*.csv").open(newline="") as file:
        trips = list(csv.DictReader(file))
    assert len(trips) == metrics["round_trips"]
    assert sum(Decimal(trip["net"]) for trip in trips) == change


def test_every_entry_comes_from_a_prediction_of_the_shipped_model(default: Outcome) -> None:
    trace = default.trace()
    entries = trace.of("PlaceOrder")
    assert entries
    for entry in entries:
        chain = {line["type"]: line["message"] for line in trace.ancestors(entry)}
        assert {"Approved", "Signal", "Prediction", "BarClosed"} <= set(chain)
        assert chain["Prediction"]["model"] == shipped().model
        assert chain["Prediction"]["confidence"] >= 0.65


def test_every_stage_answers_every_bar(default: Outcome) -> None:
    trace = default.trace()
    bars = [line["message"]["bar"]["end"] for line in trace.of("BarClosed")]
    assert len(bars) > 40
    predicted = ends(trace, "Prediction", "NoPrediction")
    # what had not come to the end of its chain when the session ended
    assert predicted == bars
    assert ends(trace, "Signal", "NoSignal") == bars
    assert ends(trace, "Approved", "Denied") == ends(trace, "Signal")


def test_every_approved_entry_becomes_an_order_or_a_denial(default: Outcome) -> None:
    trace = default.trace()
    entries = [
        line["id"] for line in trace.of("Approved") if line["message"]["kind"].endswith("_ENTRY")
    ]
    answers = [*trace.of("PlaceOrder"), *trace.of("Denied")]
    answered = [cause for line in answers for cause in line["causes"] if cause in entries]
    assert sorted(answered) == sorted(entries)


def test_the_books_are_balanced_and_the_trace_holds_them(default: Outcome) -> None:
    books = default.metrics["messages"]
    assert (books["queued"], books["running"]) == (0, 0)
    assert books["sent"] == books["handled"] + books["conflated"] + books["dead"]
    trace = default.trace()
    sent = sum(len(line["receivers"]) for line in trace.messages.values())
    assert sent == books["sent"]
    for outcome in ("handled", "conflated", "dead"):
        count = sum(line.get("outcome") == outcome for line in trace.lines)
        assert count == books[outcome], outcome


def test_the_files_of_a_session_are_there_and_whole(default: Outcome) -> None:
    logs = default.logs
    dates = {re.sub(r"^\w+_(\d{4}-\d\d-\d\d)\.\w+$", r"\1", p.name) for p in logs.glob("*_*.*")}
    assert len(dates) == 1, dates
    line = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \[(DEBUG|INFO|WARNING|ERROR)\] \S.*")
    text = only(logs, "trading_*.log").read_text()
    assert all(line.fullmatch(row) for row in text.splitlines())
    for event in ("SIGNAL: ", "ORDER: ", "FILL: ", "TRADE CLOSED: ", "STATE: FLAT"):
        assert event in text
    metrics = default.metrics
    assert datetime.fromisoformat(metrics["ended"]) > datetime.fromisoformat(metrics["began"])
    header, *_ = default.trace().lines
    assert header["kind"] == "header"
    assert header["model"] == shipped().model
    base = sqlite3.connect(f"file:{logs / 'ledger.sqlite'}?mode=ro", uri=True)
    placed = base.execute("SELECT tag, outcome FROM requests WHERE kind = 'PlaceOrder'").fetchall()
    base.close()
    assert [outcome for _, outcome in placed] == ["accepted"] * len(placed)
    assert len(placed) == metrics["orders"]["submitted"]


def test_without_confidence_there_is_no_trade(runs: Runs) -> None:
    run = runs["unsure"]
    assert run.code == 0, run.err
    assert run.metrics["predictions"] > 10
    assert run.metrics["orders"]["submitted"] == 0
    assert not [row for row in run.journal() if row["kind"] == "order"]
    assert run.metrics["refusals"]["low_confidence"] > 0


def test_random_weights_give_other_trades(runs: Runs, default: Outcome) -> None:
    run = runs["random"]
    assert run.code == 0, run.err
    trace = run.trace()
    models = {line["message"]["model"] for line in trace.of("Prediction")}
    assert len(models) == 1
    assert shipped().model not in models
    assert called(trace) != called(default.trace())
    assert not any(run.judged().violations.values())


def ends(trace: Trace, *kinds: str) -> list[int]:
    """The bars that messages of some types speak of, in order."""
    return sorted(line["message"]["bar_end"] for kind in kinds for line in trace.of(kind))


def called(trace: Trace) -> list[tuple[Any, Any]]:
    """(second of the session, kind) of each entry signal."""
    bars = [line["message"]["bar"]["end"] for line in trace.of("BarClosed")]
    return [
        ((line["message"]["bar_end"] - bars[0]) // 1_000_000_000, line["message"]["kind"])
        for line in trace.of("Signal")
        if line["message"]["kind"].endswith("_ENTRY")
    ]
