"""The hub room before a stub of the hubs, in virtual time."""

from itertools import pairwise

import pytest

from actors.hub.actor import HubActor
from actors.hub.health import STUCK
from actors.hub.token import AGAIN, BEFORE
from actors.runtime.ports import Answer
from config.schema import Api, Watchdog
from messages.base import MILLISECOND, SECOND, Message, Nanos
from messages.control import Alarm, AlarmCleared, AlarmKind, ReconnectDue, SessionStarted
from messages.hub import (
    CloseHub,
    Hub,
    HubActivity,
    HubHealth,
    HubLost,
    HubOpened,
    HubRefreshed,
    Loss,
    MeasureHubs,
    OpenHub,
    RefreshFailed,
    RefreshHub,
    RenewToken,
    StreamState,
    TokenFailed,
    TokenRenewed,
)
from messages.market import MarketStatus, MarketStatusChanged
from messages.order import QueryFailed
from messages.position import PositionChanged
from tests.runtime.stage import START, Stage

DAY = 86_400 * SECOND
LIFE = BEFORE + 100 * SECOND
"""How long a token lives where its renewal is the subject: it is renewed after 100 s."""
STALE = Alarm(AlarmKind.STALE_DATA, "MES", "no market data for 5 s")
FRESH = AlarmCleared(AlarmKind.STALE_DATA, "MES")
BEAT = 5 * SECOND


class Hubs:
    """Opens at once, or fails while `down`; its frames stop where `silent`, its market data where
    `frozen`, its heartbeats are answered after `answers`. `refusing` tokens, `unauthorised` where
    the token is refused, `unrefreshing` where a change to a new one fails.
    """

    def __init__(self, life: Nanos) -> None:
        self.life = life
        self.down = False
        self.silent: set[Hub] = set()
        self.frozen = False
        self.answers: dict[Hub, Nanos] = dict.fromkeys(Hub, MILLISECOND)
        self.open = dict.fromkeys(Hub, False)
        self.numbers = dict.fromkeys(Hub, 0)
        self.frames = dict.fromkeys(Hub, 0)
        self.records = 0
        self.refusing = False
        self.unauthorised = False
        self.unrefreshing: set[Hub] = set()
        self.expires: Nanos = START + life

    def handle(self, message: Message, now: Nanos, answer: Answer) -> None:
        match message:
            case OpenHub(hub) if self.unauthorised:
                answer(now, HubLost(hub, 0, "HTTP 401", Loss.UNAUTHORISED))
            case OpenHub(hub) if self.down:
                answer(now, HubLost(hub, 0, "refused"))
            case OpenHub(hub):
                self.numbers[hub] += 1
                self.open[hub] = True
                answer(now, HubOpened(hub, self.numbers[hub]))
            case RefreshHub(hub) if hub in self.unrefreshing:
                answer(now, RefreshFailed(hub, self.numbers[hub], "HTTP 503"))
            case RefreshHub(hub):
                self.numbers[hub] += 1
                answer(now + SECOND, HubRefreshed(hub, self.numbers[hub], SECOND))
            case MeasureHubs():
                self._measure(now, answer)
            case RenewToken() if self.refusing:
                answer(now, TokenFailed("HTTP 500"))
            case RenewToken():
                self.expires = now + self.life
                answer(now + SECOND // 2, TokenRenewed(self.expires))
            case CloseHub(hub):
                self.open[hub] = False
            case _:
                raise AssertionError(message)

    def _measure(self, now: Nanos, answer: Answer) -> None:
        if not self.frozen:
            self.records = now
        for hub in Hub:
            if hub not in self.silent:
                self.frames[hub] = now
            records = (self.records,) * 3 if hub is Hub.MARKET else (0, 0, 0)
            answer(
                now,
                HubActivity(
                    hub, self.open[hub], now, self.frames[hub], *records, 0, *records, *records,
                    self.answers[hub],
                ),
            )  # fmt: skip


PORTS = (OpenHub, CloseHub, RefreshHub, MeasureHubs, RenewToken)


def made(
    hubs_wanted: str = "both", heartbeat_s: float = 5.0, life: Nanos = DAY
) -> tuple[Stage, Hubs]:
    hubs = Hubs(life)
    given = {"base_url": "http://127.0.0.1", "ws_url": "ws://127.0.0.1/hubs/market"}
    api = Api.model_validate({**given, "hubs": hubs_wanted})
    watch = Watchdog(heartbeat_interval_s=heartbeat_s)
    ports = {"hubs": (hubs, PORTS)}
    stage = Stage("hub", HubActor, api, watch, START + life, ports=ports)
    stage.run(1)
    return stage, hubs


def started(
    hubs_wanted: str = "both", heartbeat_s: float = 5.0, life: Nanos = DAY
) -> tuple[Stage, Hubs]:
    stage, hubs = made(hubs_wanted, heartbeat_s, life)
    stage.send(SessionStarted(stage.now))
    return stage, hubs


def tries(stage: Stage, hub: Hub) -> list[Nanos]:
    return [at for message, at in stage.timed(OpenHub) if message.hub is hub]


# Opening and losing


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


# Health


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


# Stale data


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


# The token


def test_the_token_is_renewed_an_hour_before_it_expires_and_again_before_the_next() -> None:
    stage, hubs = started(life=LIFE)
    stage.run((LIFE - BEFORE) / SECOND - 2)
    assert not stage.said(RenewToken)
    stage.run(3)
    assert stage.said(RenewToken) == [RenewToken()]
    stage.run((LIFE - BEFORE) / SECOND)
    assert len(stage.said(RenewToken)) == 2
    assert hubs.expires > START + LIFE + 50 * SECOND


def test_a_renewed_token_is_put_to_use_on_the_market_hub_and_then_on_the_user_hub() -> None:
    stage, _ = started(life=LIFE)
    stage.run(110)
    assert stage.said(RefreshHub) == [RefreshHub(Hub.MARKET), RefreshHub(Hub.USER)]
    (market, first), (user, second) = stage.timed(RefreshHub)
    assert (market.hub, user.hub) == (Hub.MARKET, Hub.USER)
    assert second - first == SECOND, "when the market hub has changed over"
    assert not stage.said(CloseHub)
    stage.run(5)
    assert [health.reconnects for health in stage.said(HubHealth)[-2:]] == [1, 1]
    assert [health.gaps for health in stage.said(HubHealth)[-2:]] == [0, 0]


def test_a_renewed_token_waits_for_a_moment_without_a_position() -> None:
    stage, _ = started(life=LIFE)
    stage.send(PositionChanged("MES", 1, 0, stage.now, 0))
    stage.run(170)
    assert stage.said(RenewToken)
    assert not stage.said(RefreshHub)
    stage.send(PositionChanged("MES", 0, 0, stage.now, 0))
    stage.run(1)
    assert stage.said(RefreshHub) == [RefreshHub(Hub.MARKET)]


def test_a_change_that_fails_is_alarmed_and_comes_again_and_the_old_connection_goes_on() -> None:
    stage, hubs = started(life=LIFE)
    hubs.unrefreshing.add(Hub.MARKET)
    stage.run(105)
    (alarm,) = stage.said(Alarm)
    assert (alarm.kind, alarm.subject) == (AlarmKind.REFRESH_FAILED, "market")
    assert not stage.said(CloseHub)
    hubs.unrefreshing.clear()
    stage.run(60)
    assert stage.said(AlarmCleared) == [AlarmCleared(AlarmKind.REFRESH_FAILED, "market")]


def test_a_hub_that_reopens_by_itself_needs_no_change() -> None:
    stage, hubs = started(life=LIFE)
    stage.send(PositionChanged("MES", 1, 0, stage.now, 0))
    stage.run(102)
    hubs.down = True
    stage.send(HubLost(Hub.MARKET, 1, "reset"))
    stage.send(PositionChanged("MES", 0, 0, stage.now, 0))
    stage.run(5)
    hubs.down = False
    stage.run(20)
    assert stage.said(RefreshHub) == [RefreshHub(Hub.USER)]


def test_a_renewal_that_gives_the_same_token_again_changes_nothing() -> None:
    stage, _ = started()
    stage.send(TokenRenewed(START + DAY))
    stage.run(5)
    assert not stage.said(RefreshHub)


def test_a_renewal_that_fails_is_alarmed_and_repeated_and_its_success_clears_the_alarm() -> None:
    stage, hubs = started(life=LIFE)
    hubs.refusing = True
    stage.run((LIFE - BEFORE) / SECOND + 2)
    (alarm,) = stage.said(Alarm)
    assert (alarm.kind, alarm.words) == (AlarmKind.AUTHENTICATION, "HTTP 500")
    stage.run(AGAIN / SECOND)
    assert len(stage.said(RenewToken)) == 2
    assert not stage.said(AlarmCleared)
    hubs.refusing = False
    stage.run(AGAIN / SECOND)
    stage.run(300)
    assert len(stage.said(RenewToken)) > 3
    assert stage.said(AlarmCleared) == [AlarmCleared(AlarmKind.AUTHENTICATION, "token")]


def test_a_read_that_gets_no_new_token_is_alarmed_once_and_a_renewal_follows() -> None:
    stage, _ = started()
    refused = QueryFailed("QueryOrders", "authentication", "no new token: invalid_credentials")
    for _ in range(5):
        stage.send(refused, QueryFailed("QueryOrders", "timed_out"))
    stage.run(1)
    (alarm,) = stage.said(Alarm)
    assert (alarm.kind, alarm.words) == (AlarmKind.AUTHENTICATION, refused.message)
    assert not stage.said(RenewToken)
    stage.run(AGAIN / SECOND)
    assert len(stage.said(RenewToken)) == 1
    assert stage.said(AlarmCleared) == [AlarmCleared(AlarmKind.AUTHENTICATION, "token")]


def test_renewals_that_succeed_have_nothing_to_clear() -> None:
    stage, _ = started(life=LIFE)
    stage.run(500)
    assert stage.said(RenewToken)
    assert not stage.said(AlarmCleared)


def test_a_refused_token_is_renewed_before_the_next_attempt_once_for_both_hubs() -> None:
    stage, hubs = started(life=LIFE)
    stage.run(20)
    hubs.unauthorised = True
    stage.send(*(HubLost(hub, 1, "reset") for hub in Hub))
    stage.run(60)
    renewals = [at for _, at in stage.timed(RenewToken)]
    attempts = sorted(tries(stage, Hub.MARKET)[1:] + tries(stage, Hub.USER)[1:])
    assert stage.said(RenewToken)[:2] == [RenewToken(), RenewToken(fresh=True)]
    answered = [at for _, at in stage.timed(TokenRenewed)]
    for asked, until in zip(renewals, answered, strict=True):
        assert not any(asked < at < until for at in attempts), "with the token that was refused"
    assert len(renewals) <= len(attempts)
    hubs.unauthorised = False
    stage.run(20)
    assert all(hubs.open.values())
    count = len(stage.said(RenewToken))
    stage.run(20)
    assert len(stage.said(RenewToken)) == count
    hubs.unauthorised = True
    stage.send(HubLost(Hub.USER, hubs.numbers[Hub.USER], "reset"))
    stage.run(1)
    assert stage.said(RenewToken)[count] == RenewToken(), "that token was a good one"


# GatewayLogout


def logout(stage: Stage, hubs: Hubs, *which: Hub) -> None:
    """The venue logs the present connections out, as it does: all of them together."""
    for hub in which or tuple(Hub):
        hubs.open[hub] = False
        stage.send(HubLost(hub, hubs.numbers[hub], "GatewayLogout", Loss.LOGOUT))


@pytest.mark.parametrize("which", [(Hub.USER,), (Hub.MARKET,), (Hub.MARKET, Hub.USER)])
def test_a_logout_drops_both_hubs_and_reopens_them_with_a_fresh_login(
    which: tuple[Hub, ...],
) -> None:
    stage, hubs = started()
    stage.run(20)
    at = stage.now
    logout(stage, hubs, *which)
    assert {closing.hub for closing in stage.said(CloseHub)} == set(Hub)
    assert {lost.hub for lost in stage.said(HubLost)} == set(Hub)
    assert stage.said(RenewToken) == [RenewToken(fresh=True)]
    stage.run(60)
    assert len(stage.said(RenewToken)) == 1
    assert [opening for opening, _ in stage.timed(OpenHub)[2:]] == [
        OpenHub(Hub.MARKET), OpenHub(Hub.USER),
    ]  # fmt: skip
    assert tries(stage, Hub.MARKET)[1] - at == 2 * SECOND
    assert hubs.numbers == dict.fromkeys(Hub, 2)
    assert not stage.said(Alarm)


def test_a_reconnect_that_was_due_does_not_cut_the_wait_short() -> None:
    stage, hubs = started()
    stage.run(20)
    stage.send(HubLost(Hub.USER, 1, "reset"))
    at = stage.now
    logout(stage, hubs, Hub.MARKET)
    stage.run(1.9)
    assert len(stage.said(OpenHub)) == 2
    stage.run(5)
    assert tries(stage, Hub.MARKET)[1] - at == 2 * SECOND
    assert all(hubs.open.values())


def test_a_logout_during_an_attempt_counts_as_one() -> None:
    stage, hubs = started()
    stage.run(20)
    logout(stage, hubs)
    hubs.down = True
    stage.run(2)
    hubs.down = False
    stage.run(20)
    assert all(hubs.open.values())


def test_the_user_hub_does_not_wait_for_a_market_hub_that_fails() -> None:
    stage, hubs = started()
    stage.run(20)
    hubs.down = True
    logout(stage, hubs)
    stage.run(2.1)
    assert tries(stage, Hub.USER)[1:]
    hubs.down = False
    stage.run(20)
    assert all(hubs.open.values())


def test_a_failed_login_after_a_logout_does_not_keep_the_hubs_closed() -> None:
    stage, hubs = started()
    stage.run(20)
    hubs.refusing = True
    logout(stage, hubs)
    stage.run(10)
    assert [alarm.kind for alarm in stage.said(Alarm)] == [AlarmKind.AUTHENTICATION]
    assert all(hubs.open.values())


def test_five_logouts_in_two_minutes_are_a_fight_that_is_alarmed_and_given_up() -> None:
    stage, hubs = started()
    stage.run(20)
    waits = []
    for _ in range(4):
        at = stage.now
        logout(stage, hubs)
        stage.run(10)
        waits.append((tries(stage, Hub.MARKET)[-1] - at) // SECOND)
        assert not stage.said(Alarm)
    assert waits == [2, 4, 6, 8]
    logout(stage, hubs)
    (alarm,) = stage.said(Alarm)
    assert alarm.kind is AlarmKind.SESSION_CONFLICT
    openings = len(stage.said(OpenHub))
    stage.run(600)
    stage.send(*(ReconnectDue(hub) for hub in Hub))  # whatever was due before
    stage.run(1)
    assert len(stage.said(OpenHub)) == openings, "each would log the other session out"


# Restart


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
