"""The hub room opens, measures and reopens the hubs."""

from itertools import pairwise

import pytest

from actors.hub.health import STUCK
from actors.hub.token import BEFORE
from messages.base import MILLISECOND, SECOND
from messages.control import Alarm, AlarmCleared, AlarmKind, SessionStarted
from messages.hub import (
    CloseHub,
    Hub,
    HubHealth,
    HubLost,
    Loss,
    MeasureHubs,
    OpenHub,
    RefreshHub,
    StreamState,
)
from messages.market import MarketStatus, MarketStatusChanged
from tests.hub.bench import LIFE, made, started, tries

STALE = Alarm(AlarmKind.STALE_DATA, "MES", "no market data for 5 s")
FRESH = AlarmCleared(AlarmKind.STALE_DATA, "MES")


def test_nothing_is_opened_before_the_session_begins() -> None:
    stage, hubs = made()
    assert stage.said(OpenHub) == []
    stage.send(SessionStarted(stage.now))
    assert stage.said(OpenHub) == [OpenHub(hub) for hub in Hub]
    stage.run(30)
    assert hubs.numbers == dict.fromkeys(Hub, 1)


def test_a_lost_hub_is_reopened_soon_and_the_other_left_alone() -> None:
    stage, hubs = started()
    stage.run(20)
    stage.send(HubLost(Hub.USER, 1, "reset"))
    stage.run(0.25)
    assert hubs.numbers == {Hub.USER: 2, Hub.MARKET: 1}
    stage.run(60)
    assert hubs.numbers == {Hub.USER: 2, Hub.MARKET: 1}


def test_failed_attempts_are_repeated_more_and_more_rarely_until_one_succeeds() -> None:
    stage, hubs = started()
    stage.run(20)
    hubs.down = True
    stage.send(HubLost(Hub.USER, 1, "reset"))
    stage.run(90)
    gaps = [later - sooner for sooner, later in pairwise(tries(stage, Hub.USER)[1:])]
    assert 8 <= len(gaps) <= 18
    assert gaps[0] <= 0.5 * SECOND
    assert all(gap >= 7.5 * SECOND for gap in gaps[-3:])
    assert max(gaps) <= 15 * SECOND
    hubs.down = False
    stage.run(15)
    assert hubs.numbers[Hub.USER] == 2


def test_a_silent_hub_is_closed_and_opened_anew() -> None:
    stage, hubs = started()
    stage.run(10)
    hubs.silent.add(Hub.USER)
    stage.run(39)
    assert not stage.said(CloseHub)
    stage.run(2)
    assert stage.said(CloseHub) == [CloseHub(Hub.USER)]
    assert hubs.numbers[Hub.USER] == 2


def test_the_hubs_are_measured_four_times_a_second() -> None:
    stage, _ = started()
    stage.run(10)
    assert len(stage.said(MeasureHubs)) == 1 + 40


def test_without_the_user_hub_nothing_is_opened_reported_or_alarmed_for_it() -> None:
    stage, hubs = started("market", life=LIFE)
    stage.run(300)
    assert stage.said(OpenHub) == [OpenHub(Hub.MARKET)]
    assert {health.hub for health in stage.said(HubHealth)} == {Hub.MARKET}
    assert [refresh.hub for refresh in stage.said(RefreshHub)] == [Hub.MARKET] * 3
    stage.send(HubLost(Hub.MARKET, hubs.numbers[Hub.MARKET], "GatewayLogout", Loss.LOGOUT))
    stage.run(60)
    assert {opening.hub for opening in stage.said(OpenHub)} == {Hub.MARKET}
    assert not stage.said(Alarm)
    assert not [lost for lost in stage.said(HubLost) if lost.hub is Hub.USER]


def test_the_health_of_each_hub_is_told_every_heartbeat() -> None:
    stage, _ = started()
    stage.run(60)
    told = stage.timed(HubHealth)
    assert len(told) == 2 * 12
    assert {health.score for health, _ in told} == {100}
    last = told[-2][0]
    assert (last.hub, last.open, last.reconnects, last.gaps) == (Hub.MARKET, True, 0, 0)
    assert {one.state for one in last.streams} == {StreamState.MOVING}


def test_the_interval_of_the_reports_is_the_setting() -> None:
    stage, _ = started(heartbeat_s=2.0)
    stage.run(60)
    assert len(stage.said(HubHealth)) == 2 * 30


def test_a_frozen_feed_is_reopened_again_and_again_but_not_at_full_speed() -> None:
    stage, hubs = started()
    stage.run(10)
    hubs.frozen = True
    stage.run(300)
    gaps = [later - sooner for sooner, later in pairwise(tries(stage, Hub.MARKET)[1:])]
    assert len(gaps) >= 5, "a fresh connection that is frozen too must be tried again"
    assert all(20 * SECOND <= gap <= 60 * SECOND for gap in gaps)
    assert hubs.numbers[Hub.USER] == 1
    assert {lost.reason.partition(":")[0] for lost in stage.said(HubLost)} == {"health 66 of 100"}
    hubs.frozen = False
    before = hubs.numbers[Hub.MARKET]
    stage.run(300)
    assert hubs.numbers[Hub.MARKET] == before
    assert stage.said(HubHealth)[-2].score == 100


@pytest.mark.parametrize("status", [MarketStatus.BREAK, MarketStatus.CLOSED, MarketStatus.HALTED])
def test_a_market_that_is_not_open_may_be_silent_until_it_opens(status: MarketStatus) -> None:
    stage, hubs = started()
    stage.run(10)
    stage.send(MarketStatusChanged("MES", status, "by the clock"))
    hubs.frozen = True
    stage.run(300)
    assert hubs.numbers[Hub.MARKET] == 1
    stage.send(MarketStatusChanged("MES", MarketStatus.UNKNOWN, "no data yet"))
    stage.run(60)
    assert hubs.numbers[Hub.MARKET] > 1, "it should have begun to move"


@pytest.mark.parametrize("hub", Hub)
def test_slow_heartbeats_reopen_either_hub(hub: Hub) -> None:
    stage, hubs = started()
    stage.run(10)
    hubs.answers[hub] = 3 * SECOND
    stage.run(11)
    assert stage.said(CloseHub) == [CloseHub(hub)]
    (lost,) = stage.said(HubLost)
    assert (lost.loss, lost.reason) == (
        Loss.GIVEN_UP, "health 50 of 100: heartbeat took 3.0 s",
    )  # fmt: skip
    hubs.answers[hub] = MILLISECOND
    stage.run(120)
    assert hubs.numbers[hub] == 2


def test_one_slow_heartbeat_reopens_nothing() -> None:
    stage, hubs = started()
    stage.run(8)
    hubs.answers[Hub.USER] = 3 * SECOND
    stage.run(5)
    hubs.answers[Hub.USER] = MILLISECOND
    stage.run(60)
    assert min(health.score for health in stage.said(HubHealth)) == 50
    assert not stage.said(CloseHub)


def test_a_fresh_connection_does_not_answer_for_the_former() -> None:
    stage, hubs = started()
    hubs.answers[Hub.USER] = 3 * SECOND
    stage.run(6)
    stage.send(HubLost(Hub.USER, 1, "reset"))
    stage.run(8)
    assert not stage.said(CloseHub), "it has had one bad heartbeat of its own"
    stage.run(2)
    assert stage.said(CloseHub) == [CloseHub(Hub.USER)]


def test_a_connection_that_only_the_room_takes_for_open_is_opened_anew() -> None:
    stage, hubs = started()
    stage.run(10)
    hubs.open[Hub.USER] = False
    stage.run(11)
    assert hubs.numbers == {Hub.MARKET: 1, Hub.USER: 2}


def test_a_silent_user_hub_is_left_alone() -> None:
    stage, hubs = started()
    stage.run(600)
    assert hubs.numbers == dict.fromkeys(Hub, 1)
    assert not stage.said(HubLost)


def test_data_that_stays_stale_reopens_the_market_hub_again_and_again() -> None:
    stage, hubs = started()
    stage.send(STALE)
    stage.run(STUCK / SECOND)
    assert not stage.said(CloseHub)
    stage.run(3 * STUCK / SECOND)
    assert hubs.numbers == {Hub.MARKET: 4, Hub.USER: 1}
    assert stage.said(HubLost)[0].reason == "health 50 of 100: stale data of MES"
    stage.send(FRESH)
    stage.run(2 * STUCK / SECOND)
    assert hubs.numbers == {Hub.MARKET: 4, Hub.USER: 1}


def test_pauses_of_a_quiet_market_reopen_nothing() -> None:
    """The recorded holiday hour of ES has pauses that the watchdog calls stale for minutes."""
    stage, hubs = started()
    for _ in range(5):
        stage.send(STALE)
        stage.run(440)
        stage.send(FRESH)
        stage.run(5)
    assert hubs.numbers == dict.fromkeys(Hub, 1)


def test_other_alarms_leave_the_connections_alone() -> None:
    stage, _ = started()
    stage.send(Alarm(AlarmKind.UNPROTECTED, "MES", ""), Alarm(AlarmKind.MISMATCH, "MES", ""))
    stage.run(2 * STUCK / SECOND)
    assert not stage.said(CloseHub)


def test_a_restarted_room_opens_both_hubs_and_clears_its_predecessors_alarm() -> None:
    stage, hubs = started(life=LIFE)
    hubs.refusing = True
    stage.run((LIFE - BEFORE) / SECOND + 2)
    hubs.refusing = False
    stage.restart()
    stage.run(2)
    assert hubs.numbers == dict.fromkeys(Hub, 2)
    measured = len(stage.said(MeasureHubs))
    stage.run(1)
    assert len(stage.said(MeasureHubs)) == measured + 4
    told = len(stage.said(HubHealth))
    stage.run(5)
    assert len(stage.said(HubHealth)) == told + 2
    stage.run(LIFE / SECOND / 2)
    assert stage.said(AlarmCleared) == [AlarmCleared(AlarmKind.AUTHENTICATION, "token")]
