"""The hub connections of whole sessions: logged out by another session, frozen, or not wanted."""

import json

from messages.base import MILLISECOND, SECOND, Nanos
from messages.control import Alarm, AlarmKind, EngineState, StateChanged
from messages.hub import Hub, HubHealth, HubLost, HubOpened, Loss, OpenHub, RenewToken
from messages.position import QueryPositions, RoundTrip
from tests.simulation.bench import Bench, broken, settings
from tests.simulation.strategies import EAGER
from tools.simulate.mishaps import fault
from tools.simulate.session import START

RECOVERED = 60 * SECOND


def times(bench: Bench, kind: type) -> list[Nanos]:
    return [at for at, _, message in bench.ear.said if isinstance(message, kind)]


def logged_out(bench: Bench) -> list[Nanos]:
    """When, counting what comes to both hubs at one instant once."""
    return sorted(
        {
            at
            for at, _, message in bench.ear.said
            if isinstance(message, HubLost) and message.loss is Loss.LOGOUT
        }
    )


def test_a_single_logout_in_a_position_heals_and_trading_goes_on() -> None:
    bench = Bench(3, 120, settings(*EAGER))
    fault(bench.session, "second_session", 30, None)
    ended, report = bench.run()

    (at,) = logged_out(bench)
    assert [renewal.fresh for renewal in bench.ear.of(RenewToken)] == [True]
    market, user = (
        next(
            when
            for when, _, message in bench.ear.said
            if when > at and isinstance(message, HubOpened) and message.hub is hub
        )
        for hub in Hub
    )
    assert 2 * SECOND <= market - at < user - at < 3 * SECOND
    assert bench.ear.longest_disturbed(bench.session.runtime.clock.now) < RECOVERED
    assert any(when > user for when in times(bench, RoundTrip)), "it never traded again"
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert (ended.code, ended.state) == (0, "FLAT")


def test_every_opening_of_the_user_hub_is_followed_by_a_look_at_the_venue() -> None:
    bench = Bench(3, 120, settings(*EAGER))
    fault(bench.session, "second_session", 30, None)
    fault(bench.session, "drop_hub", 60, None)
    bench.run()

    openings = [
        at
        for at, _, message in bench.ear.said
        if isinstance(message, HubOpened) and message.hub is Hub.USER
    ]
    looks = [
        at
        for at, sender, message in bench.ear.said
        if isinstance(message, QueryPositions) and sender == "position"
    ]
    assert len(openings) == 3
    for at in openings:
        assert any(at <= look <= at + MILLISECOND for look in looks), "events were lost before"


def test_two_sessions_that_fight_end_flat_and_halted() -> None:
    bench = Bench(3, 150, settings(*EAGER))
    fault(bench.session, "second_session", 30, 100)
    ended, report = bench.run()

    (alarm,) = [one for one in bench.ear.of(Alarm) if one.kind is AlarmKind.SESSION_CONFLICT]
    assert "another session of this user is fighting for the connection" in alarm.words
    logouts = logged_out(bench)
    assert len(logouts) == 5
    assert logouts[-1] - logouts[0] < 120 * SECOND
    assert max(times(bench, OpenHub)) < logouts[-1], "a fifth login would be part of the fight"
    halted = next(
        at
        for at, _, message in bench.ear.said
        if isinstance(message, StateChanged) and message.state is EngineState.HALTED
    )
    assert halted - logouts[-1] < SECOND
    assert report.flat
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert (ended.code, ended.state) == (10, "FLAT")


def test_a_fight_that_ends_in_a_position_flattens_it() -> None:
    """The feed is not called stale while the hubs are away, so that the logouts alone decide."""
    bench = Bench(3, 150, settings(*EAGER, "watchdog.stale_s=60"))
    session = bench.session
    for second in range(30, 70):
        fault(session, "second_session", second, None)
    ended, report = bench.run()

    last = logged_out(bench)[-1]
    rows = [json.loads(line) for line in bench.session.venue.journal.lines(0)]
    closes = [row["ns"] for row in rows if row.get("path") == "/api/Position/closeContract"]
    assert any(0 <= at - last < SECOND for at in closes), "nothing was open at the alarm"
    assert report.flat
    assert not broken(report.violations), report.details
    assert ended.code == 10


def test_a_frozen_feed_is_reopened_while_it_lasts_and_the_session_recovers() -> None:
    bench = Bench(5, 240, settings(*EAGER))
    fault(bench.session, "freeze_feed", 30, 100)
    ended, report = bench.run()

    given_up = [
        (at, message)
        for at, _, message in bench.ear.said
        if isinstance(message, HubLost) and message.loss is Loss.GIVEN_UP
    ]
    assert len(given_up) >= 2, "the fresh connection was frozen too"
    assert {message.hub for _, message in given_up} == {Hub.MARKET}
    healed = START + 132 * SECOND
    assert all(at < healed + RECOVERED for at, _ in given_up)
    assert any(at > healed for at in times(bench, RoundTrip)), "it never traded again"
    assert bench.ear.of(HubHealth)[-1].score == 100
    assert not broken(report.violations), report.details
    assert ended.code == 0


def test_without_the_user_hub_a_session_runs_and_nothing_is_down() -> None:
    bench = Bench(3, 30, settings("api.hubs=market"))
    ended, report = bench.run()
    assert {opening.hub for opening in bench.ear.of(OpenHub)} == {Hub.MARKET}
    assert EngineState.RUNNING in [change.state for change in bench.ear.of(StateChanged)]
    assert not bench.ear.of(Alarm)
    assert (ended.code, ended.state) == (0, "FLAT")
    assert report.flat
