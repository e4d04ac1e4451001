"""An entry that the account cannot pay for: half of it, until there is nothing left to halve."""

import pytest

from messages.control import Latch
from messages.decision import Denial, Denied, SignalKind
from messages.market import Side
from messages.order import Phase, PlaceOrder
from tests.order.bench import MANUAL, RULES, Room, Venue, alarms, flat


def room(margin: int, manual: bool = False) -> Room:
    venue = Venue()
    venue.margin = margin
    return Room(venue, MANUAL if manual else RULES).start()


def asked(at: Room) -> list[PlaceOrder]:
    return [order for order in at.venue.sent(PlaceOrder) if isinstance(order, PlaceOrder)]


def entries(at: Room) -> list[int]:
    return [order.size for order in asked(at) if order.purpose == "entry"]


@pytest.mark.parametrize("manual", [False, True])
@pytest.mark.parametrize(
    ("margin", "sizes"), [(9, [9]), (8, [9, 4]), (4, [9, 4]), (3, [9, 4, 2]), (1, [9, 4, 2, 1])]
)
def test_it_is_halved_until_it_is_taken_each_size_once(
    margin: int, sizes: list[int], manual: bool
) -> None:
    made = room(margin, manual)
    made.approve(SignalKind.SHORT_ENTRY, size=9)
    made.run(1)
    assert entries(made) == sizes
    assert (made.phase, made.venue.position) == (Phase.PROTECTED, -sizes[-1])
    assert made.venue.covered
    assert not made.stage.said(Denied)
    assert not alarms(made)
    tags = [order.tag for order in asked(made) if order.purpose == "entry"]
    assert len(set(tags)) == len(tags), "each is an intent of its own"
    assert {order.side for order in asked(made) if order.purpose == "entry"} == {Side.SELL}


def test_what_has_no_size_left_is_denied_and_ends_flat() -> None:
    made = room(0)
    made.approve(size=4)
    made.run(1)
    assert entries(made) == [4, 2, 1]
    (denied,) = made.stage.said(Denied)
    assert (denied.code, denied.kind) == (Denial.SIZE_ZERO, SignalKind.LONG_ENTRY)
    assert (denied.used, denied.limit, denied.unit) == (1, 0, "contracts")
    assert flat(made)
    assert made.reasons[-1] == "entry refused: insufficient_funds"


def test_a_latch_that_has_come_meanwhile_ends_it() -> None:
    made = room(1)
    made.approve(size=4)
    made.run(0.001)
    made.stage.send(Latch("halt", "a person"))
    made.run(1)
    assert entries(made) == [4]
    assert flat(made)


def test_another_refusal_is_not_tried_again() -> None:
    made = room(9)
    made.venue.placing = "refuse"
    made.approve(size=4)
    made.run(1)
    assert entries(made) == [4]
    assert flat(made)
