"""GatewayLogout: how long to wait, and when to stop."""

from actors.hub.logouts import FIGHT, LONGEST, STEP, WITHIN, Logouts
from messages.base import SECOND
from messages.control import AlarmKind

T = 1_000 * SECOND


def test_each_logout_is_waited_out_longer_and_the_fifth_in_two_minutes_is_a_fight() -> None:
    logouts = Logouts()
    for attempt in range(1, FIGHT + 1):
        now = T + attempt * SECOND
        assert logouts.heard(now) == attempt * STEP
        assert logouts.until == now + attempt * STEP
        assert logouts.fighting is (attempt == FIGHT)
    alarm = logouts.alarm()
    assert (alarm.kind, alarm.measured, alarm.limit) == (AlarmKind.SESSION_CONFLICT, 5, 5)
    assert "close the web platform or the other bot" in alarm.words
    assert (FIGHT, WITHIN, STEP) == (5, 120 * SECOND, 2 * SECOND)


def test_logouts_of_more_than_two_minutes_ago_are_forgotten() -> None:
    for last, fighting in ((WITHIN - 1, True), (WITHIN, False)):
        logouts = Logouts()
        for second in range(FIGHT - 1):
            logouts.heard(T + second)
        logouts.heard(T + last)
        assert logouts.fighting is fighting


def test_no_wait_is_longer_than_half_a_minute() -> None:
    logouts = Logouts()
    waits = [logouts.heard(T) for _ in range(40)]
    assert max(waits) == LONGEST == 30 * SECOND
