"""The last look before a request leaves: entries on a lease, ways out always."""

from collections.abc import Iterable

import pytest

from gateway.sentinel import Gate
from messages.base import Message
from messages.decision import Denial
from messages.market import Side
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    ModifyOrder,
    OrderType,
    Outcome,
    PlaceOrder,
    PlaceResult,
    Purpose,
)

SENT = CancelResult("MES", 1, Outcome.ACCEPTED, "ok")


class Wire:
    def __init__(self) -> None:
        self.sent: list[Message] = []

    def handle(self, message: Message) -> Iterable[Message]:
        self.sent.append(message)
        return [SENT]


def order(purpose: Purpose) -> PlaceOrder:
    return PlaceOrder("MES", "t-1", purpose, OrderType.MARKET, Side.BUY, 1)


def test_an_entry_without_a_lease_is_refused_and_has_not_left() -> None:
    wire = Wire()
    (refused,) = Gate(wire, lambda: False).handle(order(Purpose.ENTRY))
    assert isinstance(refused, PlaceResult)
    assert (refused.outcome, refused.code, refused.order) == (Outcome.REFUSED, Denial.LEASE, None)
    assert (refused.tag, refused.purpose) == ("t-1", Purpose.ENTRY)
    assert wire.sent == []


def test_an_entry_on_a_lease_is_sent() -> None:
    wire = Wire()
    assert list(Gate(wire, lambda: True).handle(order(Purpose.ENTRY))) == [SENT]
    assert wire.sent == [order(Purpose.ENTRY)]


@pytest.mark.parametrize(
    "way_out",
    [
        order(Purpose.STOP),
        order(Purpose.TARGET),
        CancelOrder("MES", 1),
        ModifyOrder("MES", 1, 2),
        CloseContract("MES"),
    ],
)
def test_what_protects_or_closes_needs_no_lease(way_out: Message) -> None:
    wire = Wire()
    assert list(Gate(wire, lambda: False).handle(way_out)) == [SENT]
    assert wire.sent == [way_out]
