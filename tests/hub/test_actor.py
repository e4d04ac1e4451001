"""The hub room before a stub of the hubs, in virtual time."""

from itertools import pairwise

from actors.hub.actor import RENEW_AGAIN, RENEW_BEFORE, HubActor
from actors.runtime.ports import Answer
from messages.base import SECOND, Message, Nanos
from messages.control import Alarm, AlarmCleared, AlarmKind, SessionStarted
from messages.hub import (
    CloseHub,
    Hub,
    HubActivity,
    HubLost,
    HubOpened,
    MeasureHubs,
    OpenHub,
    RenewToken,
    TokenFailed,
    TokenRenewed,
)
from tests.runtime.stage import START, Stage

LIFE = RENEW_BEFORE + 100 * SECOND
"""How long a token lives here: renewed after 100 s."""


class Hubs:
    """Opens at once, or fails while `down`; its frames stop where `silent`."""

    def __init__(self) -> None:
        self.down = False
        self.silent: set[Hub] = set()
        self.numbers = dict.fromkeys(Hub, 0)
        self.frames = dict.fromkeys(Hub, 0)
        self.refusing = False
        self.expires: Nanos = START + LIFE

    def handle(self, message: Message, now: Nanos, answer: Answer) -> None:
        match message:
            case OpenHub(hub) if self.down:
                answer(now, HubLost(hub, 0, "refused"))
            case OpenHub(hub):
                self.numbers[hub] += 1
                answer(now, HubOpened(hub, self.numbers[hub]))
            case MeasureHubs():
                for hub in Hub:
                    if hub not in self.silent:
                        self.frames[hub] = now
                    answer(now, HubActivity(hub, True, now, self.frames[hub]))
            case RenewToken() if self.refusing:
                answer(now, TokenFailed("HTTP 500"))
            case RenewToken():
                self.expires = now + LIFE
                answer(now, TokenRenewed(self.expires))
            case _:
                assert isinstance(message, CloseHub)


def made() -> tuple[Stage, Hubs]:
    hubs = Hubs()
    kinds = (OpenHub, CloseHub, MeasureHubs, RenewToken)
    stage = Stage("hub", HubActor, 40.0, START + LIFE, ports={"hubs": (hubs, kinds)})
    stage.run(1)
    return stage, hubs


def started() -> tuple[Stage, Hubs]:
    stage, hubs = made()
    stage.send(SessionStarted(stage.now))
    return stage, hubs


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
    tries = [at for message, at in stage.timed(OpenHub) if message == OpenHub(Hub.USER)]
    gaps = [later - sooner for sooner, later in pairwise(tries[1:])]
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


def test_stale_data_renews_the_market_hub_once() -> None:
    stage, hubs = started()
    stage.send(Alarm(AlarmKind.STALE_DATA, "MES", "no market data for 5 s"))
    stage.run(30)
    assert stage.said(CloseHub) == [CloseHub(Hub.MARKET)]
    assert hubs.numbers == {Hub.MARKET: 2, Hub.USER: 1}


def test_other_alarms_leave_the_connections_alone() -> None:
    stage, _ = started()
    stage.send(Alarm(AlarmKind.UNPROTECTED, "MES", ""), Alarm(AlarmKind.MISMATCH, "MES", ""))
    stage.run(5)
    assert not stage.said(CloseHub)


def test_the_hubs_are_measured_four_times_a_second() -> None:
    stage, _ = started()
    stage.run(10)
    assert len(stage.said(MeasureHubs)) == 1 + 40


def test_the_token_is_renewed_an_hour_before_it_expires_and_again_before_the_next() -> None:
    stage, hubs = started()
    stage.run((LIFE - RENEW_BEFORE) / SECOND - 2)
    assert not stage.said(RenewToken)
    stage.run(3)
    assert len(stage.said(RenewToken)) == 1
    stage.run((LIFE - RENEW_BEFORE) / SECOND)
    assert len(stage.said(RenewToken)) == 2
    assert hubs.expires > START + LIFE + 50 * SECOND


def test_a_renewal_that_fails_is_alarmed_and_repeated_and_its_success_clears_the_alarm() -> None:
    stage, hubs = started()
    hubs.refusing = True
    stage.run((LIFE - RENEW_BEFORE) / SECOND + 2)
    (alarm,) = stage.said(Alarm)
    assert (alarm.kind, alarm.words) == (AlarmKind.AUTHENTICATION, "HTTP 500")
    stage.run(RENEW_AGAIN / SECOND)
    assert len(stage.said(RenewToken)) == 2
    assert not stage.said(AlarmCleared)
    hubs.refusing = False
    stage.run(RENEW_AGAIN / SECOND)
    stage.run(300)
    assert len(stage.said(RenewToken)) > 3
    assert stage.said(AlarmCleared) == [AlarmCleared(AlarmKind.AUTHENTICATION, "token")]


def test_renewals_that_succeed_have_nothing_to_clear() -> None:
    stage, _ = started()
    stage.run(500)
    assert stage.said(RenewToken)
    assert not stage.said(AlarmCleared)


def test_a_restarted_room_opens_both_hubs_and_clears_its_predecessors_alarm() -> None:
    stage, hubs = started()
    hubs.refusing = True
    stage.run((LIFE - RENEW_BEFORE) / SECOND + 2)
    hubs.refusing = False
    stage.restart()
    stage.run(2)
    assert hubs.numbers == dict.fromkeys(Hub, 2)
    assert stage.said(AlarmCleared) == [AlarmCleared(AlarmKind.AUTHENTICATION, "token")]
    measured = len(stage.said(MeasureHubs))
    stage.run(1)
    assert len(stage.said(MeasureHubs)) == measured + 4
