"""The user's error table, row by row, against the simulated venue (docs/operations.md: when the
venue refuses or does not answer). The rows on lost hubs are test_hubs.py and test_fallback.py.
"""

import json
from collections import Counter
from typing import Any

import pytest

from messages.base import SECOND
from messages.control import Alarm, AlarmCleared, AlarmKind, Latch
from messages.decision import Approved
from messages.order import Outcome, Phase, PhaseChanged, PlaceOrder, PlaceResult, QueryFailed
from messages.position import RoundTrip
from tests.simulation.bench import Bench, broken, settings
from tests.simulation.strategies import EAGER
from tools.simulate.session import START, Ended

PLACE, QUERY, SEARCH = "/api/Order/place", "/api/Order/v2/query", "/api/Order/search"
POSITIONS = "/api/Position/searchOpen"
LATE = 20.0
"""From when on a session of these has traded and goes on to."""


def session(seconds: float, *overrides: str) -> Bench:
    return Bench(5, seconds, settings(*EAGER, "risk.max_orders_per_minute=140", *overrides))


def fault(bench: Bench, name: str, seconds: float, target: str = "", **more: object) -> None:
    """From LATE on, for so long."""
    wanted = {"name": name, "duration": seconds, **more} | ({"target": target} if target else {})
    body = json.dumps(wanted).encode()
    bench.session.at(LATE, lambda: bench.session.control("/sim/faults", body))


def rows(bench: Bench, kind: str) -> list[dict[str, Any]]:
    told = (json.loads(line) for line in bench.session.venue.journal.lines(0))
    return [row for row in told if row["kind"] == kind]


def judged(bench: Bench) -> Ended:
    """The session has kept every promise, sent no tag twice, and traded on after the fault."""
    ended, report = bench.run()
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert (ended.code, ended.state) == (0, "FLAT")
    tags = Counter(order.tag for order in bench.ear.of(PlaceOrder))
    assert set(tags.values()) == {1}
    asked = [row for row in rows(bench, "request") if row["path"] == PLACE]
    assert len(asked) == len(tags), "an entry was sent again below the order room"
    assert rows(bench, "fault"), "the fault was never committed"
    return ended


def traded_after(bench: Bench, seconds: float) -> bool:
    return any(trip.closed > START + seconds * SECOND for trip in bench.ear.of(RoundTrip))


def test_an_entry_beyond_the_margin_is_halved_until_the_venue_takes_it() -> None:
    rich = ("risk.max_contracts=120", "risk.max_risk_per_trade=0.01", "risk.max_micros=1000")
    bench = session(40, *rich)  # the account takes 50 micros
    ended, report = bench.run()
    answers = bench.ear.of(PlaceResult)
    refused = [a.outcome for a in answers].index(Outcome.ACCEPTED)
    assert {a.code for a in answers[:refused]} == {"insufficient_funds"}
    sizes = [order.size for order in bench.ear.of(PlaceOrder)[: refused + 1]]
    assert sizes == [sizes[0] >> halved for halved in range(refused + 1)]
    assert sizes[-1] <= 50 < sizes[-2]
    assert bench.ear.of(Approved)[0].size == sizes[0]
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)


@pytest.mark.parametrize(
    ("name", "code"), [("http_500", "http_500"), ("http_429_burst", "http_429")]
)
def test_an_entry_without_a_clear_answer_is_proven_and_not_sent_again(name: str, code: str) -> None:
    """Here the venue has not placed it: that is proven, and the next signal enters anew."""
    bench = session(120)
    fault(bench, name, 8, PLACE)
    judged(bench)
    unknown = [r for r in bench.ear.of(PlaceResult) if r.outcome is Outcome.UNKNOWN]
    assert {result.code for result in unknown} == {code}
    alarms = [alarm for alarm in bench.ear.of(Alarm) if alarm.kind is AlarmKind.UNKNOWN_OUTCOME]
    assert alarms, "an outcome that stays unknown is alarmed"
    assert any("unknown_outcome" in latch.code for latch in bench.ear.of(Latch))
    assert traded_after(bench, LATE + 30)


@pytest.mark.parametrize("name", ["code_6_pending", "lose_response_after_accept", "delay_response"])
def test_an_entry_that_was_placed_without_an_answer_is_kept(name: str) -> None:
    bench = session(90)
    fault(bench, name, 15, PLACE)
    fault(bench, "drop_fill_events", 15)
    judged(bench)
    unclear = [r.tag for r in bench.ear.of(PlaceResult) if r.outcome is Outcome.UNKNOWN]
    late = {r.tag for r in bench.ear.of(PlaceResult)}
    missing = [o.tag for o in bench.ear.of(PlaceOrder) if o.tag not in late]
    assert name == "delay_response" or unclear or missing
    alarms = {alarm.kind for alarm in bench.ear.of(Alarm)}
    assert AlarmKind.UNKNOWN_OUTCOME not in alarms
    assert AlarmKind.BRACKET_LOST not in alarms
    protected = [c for c in bench.ear.of(PhaseChanged) if c.phase is Phase.PROTECTED]
    assert len(protected) >= len(bench.ear.of(PlaceOrder)) - 1
    assert traded_after(bench, LATE + 20)


def test_an_outcome_that_nothing_can_prove_stops_entries_until_the_venue_can_be_read() -> None:
    """The answer is lost, and so is every look-up for half a minute."""
    bench = session(150)
    fault(bench, "lose_response_after_accept", 6, PLACE)
    for path in (QUERY, SEARCH, POSITIONS, "/api/Order/searchOpen"):
        fault(bench, "http_500", 30, path)
    ended, report = bench.run()
    assert not broken(report.violations), report.details
    assert (ended.code, ended.state) == (0, "FLAT")
    spans = [row["ns"] / SECOND - START / SECOND for row in rows(bench, "request")
             if row["path"] == PLACE]  # fmt: skip
    assert not [at for at in spans if LATE + 7 < at < LATE + 30], "it entered in the dark"
    assert traded_after(bench, LATE + 40)


@pytest.mark.parametrize("name", ["http_429_burst", "http_500", "null_lists"])
def test_reads_that_fail_are_made_again_and_nothing_is_concluded_from_them(name: str) -> None:
    bench = session(120)
    for path in (QUERY, POSITIONS, "/api/Trade/search"):
        fault(bench, name, 3, path)
    judged(bench)
    assert traded_after(bench, LATE + 20)


def test_a_rejected_order_is_told_and_not_sent_again() -> None:
    bench = session(60)
    fault(bench, "reject_all", 2)  # more would open the circuit breaker
    judged(bench)
    refused = [r for r in bench.ear.of(PlaceResult) if r.outcome is Outcome.REFUSED]
    assert refused
    assert {result.code for result in refused} == {"order_rejected"}
    assert traded_after(bench, LATE + 10)


def test_a_login_that_is_refused_is_alarmed_and_made_good() -> None:
    bench = session(180)
    fault(bench, "expire_token", 1)
    for path in ("/api/Auth/loginKey", "/api/Auth/validate"):
        fault(bench, "http_500", 6, path)
    judged(bench)
    logins = [row for row in rows(bench, "request") if row["path"] == "/api/Auth/loginKey"]
    assert len(logins) < 30, "every read has asked for a token"
    assert "authentication" in {failed.code for failed in bench.ear.of(QueryFailed)}
    alarms = [a for a in bench.ear.of(Alarm) if a.kind is AlarmKind.AUTHENTICATION]
    cleared = [a for a in bench.ear.of(AlarmCleared) if a.kind is AlarmKind.AUTHENTICATION]
    assert len(alarms) >= 1
    assert len(cleared) == 1
    assert traded_after(bench, LATE + 90)


def test_a_position_that_is_closed_by_hand_is_taken_from_the_venue() -> None:
    bench = session(60)
    body = json.dumps({"name": "external_close"}).encode()
    for at in (20.5, 25.5, 30.5):
        bench.session.at(at, lambda: bench.session.control("/sim/faults", body))
    judged(bench)
    assert "OUTSIDE" in {trip.reason.value for trip in bench.ear.of(RoundTrip)}
    assert traded_after(bench, 35)
