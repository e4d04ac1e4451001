"""The hub room renews the token and puts it to use on both hubs."""

from actors.hub.token import AGAIN, BEFORE
from messages.base import SECOND
from messages.control import Alarm, AlarmCleared, AlarmKind
from messages.hub import CloseHub, Hub, HubHealth, HubLost, RefreshHub, RenewToken, TokenRenewed
from messages.order import QueryFailed
from messages.position import PositionChanged
from tests.hub.bench import DAY, LIFE, started, tries
from tests.runtime.stage import START


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
