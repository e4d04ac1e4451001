"""The end of a session whose books do not close: what the venue says last is what counts."""

import json

import pytest

from messages.base import SECOND
from messages.control import Alarm, AlarmKind, Flatten
from messages.order import NO_BUDGET, QueryFailed
from tests.simulation.bench import Bench, broken, settings
from tests.simulation.four_faults import FOUR, PROBABILITY
from tests.simulation.strategies import EAGER
from tools.simulate.mishaps import fault

TRADED_S = 40.0
DEADLINE_S = 20.0
"""supervision.stop_deadline_s"""
LONG_S = 300


def unreadable(seed: int) -> Bench:
    """The venue's fills cannot be read from some time in the session on."""
    bench = Bench(seed, TRADED_S, settings(*EAGER))
    commit(bench, 30.0, "http_500", target="/api/Trade/search", duration=LONG_S)
    return bench


def commit(bench: Bench, at: float, name: str, **keys: str | float) -> None:
    body = json.dumps({"name": name, **keys}).encode()
    bench.session.at(at, lambda: bench.session.control("/sim/faults", body))


def told(bench: Bench) -> list[Alarm]:
    return [alarm for alarm in bench.ear.of(Alarm) if alarm.subject == "session"]


@pytest.mark.parametrize("seed", [3, 4])
def test_the_session_ends_flat_by_a_proof_of_then_and_says_that_the_books_are_open(
    seed: int,
) -> None:
    bench = unreadable(seed)
    ended, report = bench.run()
    assert (ended.code, ended.state) == (0, "FLAT")
    assert [alarm.kind for alarm in told(bench)] == [AlarmKind.MISMATCH]
    rows = map(json.loads, bench.session.venue.journal.lines(0))
    begun = next(at for at, _, m in reversed(bench.ear.said) if isinstance(m, Flatten))
    assert begun - bench.session.start >= (TRADED_S + DEADLINE_S) * SECOND
    looks = {row["path"] for row in rows if row["kind"] == "request" and row["ns"] > begun}
    assert {"/api/Order/v2/query", "/api/Position/searchOpen"} <= looks
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)


@pytest.mark.slow
def test_the_books_close_soon_though_the_routine_budget_is_used_up() -> None:
    """A bracket of ours under lost answers and lost fills asks for much, up to the last moment."""
    bench = Bench(3, 300, settings(*EAGER, "execution.brackets=manual"))
    for name in FOUR:
        fault(bench.session, name, 5, 300, probability=PROBABILITY)
    ended, report = bench.run()
    assert [failed for failed in bench.ear.of(QueryFailed) if failed.code == NO_BUDGET]
    assert bench.session.seconds < 300 + 8
    assert told(bench) == []
    assert (ended.code, ended.state) == (0, "FLAT")
    assert not broken(report.violations), report.details


def test_a_stranger_who_comes_meanwhile_is_closed_out_before_it_ends() -> None:
    bench = unreadable(3)
    for second in range(8):
        commit(bench, TRADED_S + DEADLINE_S - 7.9 + second, "external_order")
    ended, report = bench.run()
    assert (ended.code, ended.state) == (0, "FLAT")
    assert not broken(report.violations), report.details
    assert report.flat


def test_what_cannot_be_proven_then_is_not_said() -> None:
    bench = unreadable(3)
    commit(bench, TRADED_S + DEADLINE_S - 1, "http_500", duration=LONG_S)
    ended, report = bench.run()
    assert report.flat
    assert (ended.code, ended.state) == (6, "NOT_FLAT")
