"""What users of other engines suffered in whole sessions, where no other test shows it."""

import json

from messages.base import SECOND
from messages.control import Alarm, AlarmKind
from messages.hub import Hub, HubLost, HubOpened, Loss
from messages.position import PositionChanged, RoundTrip
from tests.simulation.bench import Bench, broken, settings
from tests.simulation.strategies import EAGER, PATIENT
from tools.simulate.session import START

SILENT_S = 40
AWAY_S = 30


def test_a_feed_that_was_acknowledged_and_never_began_is_subscribed_anew_and_alarmed() -> None:
    bench = Bench(5, 100, settings(*EAGER))
    body = json.dumps({"name": "freeze_feed", "duration": SILENT_S}).encode()
    bench.session.control("/sim/faults", body)
    ended, report = bench.run()

    begun = START + SILENT_S * SECOND
    lost = [
        (at, message.loss)
        for at, _, message in bench.ear.said
        if isinstance(message, HubLost) and message.hub is Hub.MARKET
    ]
    assert lost
    assert {loss for _, loss in lost} == {Loss.GIVEN_UP}
    alarms = {alarm.kind for alarm in bench.ear.of(Alarm)}
    assert AlarmKind.STALE_DATA in alarms
    assert not [entry for entry in report.entries if entry.ns < begun]
    assert bench.ear.of(RoundTrip), "it never traded"
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert (ended.code, ended.state) == (0, "FLAT")


def test_a_token_that_ends_in_a_position_leaves_no_gap_in_its_protection() -> None:
    """It ends as the user hub drops: neither requests nor a new connection may use it."""
    bench = Bench(5, 90, settings(*PATIENT))
    ended_at: list[int] = []

    def expire() -> None:
        if not bench.session.held:
            bench.session.at(bench.session.seconds + 0.05, expire)
            return
        ended_at.append(bench.session.runtime.clock.now)
        for body in ({"name": "expire_token"}, {"name": "drop_hub", "target": "user"}):
            bench.session.control("/sim/faults", json.dumps(body).encode())

    bench.session.at(15, expire)
    ended, report = bench.run()
    (at,) = ended_at
    (opened,) = [
        when
        for when, _, message in bench.ear.said
        if isinstance(message, HubOpened) and message.hub is Hub.USER and when > at
    ]
    (left, *_) = [
        when
        for when, _, message in bench.ear.said
        if isinstance(message, PositionChanged) and not message.size and when > at
    ]
    assert opened - at < SECOND
    assert opened < left, "the position was there all the time"
    journal = [json.loads(line) for line in bench.session.venue.journal.lines(0)]
    looks = [
        row["status"]
        for row in journal
        if row["kind"] == "request" and row["path"] == "/api/Position/searchOpen"
        if at < row["ns"] < opened
    ]
    assert looks == [401, 200], "looked at under the old token, then under a new one"
    assert not bench.ear.of(Alarm)
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert (ended.code, ended.state) == (0, "FLAT")
    assert any(entry.ns > left for entry in report.entries), "it never traded again"


def test_hubs_and_requests_that_all_fail_at_once_are_survived_told_and_recovered_from() -> None:
    bench = Bench(5, 150, settings(*EAGER))
    away: list[int] = []

    def fail() -> None:
        if not bench.session.held:
            bench.session.at(bench.session.seconds + 0.05, fail)
            return
        away.append(bench.session.runtime.clock.now)
        lasting = {"duration": AWAY_S}
        for body in (
            {"name": "http_500", **lasting},
            {"name": "refuse_upgrade", **lasting},
            {"name": "drop_hub"},
        ):
            bench.session.control("/sim/faults", json.dumps(body).encode())

    bench.session.at(20, fail)
    ended, report = bench.run()
    (at,) = away
    back = at + AWAY_S * SECOND
    assert AlarmKind.HUB_DOWN in {alarm.kind for alarm in bench.ear.of(Alarm)}
    assert not [entry for entry in report.entries if at < entry.ns < back]
    assert any(entry.ns > back for entry in report.entries), "it never traded again"
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert (ended.code, ended.state) == (0, "FLAT")
