"""Whether the venue's position is covered, by the watchdog's own reading."""

import pytest
from msgspec.structs import replace

from actors.watchdog.cover import Cover
from messages.base import MILLISECOND, SECOND, Message
from messages.control import Alarm, AlarmCleared, AlarmKind
from messages.market import Side
from messages.order import Order, OrdersFound, OrderStatus, OrderType

MES = "CON.F.US.MES.Z26"
LIMIT = 1_700 * MILLISECOND
T0 = 1_000 * SECOND
S, T = OrderStatus, OrderType
STOP = Order(1, MES, S.OPEN, T.STOP, Side.SELL, 2, 0, 0)


def cover(position: int, *orders: Order) -> Cover:
    made = Cover(MES, LIMIT, most=2)
    made.hold(position, T0)
    for order in orders:
        made.order(order, T0)
    return made


def kinds(said: list[Message]) -> list[AlarmKind]:
    return [message.kind for message in said if isinstance(message, Alarm)]


def test_an_uncovered_position_is_alarmed_once_after_the_limit() -> None:
    made = cover(1)
    assert made.check(T0) == []
    assert made.check(T0 + LIMIT - 1) == []
    (alarm,) = made.check(T0 + LIMIT)
    assert isinstance(alarm, Alarm)
    assert (alarm.kind, alarm.subject) == (AlarmKind.UNPROTECTED, MES)
    assert (alarm.measured, alarm.limit, alarm.unit) == (1_700, 1_700, "ms")
    assert made.check(T0 + 2 * LIMIT) == []


@pytest.mark.parametrize("mend", ["stop", "flat"])
def test_the_alarm_clears_once_covered_or_flat(mend: str) -> None:
    made = cover(1)
    made.check(T0)
    made.check(T0 + LIMIT)
    if mend == "stop":
        made.order(STOP, T0 + LIMIT)
    else:
        made.hold(0, T0 + LIMIT)
    assert made.check(T0 + LIMIT) == [AlarmCleared(AlarmKind.UNPROTECTED, MES)]
    assert made.check(T0 + LIMIT) == []


def test_time_without_cover_begins_anew_with_each_loss() -> None:
    made = cover(1)
    made.check(T0)
    made.order(STOP, T0 + 1)
    made.check(T0 + 1)
    made.order(replace(STOP, status=S.CANCELLED), T0 + 2)
    assert made.check(T0 + 2) == []
    assert made.check(T0 + 2 + LIMIT - 1) == []
    assert kinds(made.check(T0 + 2 + LIMIT)) == [AlarmKind.UNPROTECTED]


def test_what_covers() -> None:
    assert cover(2, STOP).covered()
    assert cover(1, replace(STOP, status=S.PENDING_CANCEL)).covered()
    assert cover(1, replace(STOP, type=T.TRAILING_STOP)).covered()
    assert cover(2, replace(STOP, size=1), replace(STOP, id=2, size=1)).covered()
    assert cover(-2, replace(STOP, side=Side.BUY)).covered()


def test_what_does_not_cover() -> None:
    assert not cover(1, replace(STOP, status=S.SUSPENDED)).covered()
    assert not cover(1, replace(STOP, status=S.PENDING)).covered()
    assert not cover(1, replace(STOP, type=T.LIMIT)).covered()
    assert not cover(1, replace(STOP, side=Side.BUY)).covered()
    assert not cover(-1, STOP).covered()
    assert not cover(2, replace(STOP, filled=1)).covered()
    assert not cover(2, replace(STOP, size=1)).covered()


def test_a_stop_that_has_ended_does_not_come_back_with_late_word() -> None:
    made = cover(1, STOP)
    made.order(replace(STOP, status=S.CANCELLED), T0 + 1)
    made.order(STOP, T0 + 2)
    assert not made.covered()
    made.orders(OrdersFound((STOP,), asked=T0 + 3))
    assert not made.covered()


def test_a_stop_that_is_listed_no_more_covers_no_more() -> None:
    made = cover(1, STOP)
    made.orders(OrdersFound((), asked=T0))
    assert made.covered()  # heard of as late as that
    made.orders(OrdersFound((), asked=T0 + 1))
    assert not made.covered()


def test_a_listed_stop_covers_unless_newer_word_says_otherwise() -> None:
    made = cover(1)
    made.orders(OrdersFound((STOP, replace(STOP, id=2, contract="other")), asked=T0))
    assert made.covered()
    made.order(replace(STOP, size=1, filled=1), T0 + 5)
    assert not made.covered()
    made.orders(OrdersFound((STOP,), asked=T0 + 4))
    assert not made.covered()
    made.orders(OrdersFound((STOP,), asked=T0 + 5))
    assert not made.covered()  # heard of as late as that
    made.orders(OrdersFound((STOP,), asked=T0 + 6))
    assert made.covered()


def test_another_contracts_stop_does_not_cover() -> None:
    made = cover(1)
    made.orders(OrdersFound((replace(STOP, contract="other"),), asked=T0))
    assert not made.covered()


def test_an_older_position_does_not_replace_a_newer() -> None:
    made = cover(1)
    made.hold(0, T0 - 1)
    assert made.position == 1
    made.hold(0, T0)
    assert made.position == 0


@pytest.mark.parametrize("position", [3, -3])
def test_a_position_beyond_the_largest_allowed_is_alarmed_at_once_either_way(
    position: int,
) -> None:
    made = cover(position)
    (alarm,) = made.check(T0)
    assert isinstance(alarm, Alarm)
    assert (alarm.kind, alarm.measured, alarm.limit) == (AlarmKind.EXCESS_POSITION, 3, 2)
    assert made.check(T0) == []
    made.hold(2, T0 + 1)
    assert made.check(T0 + 1) == [AlarmCleared(AlarmKind.EXCESS_POSITION, MES)]


@pytest.mark.parametrize("early", [S.PENDING, S.SUSPENDED])
def test_late_word_of_how_a_stop_began_takes_no_cover_away(early: OrderStatus) -> None:
    made = cover(2, STOP)
    made.order(replace(STOP, status=early), T0 + 1)
    assert made.covered()
