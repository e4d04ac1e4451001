"""A session that ends early while a position is open: by a signal, by the venue's death, by its
own.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from gateway.emergency import Lane
from tests.live.bench import Client, Engine, Outcome, child, simulator, until
from tests.oracle import Report, judge, read
from tests.simulation.strategies import EAGER

pytestmark = [pytest.mark.realtime, pytest.mark.slow]

EAGERLY = tuple(f"-o{override}" for override in EAGER)
STOP_DEADLINE_S = 8


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine that trades at once."""
    deadline = f"-osupervision.stop_deadline_s={STOP_DEADLINE_S}"
    started = Engine.start(tmp_path, *EAGERLY, deadline)
    yield started
    started.kill()


def hold(engine: Engine) -> None:
    """Wait for a position with its bracket at work."""
    until("a position", lambda: engine.process.poll() is None and engine.phase() == "protected")


def check_flat(outcome: Outcome) -> Report:
    report = outcome.judged()
    assert not any(report.violations.values()), report.details
    assert outcome.metrics["violations"] == report.violations
    assert outcome.metrics["state_at_end"] == "FLAT"
    assert report.flat
    return report


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_session_in_order(engine: Engine, number: signal.Signals) -> None:
    hold(engine)
    engine.send(number)
    outcome = engine.wait(STOP_DEADLINE_S + 30)
    assert outcome.code == 0, outcome.err
    check_flat(outcome)
    assert outcome.metrics["exit_reason"] == number.name
    (flatten,) = outcome.metrics["flattens"]
    assert flatten["ok"]
    assert flatten["took_ms"] < 3_000, "the order room missed its deadline"
    trace = outcome.trace()
    assert not trace.of("FlattenFailed")
    assert trace.of("CloseContract")


def test_a_second_ctrl_c_takes_the_emergency_lane(engine: Engine) -> None:
    hold(engine)
    engine.send(signal.SIGINT)
    engine.send(signal.SIGTERM)  # two SIGINT at once may be delivered as one
    outcome = engine.wait(STOP_DEADLINE_S + 30)
    assert outcome.code == 0, outcome.err
    check_flat(outcome)
    trace = outcome.trace()
    assert [line["message"]["way"] for line in trace.of("FlattenFailed")] == ["order"]
    assert [line["sender"] for line in trace.of("Flattened")] == ["lane"]


def test_the_venue_dies_and_the_engine_says_so_loudly(engine: Engine) -> None:
    hold(engine)
    os.kill(child(engine, "tools.simulator"), signal.SIGKILL)
    until("both hubs are lost", lambda: len({row["hub"] for row in engine.said("HubLost")}) == 2)
    assert engine.process.poll() is None, "the engine must outlive its venue"
    engine.send(signal.SIGTERM)
    outcome = engine.wait(STOP_DEADLINE_S + 30)
    assert outcome.code == 6
    assert "NOT PROVEN FLAT" in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.metrics["state_at_end"] == "NOT_FLAT"
    assert outcome.metrics["violations"]["ENDS_FLAT"] > 0


def test_a_killed_engine_takes_its_simulator_along(engine: Engine) -> None:
    hold(engine)
    venue = child(engine, "tools.simulator")
    engine.kill()
    try:
        until("the simulator has ended", lambda: not Path(f"/proc/{venue}").exists())
    except AssertionError:
        os.kill(venue, signal.SIGKILL)
        raise


def test_the_emergency_lane_alone_makes_the_account_flat() -> None:
    with simulator() as venue:
        client = Client(venue.rest)
        client.place(type=2, side=0, stopLossBracket={"ticks": -40, "type": 4},
                     takeProfitBracket={"ticks": 40, "type": 1})  # fmt: skip
        client.place(type=1, side=0, limitPrice=5000.0)
        until("a position", lambda: client.rows("Position/searchOpen", "positions"))
        until("its bracket", lambda: len(client.rows("Order/searchOpen", "orders")) == 3)

        why = Lane(venue.rest, client.account, lambda: client.token).flatten(10)
        journal = read(requests.get(f"{venue.rest}/sim/journal", timeout=30).content)
    assert why == ""
    report = judge(journal, max_contracts=2)
    assert report.flat
    assert report.violations["PROTECTED"] == 0
    assert report.violations["ENDS_FLAT"] == 0
