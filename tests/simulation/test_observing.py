"""Sessions that only watch: every decision is there, and nothing ever reaches the venue."""

import json
from itertools import pairwise
from typing import Any

import pytest

from actors.runtime.address import ORDER
from messages.base import SECOND
from messages.control import Alarm, AlarmKind, EngineState, Flatten, Latch, StateChanged
from messages.decision import Approved, Permission, Prediction
from messages.market import BarClosed, Side
from messages.order import CancelOrder, CloseContract, Phase, PhaseChanged, PlaceOrder, Withheld
from messages.position import PositionChanged
from supervisor import OBSERVING_CHILDREN
from tests.simulation.bench import Bench, broken, settings
from tests.simulation.strategies import EAGER
from tools.simulate.mishaps import crashing
from tools.simulate.session import START

READS = {
    "/api/Auth/loginKey",
    "/api/Account/search",
    "/api/Contract/search",
    "/api/Contract/searchById",
    "/api/History/retrieveBars",
    "/api/Order/search",
    "/api/Order/searchOpen",
    "/api/Order/v2/query",
    "/api/Position/searchOpen",
    "/api/Trade/search",
}


def observe(seconds: float, *overrides: str, **more: Any) -> Bench:
    more.setdefault("children", OBSERVING_CHILDREN)
    return Bench(
        5,
        seconds,
        settings(*EAGER, "risk.max_orders_per_minute=140", *overrides),
        observing=True,
        **more,
    )


def bought_by_hand(bench: Bench, seconds: float) -> None:
    """Somebody buys one contract, without a stop."""
    body = json.dumps({"name": "external_order"}).encode()
    bench.session.at(seconds, lambda: bench.session.control("/sim/faults", body))


def rows(bench: Bench, kind: str) -> list[dict[str, Any]]:
    told = (json.loads(line) for line in bench.session.venue.journal.lines(0))
    return [row for row in told if row["kind"] == kind]


def check_untouched(bench: Bench) -> None:
    """Nothing but reads has come to the venue, and no room has said anything else."""
    assert {row["path"] for row in rows(bench, "request")} <= READS
    for kind in (PlaceOrder, CancelOrder, CloseContract, Flatten):
        assert not bench.ear.of(kind), kind


def test_every_decision_is_made_and_nothing_is_sent() -> None:
    bench = observe(60)
    ended, _ = bench.run()
    check_untouched(bench)
    assert not rows(bench, "order")
    approved, withheld = bench.ear.of(Approved), bench.ear.of(Withheld)
    assert len(bench.ear.of(Prediction)) > 30
    assert len(withheld) == len(approved) > 10
    for verdict, order in zip(approved, withheld, strict=True):
        assert (order.bar_end, order.kind, order.size) == (
            verdict.bar_end,
            verdict.kind,
            verdict.size,
        )
        assert order.stop_bracket == -order.side * verdict.stop_ticks
        assert order.target_bracket == order.side * verdict.target_ticks
    assert {order.side for order in withheld} == set(Side)
    gaps = [after.bar_end - before.bar_end for before, after in pairwise(withheld)]
    assert min(gaps) == SECOND, "a withheld entry is held to be under way"
    states = [change.state for change in bench.ear.of(StateChanged)]
    assert states == [EngineState.OBSERVING, EngineState.STOPPING, EngineState.OBSERVED]
    assert (ended.code, ended.state) == (0, "OBSERVED")
    assert not broken(ended.violations)


def test_a_limit_entry_is_told_with_its_price() -> None:
    bench = observe(30, "execution.order_type=limit", "execution.slippage_buffer_ticks=3")
    bench.run()
    bars = {closed.bar.end: closed.bar for closed in bench.ear.of(BarClosed)}
    withheld = bench.ear.of(Withheld)
    assert withheld
    for order in withheld:
        bar = bars[order.bar_end]
        meets = bar.ask if order.side is Side.BUY else bar.bid
        assert order.limit == meets + 3 * order.side


def test_a_position_in_the_account_is_reported_and_left_alone() -> None:
    bench = observe(40)
    bought_by_hand(bench, 10)
    ended, report = bench.run()
    check_untouched(bench)
    assert [change.size for change in bench.ear.of(PositionChanged)][-1] == 1
    assert rows(bench, "position")[-1]["size"] == 1, "the venue's last word"
    assert not report.flat
    told = bench.ear.of(PhaseChanged)[-1]
    assert (told.phase, told.reason) == (
        Phase.UNKNOWN,
        "the account holds +1, NOT covered by its stops",
    )
    assert AlarmKind.UNPROTECTED in {alarm.kind for alarm in bench.ear.of(Alarm)}
    assert any("unprotected" in latch.code for latch in bench.ear.of(Latch))
    assert (ended.code, ended.state) == (0, "OBSERVED")
    assert not broken(ended.violations), "the engine answers for no position here"


@pytest.mark.parametrize("actor", [ORDER, "signal", "risk", "position"])
def test_a_room_that_fails_changes_nothing_of_that(actor: str) -> None:
    failed: list[float] = []

    def due(address: str, delivery: object) -> bool:
        late = address == actor and not failed and bench.session.seconds > 20
        if late:
            failed.append(bench.session.seconds)
        return late

    bench = observe(60, children=crashing(OBSERVING_CHILDREN, due))
    ended, _ = bench.run()
    check_untouched(bench)
    (at,) = failed
    later = [when for when, _, message in bench.ear.said if isinstance(message, Withheld)][-1]
    assert (later - START) / SECOND > at + 5, "nothing is decided any more"
    assert bench.ear.of(Permission)[-1].allowed is False, "the stop has latched"
    assert (ended.code, ended.state) == (0, "OBSERVED")


def test_a_loss_that_would_flatten_latches_and_touches_nothing() -> None:
    bench = observe(60, "risk.max_daily_loss=0.01")
    bought_by_hand(bench, 5)
    ended, _ = bench.run()
    check_untouched(bench)
    assert AlarmKind.DAILY_LOSS in {alarm.kind for alarm in bench.ear.of(Alarm)}
    assert rows(bench, "position")[-1]["size"] == 1
    assert (ended.code, ended.state) == (0, "OBSERVED")
