"""The hubs change over to a renewed token one after the other, while flat if that can be."""

from actors.hub.changeover import AGAIN, MARGIN, Changeover
from messages.base import SECOND, Nanos
from messages.control import Alarm, AlarmCleared, AlarmKind
from messages.hub import Hub, RefreshFailed, RefreshHub
from messages.position import PositionChanged

T = 1_000 * SECOND
EXPIRES = T + 3_600 * SECOND
MARKET, USER = RefreshHub(Hub.MARKET), RefreshHub(Hub.USER)


def owing() -> Changeover:
    change = Changeover()
    change.owe(Hub, EXPIRES)
    return change


def held(size: int, contract: str = "MES") -> PositionChanged:
    return PositionChanged(contract, size, 0, T, 0)


def test_the_market_hub_goes_first_and_the_user_hub_when_it_is_done() -> None:
    change = owing()
    assert change.step(T) == [MARKET]
    assert change.step(T + SECOND) == []
    assert change.done(Hub.MARKET) == []
    assert change.step(T + 2 * SECOND) == [USER]
    change.done(Hub.USER)
    assert change.step(T + 1_000 * SECOND) == []


def test_nothing_is_changed_without_a_newer_token() -> None:
    assert Changeover().step(T) == []


def test_a_position_is_waited_for_until_ten_minutes_before_the_old_token_ends() -> None:
    change = owing()
    change.position(held(1, "MES"))
    change.position(held(-1, "MNQ"))
    change.position(held(0, "MES"))
    assert change.step(EXPIRES - MARGIN - 1) == []
    assert change.step(EXPIRES - MARGIN) == [MARKET]
    assert MARGIN == 600 * SECOND


def test_a_position_that_is_gone_is_waited_for_no_longer() -> None:
    change = owing()
    change.position(held(2))
    assert change.step(T) == []
    change.position(held(0))
    assert change.step(T) == [MARKET]


def failing(change: Changeover, hub: Hub, now: Nanos) -> list[object]:
    return list(change.failed(RefreshFailed(hub, 1, "refused"), now))


def test_a_change_that_fails_is_alarmed_and_tried_again_after_a_minute() -> None:
    change = owing()
    change.step(T)
    (alarm,) = failing(change, Hub.MARKET, T)
    words = "the market hub keeps the old token: refused"
    assert alarm == Alarm(AlarmKind.REFRESH_FAILED, "market", words)
    assert change.step(T) == [USER], "the other hub need not wait for it"
    change.done(Hub.USER)
    assert change.step(T + AGAIN - 1) == []
    assert change.step(T + AGAIN) == [MARKET]
    assert change.done(Hub.MARKET) == [AlarmCleared(AlarmKind.REFRESH_FAILED, "market")]
    assert change.done(Hub.MARKET) == []


def test_a_hub_that_was_closed_owes_nothing() -> None:
    change = owing()
    change.step(T)
    assert change.failed(RefreshFailed(Hub.MARKET, 0, "closed"), T) == []
    assert change.step(T) == [USER]


def test_a_change_that_nobody_answers_is_asked_for_again() -> None:
    change = owing()
    change.step(T)
    assert change.step(T + AGAIN - 1) == []
    assert change.step(T + AGAIN) == [MARKET]
