"""Hubs that stay away."""

from actors.watchdog.hubs import Hubs
from messages.base import SECOND
from messages.control import Alarm, AlarmCleared, AlarmKind
from messages.hub import Hub, HubActivity

LIMIT = 5 * SECOND
USER, MARKET = Hub.USER, Hub.MARKET


def test_a_hub_that_is_away_for_the_limit_is_alarmed_once_with_the_last_reason() -> None:
    hubs = Hubs(LIMIT)
    hubs.lost(USER, "reset", SECOND)
    hubs.lost(USER, "refused", 4 * SECOND)  # a failed attempt does not start the time anew
    assert hubs.check(SECOND + LIMIT - 1) == []
    (alarm,) = hubs.check(SECOND + LIMIT)
    assert isinstance(alarm, Alarm)
    assert (alarm.kind, alarm.subject) == (AlarmKind.HUB_DOWN, "user")
    assert alarm.words == "the user hub has been down for 5.0 s: refused"
    assert hubs.check(3 * LIMIT) == []


def test_a_hub_that_comes_back_in_time_is_not_mentioned() -> None:
    hubs = Hubs(LIMIT)
    hubs.lost(USER, "reset", 0)
    assert hubs.opened(USER) == []
    assert hubs.check(LIMIT) == []


def test_the_alarm_clears_when_that_hub_opens() -> None:
    hubs = Hubs(LIMIT)
    hubs.lost(USER, "reset", 0)
    hubs.lost(MARKET, "reset", 0)
    assert len(hubs.check(LIMIT)) == 2
    assert hubs.opened(MARKET) == [AlarmCleared(AlarmKind.HUB_DOWN, "market")]
    assert hubs.opened(MARKET) == []
    hubs.lost(MARKET, "again", LIMIT)
    assert hubs.check(2 * LIMIT - 1) == []
    assert len(hubs.check(2 * LIMIT)) == 1


def test_after_a_restart_the_first_opening_clears_what_may_stand() -> None:
    hubs = Hubs(LIMIT, doubted=True)
    assert hubs.opened(USER) == [AlarmCleared(AlarmKind.HUB_DOWN, "user")]
    assert hubs.opened(USER) == []


def test_after_a_restart_a_hub_that_is_found_closed_counts_as_lost() -> None:
    hubs = Hubs(LIMIT, doubted=True)
    assert hubs.measured(HubActivity(USER, False, SECOND, 0), SECOND) == []
    assert hubs.measured(HubActivity(USER, False, 2 * SECOND, 0), 2 * SECOND) == []
    (alarm,) = hubs.check(SECOND + LIMIT)
    assert isinstance(alarm, Alarm)
    assert alarm.words == "the user hub has been down for 5.0 s: found closed"


def test_after_a_restart_a_hub_that_is_found_open_clears_what_may_stand() -> None:
    hubs = Hubs(LIMIT, doubted=True)
    cleared = [AlarmCleared(AlarmKind.HUB_DOWN, "market")]
    assert hubs.measured(HubActivity(MARKET, True, SECOND, 0), SECOND) == cleared
    assert hubs.measured(HubActivity(MARKET, False, SECOND, 0), SECOND) == []
    assert hubs.check(9 * LIMIT) == []


def test_a_hub_that_is_not_used_is_never_missed() -> None:
    hubs = Hubs(LIMIT, doubted=True, used=(MARKET,))
    assert hubs.measured(HubActivity(USER, False, 0, 0), 0) == []
    assert hubs.check(LIMIT) == []
