"""The session token: when it is renewed, and the alarm while that fails."""

import pytest

from actors.hub.token import AGAIN, BEFORE, PATIENCE, Token
from actors.runtime.effect import After, Effect
from messages.base import SECOND, Nanos
from messages.control import Alarm, AlarmCleared, AlarmKind, RenewDue
from messages.hub import RenewToken, TokenFailed, TokenRenewed

T = 1_000 * SECOND
DAY = 86_400 * SECOND


def delay(effects: list[Effect]) -> Nanos:
    (reminder,) = [one for one in effects if isinstance(one, After)]
    assert reminder.message == RenewDue()
    return reminder.delay


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (DAY, DAY - BEFORE),
        (BEFORE + AGAIN + 1, AGAIN + 1),
        (BEFORE + 1, AGAIN),
        (BEFORE, BEFORE // 2),
        (4 * AGAIN, 2 * AGAIN),
        (2 * AGAIN, AGAIN),
        (SECOND, AGAIN),
        (-DAY, AGAIN),
    ],
)
def test_a_token_is_renewed_an_hour_before_it_expires_or_half_way_to_it(
    left: Nanos, expected: Nanos
) -> None:
    assert delay(Token(T + left).later(T)) == expected


def test_only_the_newest_reminder_counts() -> None:
    token = Token(T + DAY)
    first = delay(token.later(T))
    token.renewed(TokenRenewed(T + 2 * DAY), T + SECOND)
    assert token.due(T + first) == []
    assert token.due(T + 2 * DAY - BEFORE) == [RenewToken()]


def test_a_refusal_renews_once_however_many_hubs_are_refused() -> None:
    token = Token(T + DAY)
    assert token.refused(T) == [RenewToken()]
    assert token.refused(T + 1) == []
    assert token.renewing(T + 1)
    token.renewed(TokenRenewed(T + DAY), T + SECOND)
    assert not token.renewing(T + SECOND)


def test_a_renewed_token_that_is_refused_again_is_bought_anew() -> None:
    token = Token(T + DAY)
    for again in range(3):
        assert token.refused(T) == [RenewToken(fresh=again > 0)]
        token.renewed(TokenRenewed(T + DAY), T)
    token.accepted()
    assert token.refused(T) == [RenewToken()]


def test_a_fresh_token_is_asked_for_even_while_another_is_on_its_way() -> None:
    token = Token(T + DAY)
    assert token.renew(T) == [RenewToken()]
    assert token.renew(T) == []
    assert token.renew(T, fresh=True) == [RenewToken(fresh=True)]


def test_a_renewal_that_nobody_answers_is_not_waited_for_for_ever() -> None:
    token = Token(T + DAY)
    token.renew(T)
    assert token.renewing(T + PATIENCE - 1)
    assert not token.renewing(T + PATIENCE)
    assert token.renew(T + PATIENCE) == [RenewToken()]


def test_a_failure_alarms_and_is_repeated_after_a_minute_and_a_success_clears() -> None:
    token = Token(T + DAY)
    token.renew(T)
    alarm, again = token.failed(TokenFailed("HTTP 500"), T)
    assert alarm == Alarm(AlarmKind.AUTHENTICATION, "token", "HTTP 500")
    assert again == After(AGAIN, RenewDue())
    assert token.due(T + AGAIN) == [RenewToken()]
    cleared, _ = token.renewed(TokenRenewed(T + DAY), T + AGAIN)
    assert cleared == AlarmCleared(AlarmKind.AUTHENTICATION, "token")
    assert len(token.renewed(TokenRenewed(T + DAY), T + AGAIN)) == 1


def test_a_successor_clears_what_may_stand() -> None:
    cleared, _ = Token(T + DAY, doubted=True).renewed(TokenRenewed(T + DAY), T)
    assert cleared == AlarmCleared(AlarmKind.AUTHENTICATION, "token")
