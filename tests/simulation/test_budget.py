"""Trouble that does not end must not use up the venue's request budget: exits always go through."""

import json
from collections import Counter

import pytest

from messages.base import SECOND
from messages.order import CloseContract, QueryFailed
from tests.simulation.bench import Bench, broken, settings
from tests.simulation.strategies import EAGER
from tools.simulate.mishaps import fault


def strangers(seed: int, seconds: float) -> Bench:
    """A session in which somebody else buys one contract a second for so long, from a position
    on.
    """
    bench = Bench(seed, 300, settings())
    fault(bench.session, "external_order", 60, seconds)
    return bench


@pytest.mark.parametrize(("seed", "seconds"), [(5, 20.0), (1, 60.0), (3, 60.0), (5, 60.0)])
def test_a_stranger_a_second_is_closed_out_for_as_long_as_he_goes_on(
    seed: int, seconds: float
) -> None:
    bench = strangers(seed, seconds)
    ended, report = bench.run()
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    rows = [json.loads(line) for line in bench.session.venue.journal.lines(0)]
    asked = [row for row in rows if row["kind"] == "request"]
    assert Counter(row["status"] for row in asked) == {200: len(asked)}, "the venue refused some"
    assert len(bench.ear.of(CloseContract)) > seconds / 2
    most = bench.settings.risk.max_contracts + 2  # two seconds of the stranger's
    assert max(abs(row["size"]) for row in rows if row["kind"] == "position") <= most
    assert not [f for f in bench.ear.of(QueryFailed) if f.urgent]
    left = [row["ns"] for row in asked]
    assert max(sum(at <= other < at + 60 * SECOND for other in left) for at in left) < 180


def test_a_stranger_is_seen_with_no_user_hub_and_the_routine_budget_used_up() -> None:
    bench = Bench(558, 150, settings(*EAGER))
    for name in ("external_order", "drop_hub"):
        fault(bench.session, name, 60, 20.0)
    ended, report = bench.run()
    refused = [f for f in bench.ear.of(QueryFailed) if f.code == "no_budget"]
    assert refused, "the budget was not used up"
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
