"""The hub room after a logout: both hubs dropped, a fresh login, and the end of a fight."""

import pytest

from messages.base import SECOND
from messages.control import Alarm, AlarmKind, ReconnectDue
from messages.hub import CloseHub, Hub, HubLost, Loss, OpenHub, RenewToken
from tests.hub.bench import Hubs, started, tries
from tests.runtime.stage import Stage


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
