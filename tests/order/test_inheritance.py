"""What a predecessor had sent and never saw proven: found by its tag, or closed and not sent late
(a message that a network swallowed must not become an order later).
"""

from collections.abc import Sequence

import pytest

from actors.order.inheritance import LATE, Inheritance
from actors.runtime.ports import Answer
from messages.base import SECOND, Message, Nanos
from messages.control import Flatten, Flattened
from messages.market import Side
from messages.order import (
    Intent,
    IntentUnplaced,
    OrdersFound,
    OrderStatus,
    OrderType,
    Phase,
    PlaceOrder,
    Purpose,
    QueryIntents,
    QueryOrders,
)
from tests.order.bench import MES, Room, Venue, flat, order

AGO = 60 * SECOND


def request(tag: str, contract: str = MES) -> PlaceOrder:
    brackets = {"stop_bracket": -8, "target_bracket": 12}
    return PlaceOrder(
        contract, tag, Purpose.ENTRY, OrderType.MARKET, Side.BUY, 1, None, None, **brackets
    )


def inherited(*intents: tuple[str, Nanos], contract: str = MES) -> Room:
    """A room whose predecessor had sent these, so long ago, and nobody knows what became of
    them.
    """
    room = Room()
    now = room.stage.now
    room.venue.intents = tuple(Intent(request(tag, contract), now - ago) for tag, ago in intents)
    return room


def unplaced(room: Room) -> list[str]:
    return [closed.tag for closed in room.stage.said(IntentUnplaced)]


def test_an_intent_that_was_never_placed_is_closed_and_not_sent() -> None:
    room = inherited(("ff-1", AGO)).start()
    assert unplaced(room) == ["ff-1"]
    assert flat(room)
    room.run(30)
    assert room.venue.sent(PlaceOrder) == []
    assert unplaced(room) == ["ff-1"]


def test_it_is_looked_for_from_before_its_sending() -> None:
    room = inherited(("ff-2", AGO), ("ff-1", 2 * AGO)).start()
    (asked, *_) = [
        q for q in room.venue.sent(QueryOrders) if isinstance(q, QueryOrders) and q.since
    ]
    assert asked.since is not None
    assert asked.since <= room.venue.intents[1].sent - 5 * SECOND


def test_an_intent_that_the_venue_knows_is_not_closed() -> None:
    room = inherited(("ff-1", AGO))
    sent = room.venue.intents[0].sent
    room.venue.orders[7] = order(7, OrderStatus.CANCELLED, tag="ff-1", created=sent)
    room.start()
    room.run(20)
    assert unplaced(room) == []
    assert flat(room)


def test_nothing_is_flat_while_a_young_intent_may_still_come_to_life() -> None:
    room = inherited(("ff-1", 2 * SECOND)).start()
    room.run(7)
    assert Phase.FLAT not in room.phases
    room.run(3)
    assert unplaced(room) == ["ff-1"]
    assert flat(room)


def test_one_that_comes_to_life_late_is_dealt_with_like_any_position() -> None:
    room = inherited(("ff-1", 2 * SECOND)).start()
    room.stage.at(3, lambda: room.venue._accept(200, request("ff-1")))
    room.run(15)
    assert unplaced(room) == []
    assert room.phase in (Phase.PROTECTED, Phase.FLAT)
    assert room.venue.covered
    assert room.venue.sent(PlaceOrder) == []
    assert max(abs(size) for size in room.venue.seen) == 1


def test_a_flatten_waits_for_it_too() -> None:
    room = inherited(("ff-1", 2 * SECOND)).start()
    room.stage.send(Flatten(1, "now"))
    room.run(5)
    assert room.stage.said(Flattened) == []
    room.run(5)
    assert [done.number for done in room.stage.said(Flattened)] == [1]


def test_a_position_is_kept_while_an_old_intent_is_cleared_up() -> None:
    room = Room().enter()
    room.venue.intents = (Intent(request("ff-1"), room.stage.now - AGO),)
    room.stage.restart()
    room.run(1)
    assert unplaced(room) == ["ff-1"]
    assert room.phase is Phase.PROTECTED
    assert room.venue.position == 1


def test_a_restarted_room_knows_the_entry_in_flight() -> None:
    """Its answer comes to the successor, long after the request; the order, in the end, too."""
    room = Room().start()
    room.venue.placing, room.venue.travel = "lose the answer", 4.0
    room.approve()
    room.run(0.5)
    (sent,) = room.venue.sent(PlaceOrder)
    assert isinstance(sent, PlaceOrder)
    room.venue.intents = (Intent(sent, room.stage.now - SECOND // 2),)
    room.stage.restart()
    room.run(3)
    assert room.phases[-1] is Phase.EXITING, "not flat: the entry may still come"
    room.run(10)
    assert room.venue.sent(PlaceOrder) == [sent]
    assert flat(room) or (room.phase is Phase.PROTECTED and room.venue.covered)
    assert unplaced(room) == []


@pytest.mark.parametrize(
    ("way", "closed"), [("lose the request", 1), ("lose the answer", 0), ("refuse", 0)]
)
def test_an_entry_of_ones_own_that_was_never_placed_is_closed_too(way: str, closed: int) -> None:
    room = Room().start()
    room.venue.placing = way
    room.approve()
    room.run(25)
    (sent,) = room.venue.sent(PlaceOrder)
    assert isinstance(sent, PlaceOrder)
    assert unplaced(room) == [sent.tag] * closed


def test_another_contracts_intents_are_not_looked_for_here() -> None:
    room = inherited(("ff-1", AGO), contract="CON.F.US.ENQ.Z26").start()
    assert unplaced(room) == []
    assert flat(room)


class Silent(Venue):
    """Its ledger does not answer."""

    def handle(self, message: Message, now: Nanos, answer: Answer) -> None:
        if not isinstance(message, QueryIntents):
            super().handle(message, now, answer)


@pytest.mark.parametrize("restarted", [False, True])
def test_nothing_is_flat_before_the_ledger_has_answered(restarted: bool) -> None:
    room = Room(Silent())
    room.start()
    if restarted:
        room.stage.restart()
    room.run(20)
    assert Phase.FLAT not in room.phases
    assert room.venue.sent(PlaceOrder) == []


def found(asked: Nanos, since: Nanos | None, tags: Sequence[str] = ()) -> OrdersFound:
    rows = tuple(order(n, tag=tag) for n, tag in enumerate(tags))
    return OrdersFound(rows, asked, since)


def test_only_a_whole_list_from_early_enough_proves_that_it_is_not_there() -> None:
    sent = 1_000 * SECOND
    one = Inheritance()
    one.take((Intent(request("ff-1"), sent),))
    asked = sent + LATE
    assert one.since is not None
    for answer in (
        found(asked, None),
        found(asked, one.since + 1),
        found(asked - 1, one.since),
    ):
        assert one.read(answer) == []
        assert one.doubtful
    assert len(one.read(found(asked, one.since))) == 1
    assert not one.doubtful
    assert one.read(found(asked, one.since)) == []


def test_each_intent_is_judged_by_its_own_tag_and_time() -> None:
    sent = 1_000 * SECOND
    one = Inheritance()
    one.take((Intent(request("ff-1"), sent), Intent(request("ff-2"), sent + SECOND)))
    one.take((*one._intents, Intent(request("ff-3"), sent)))
    said = one.read(found(sent + LATE, 0, ["ff-3"]))
    assert [closed.tag for closed in said if isinstance(closed, IntentUnplaced)] == ["ff-1"]
    assert one.doubtful
    assert len(one.read(found(sent + LATE + SECOND, 0))) == 1
    assert not one.doubtful


def test_what_is_added_does_not_take_the_place_of_what_is_looked_for() -> None:
    sent = 1_000 * SECOND
    one = Inheritance()
    one.take((Intent(request("ff-1"), sent),))
    one.add((Intent(request("ff-2"), sent),))
    closed = one.read(found(sent + LATE, 0))
    assert [each.tag for each in closed if isinstance(each, IntentUnplaced)] == ["ff-1", "ff-2"]
