"""--trade-once in virtual time: one bracketed trade, whatever fails, and an end that tells."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from actors.engine import Child
from messages.base import SECOND
from messages.control import ActorRestarted, EngineState, Latch, StateChanged
from messages.market import Side
from messages.order import Outcome, Phase, PhaseChanged, PlaceOrder, PlaceResult
from messages.position import RoundTrip
from supervisor import CHILDREN
from tests.simulation.bench import Bench, broken, settings
from tools.simulate.mishaps import crashing
from tools.simulate.session import START

BY_ITS_BRACKET = ("risk.min_stop_ticks=8", "risk.max_stop_ticks=8")
FAR = ("risk.min_stop_ticks=900", "risk.max_stop_ticks=900", "risk.max_risk_per_trade=0.1")


def once(
    seconds: float,
    *overrides: str,
    side: Side = Side.BUY,
    children: Sequence[Child] = CHILDREN,
    seed: int = 5,
) -> Bench:
    return Bench(seed, seconds, settings(*overrides), children=children, once=side)


def at(bench: Bench, seconds: float, name: str, **fault: object) -> None:
    body = json.dumps({"name": name, **fault}).encode()
    bench.session.at(seconds, lambda: bench.session.control("/sim/faults", body))


def reason(bench: Bench) -> str:
    """Why it stopped."""
    changes = bench.ear.of(StateChanged)
    told: str = next(c.reason for c in changes if c.state is EngineState.STOPPING)
    return told


def entries(bench: Bench) -> list[dict[str, Any]]:
    """What the venue was asked to place."""
    rows = (json.loads(line) for line in bench.session.venue.journal.lines(0))
    return [r for r in rows if r["kind"] == "request" and r["path"] == "/api/Order/place"]


@pytest.mark.parametrize("side", list(Side))
def test_it_enters_once_and_stops_when_the_bracket_has_ended_the_trade(side: Side) -> None:
    bench = once(900, *BY_ITS_BRACKET, side=side)
    ended, report = bench.run()
    assert (ended.code, ended.state) == (0, "FLAT")
    assert len(entries(bench)) == 1
    (trip,) = bench.ear.of(RoundTrip)
    assert trip.side is side
    assert reason(bench).startswith("the one trade is over: ")
    assert bench.session.seconds < 900, "it goes on after its trade"
    (order,) = bench.ear.of(PlaceOrder)
    assert None not in (order.stop_bracket, order.target_bracket)
    assert "trade_once" in {latch.code for latch in bench.ear.of(Latch)}, "nothing else may enter"
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)


def test_the_duration_closes_it() -> None:
    bench = once(60, *FAR)
    ended, report = bench.run()
    assert ended.code == 0
    assert reason(bench) == "duration"
    assert len(bench.ear.of(RoundTrip)) == len(entries(bench)) == 1
    assert report.flat


def test_it_waits_until_trading_is_allowed() -> None:
    bench = once(120, *FAR)
    at(bench, 0.2, "drop_hub", target="user")
    at(bench, 0.2, "refuse_upgrade", duration=20, target="user")
    ended, _ = bench.run()
    assert ended.code == 0
    (placed,) = entries(bench)
    assert 20 * SECOND < placed["ns"] - START < 60 * SECOND


def test_no_time_to_trade_is_a_failed_check() -> None:
    bench = once(40)
    at(bench, 0, "freeze_feed", duration=100)
    ended, _ = bench.run()
    assert (ended.code, ended.state) == (7, "FLAT")
    assert reason(bench) == "duration: no trade was made"
    assert not entries(bench)


def test_a_denial_ends_it_and_says_why() -> None:
    poor = ("risk.starting_capital=1000", "risk.max_daily_loss=1000")
    bench = once(60, *poor, "risk.max_risk_per_trade=0.0001")
    ended, _ = bench.run()
    assert ended.code == 7
    assert reason(bench).startswith("the one trade is denied: size_zero")
    assert not entries(bench)


@pytest.mark.parametrize(
    ("fault", "said"),
    [("reject_all", "order_rejected"), ("position_brackets_mode", "position_brackets")],
)
def test_a_refusal_by_the_venue_ends_it_and_says_why(fault: str, said: str) -> None:
    bench = once(60)
    at(bench, 0, fault, duration=100)
    ended, _ = bench.run()
    assert ended.code == 7
    assert reason(bench).startswith("the one trade has failed: ")
    assert said in reason(bench)
    assert len(entries(bench)) == 1, "a refused order is not sent again"


def test_an_answer_that_is_lost_leads_to_no_second_order() -> None:
    bench = once(900, *BY_ITS_BRACKET)
    at(bench, 0, "lose_response_after_accept", duration=100, target="/api/Order/place")
    ended, report = bench.run()
    assert ended.code == 0
    assert len(entries(bench)) == 1
    assert [result.outcome for result in bench.ear.of(PlaceResult)] == [Outcome.UNKNOWN]
    assert not broken(report.violations), report.details


@pytest.mark.parametrize("actor", ["signal", "risk", "order", "position", "model", "watchdog"])
@pytest.mark.parametrize("phase", [Phase.ENTERING, Phase.PROTECTED, Phase.FLAT])
def test_a_room_that_fails_trades_no_second_time(actor: str, phase: Phase) -> None:
    """In any phase of the trade."""
    failed: list[str] = []

    def due(address: str, delivery: object) -> bool:
        now = bench.ear.of(PhaseChanged)[-1:]
        late = address == actor and not failed and bool(entries(bench)) and now[0].phase is phase
        if late:
            failed.append(address)
        return late

    bench = once(900, *BY_ITS_BRACKET, children=crashing(CHILDREN, due))
    ended, report = bench.run()
    assert len(entries(bench)) == 1
    assert ended.code in (0, 7)
    assert ended.state == "FLAT"
    assert len(bench.ear.of(ActorRestarted)) == len(failed)
    assert not broken(report.violations), report.details
