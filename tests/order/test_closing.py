"""Between a close and the word that it has filled the stop still works: not longer than it must,
because once the position is gone its fill would open the other side.
"""

from messages.base import FINE, MILLISECOND, Nanos
from messages.decision import SignalKind
from messages.order import CancelOrder, CloseContract, PlaceOrder, Purpose
from messages.position import Position, PositionsFound
from tests.order.bench import MES, PRICE, STOP, Room, Venue, flat


def orphaned(room: Room) -> Nanos:
    """From the close to the cancel of the stop that stayed for it."""
    closes = [at for at, m in room.venue.requests if isinstance(m, CloseContract)]
    cancels = [
        at
        for at, m in room.venue.requests
        if isinstance(m, CancelOrder) and room.venue.orders[m.order].type is STOP
    ]
    return cancels[0] - closes[0]


def unanswered() -> Room:
    room = Room().enter()
    room.venue.closing, room.venue.patience = "lose the answer", 5.0
    return room


def test_the_word_that_the_position_is_gone_is_as_good_as_the_closes_answer() -> None:
    room = unanswered()
    room.approve(SignalKind.EXIT_LONG)
    room.run(1)
    assert flat(room)
    assert orphaned(room) < 50 * MILLISECOND


def test_a_close_of_which_nothing_is_heard_is_looked_after_soon() -> None:
    heard = [0.0]  # when an event arrives: from here on never
    room = Room(Venue(lambda number: tuple(heard))).enter()
    room.venue.closing, room.venue.patience = "lose the answer", 5.0
    heard[:] = []
    room.approve(SignalKind.EXIT_LONG)
    room.run(1)
    assert flat(room)
    assert orphaned(room) < 300 * MILLISECOND


def test_saving_requests_does_not_keep_an_orphan_at_work() -> None:
    room = Room().enter()
    word = PositionsFound((Position(MES, 1, PRICE * FINE),), room.stage.now)
    room.stage.send(*[word] * 100)  # each has cost a request
    room.approve(SignalKind.EXIT_LONG)
    room.run(3)
    assert flat(room)
    assert orphaned(room) < 50 * MILLISECOND


def test_a_position_on_the_other_side_is_closed_though_the_first_close_is_unanswered() -> None:
    """The stop has filled beside the close."""
    room = unanswered()
    room.approve(SignalKind.EXIT_LONG)
    sent = room.stage.now
    room.stage.at(0.024, lambda: room.venue.hit(STOP))
    room.run(1)
    assert flat(room)
    assert min(room.venue.seen) == -1
    closes = [at for at, m in room.venue.requests if isinstance(m, CloseContract)]
    assert len(closes) == 2
    assert closes[1] - sent < 1_000 * MILLISECOND
    assert [m.purpose for m in room.venue.sent(PlaceOrder) if isinstance(m, PlaceOrder)] == [
        Purpose.ENTRY
    ]
