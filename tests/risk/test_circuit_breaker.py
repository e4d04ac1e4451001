"""The pause after orders that failed."""

from typing import Any

import pytest

from actors.risk.account import AccountState
from messages.base import SECOND, Message
from messages.control import Alarm, AlarmCleared, AlarmKind, Latch, SessionStarted
from messages.decision import Denial, Permission
from messages.market import Side
from messages.order import (
    Order,
    OrderEvent,
    OrderStatus,
    OrderType,
    Outcome,
    PlaceResult,
    Purpose,
)
from tests.risk.bench import MES, NOW, Desk, risk
from tests.risk.room import Room

STRICT: dict[str, Any] = {"max_order_errors": 2, "error_window_s": 60.0}


def result(tag: str, outcome: Outcome = Outcome.REFUSED) -> PlaceResult:
    return PlaceResult(MES.id, tag, Purpose.ENTRY, outcome, None, "order_rejected")


def order(
    id: int,
    tag: str | None = None,
    parent: int | None = None,
    contract: str = MES.id,
    status: OrderStatus = OrderStatus.REJECTED,
) -> Order:
    kind = OrderType.MARKET
    return Order(id, contract, status, kind, Side.BUY, 1, 0, NOW, tag=tag, parent=parent)


def strict() -> Desk:
    return Desk(risk(**STRICT))


def alarms(news: list[Message]) -> list[Message]:
    return [m for m in news if isinstance(m, Alarm | AlarmCleared)]


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNKNOWN])
def test_opens_at_the_maximum_and_not_before(outcome: Outcome) -> None:
    desk = strict()
    desk.account.placed(result("a", outcome), NOW)
    assert alarms(desk.book.news(NOW)) == []
    assert desk.book.permission(NOW).allowed
    desk.account.placed(result("b", outcome), NOW)
    words = "2 orders failed within 60s"
    assert alarms(desk.book.news(NOW)) == [Alarm(AlarmKind.CIRCUIT_BREAKER, "account", words)]
    assert desk.measured() == (Denial.CIRCUIT_BREAKER, 2, 2, "orders")
    assert desk.book.permission(NOW).words == "circuit_breaker failed=2 limit=2 orders"
    assert alarms(desk.book.news(NOW)) == []


def test_an_order_that_failed_a_window_ago_counts_no_more() -> None:
    for later, opens in ((60 * SECOND - 1, True), (60 * SECOND, False)):
        desk = strict()
        desk.account.placed(result("a"), NOW)
        desk.account.placed(result("b"), NOW + later)
        assert bool(alarms(desk.book.news(NOW + later))) is opens


def test_stays_open_until_a_window_has_passed_without_a_failure() -> None:
    desk = strict()
    desk.account.placed(result("a"), NOW)
    desk.account.placed(result("b"), NOW + 30 * SECOND)
    desk.book.news(NOW + 30 * SECOND)
    still = NOW + 90 * SECOND - 1
    assert alarms(desk.book.news(still)) == []
    assert desk.book.permission(still).code is Denial.CIRCUIT_BREAKER
    cleared = AlarmCleared(AlarmKind.CIRCUIT_BREAKER, "account")
    assert alarms(desk.book.news(still + 1)) == [cleared]
    assert desk.book.permission(still + 1).allowed
    desk.account.placed(result("c"), still + 1)
    assert alarms(desk.book.news(still + 1)) == [], "it begins anew"


def test_an_accepted_order_is_no_failure_and_one_rejected_later_is() -> None:
    desk = strict()
    for tag in "abc":
        desk.account.placed(result(tag, Outcome.ACCEPTED), NOW)
    assert alarms(desk.book.news(NOW)) == []
    desk.account.ordered(order(1, "a"), NOW)
    desk.account.ordered(order(2, parent=1), NOW)
    assert len(alarms(desk.book.news(NOW))) == 1


def test_a_failure_told_twice_counts_once() -> None:
    desk = strict()
    desk.account.placed(result("a"), NOW)
    desk.account.ordered(order(1, "a"), NOW)
    desk.account.ordered(order(1, "a"), NOW)
    assert desk.account.breaker.count(NOW) == 1


@pytest.mark.parametrize(
    "foreign",
    [
        order(1),
        order(1, "t", contract="CON.F.US.MCL.Z26"),
        order(1, "t", status=OrderStatus.CANCELLED),
        order(1, "t", status=OrderStatus.FILLED),
    ],
)
def test_what_is_not_a_failure_of_ours_does_not_count(foreign: Order) -> None:
    account: AccountState = strict().account
    account.ordered(foreign, NOW)
    assert account.breaker.count(NOW) == 0


def test_a_restarted_room_keeps_its_predecessor_s_breaker_open_for_a_window() -> None:
    room = Room(risk(**STRICT))
    room.tell(SessionStarted(NOW))
    room.know()
    latch = Latch("circuit_breaker[account]", "2 orders failed within 60s")
    said = room.tell(latch)
    assert [m.code for m in said if isinstance(m, Permission)] == [Denial.CIRCUIT_BREAKER]
    assert alarms(list(room.tell(seconds=59))) == []
    cleared = AlarmCleared(AlarmKind.CIRCUIT_BREAKER, "account")
    assert alarms(list(room.tell(seconds=2))) == [cleared]


def test_its_latch_denies_until_it_is_lifted(desk: Desk) -> None:
    desk.account.latches["circuit_breaker[account]"] = "5 orders failed within 60s"
    assert desk.measured() == (Denial.CIRCUIT_BREAKER, 0, 5, "orders")
    desk.account.latches.clear()
    desk.approval()


def test_the_room_hears_results_and_rejections() -> None:
    room = Room(risk(**STRICT))
    room.tell(SessionStarted(NOW))
    room.know()
    assert room.tell(result("a")) == []
    said = room.tell(OrderEvent(order(7, "b"), NOW))
    assert [type(m) for m in said] == [Permission, Alarm]
