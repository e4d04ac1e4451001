"""A bracket that the engine keeps itself: placed after the fill, as large as the position, and gone
with it.
"""

import pytest
from msgspec.structs import replace

from actors.order.bracket import Bracket
from actors.order.view import View
from messages.base import FINE, Message
from messages.control import AlarmKind
from messages.decision import SignalKind
from messages.market import Side
from messages.order import (
    CancelOrder,
    CloseContract,
    ModifyOrder,
    OrderEvent,
    OrderStatus,
    OrderType,
    Phase,
    PlaceOrder,
    Purpose,
)
from tests.order.bench import (
    MANUAL,
    MES,
    PRICE,
    STOP,
    TARGET,
    Room,
    S,
    T,
    Venue,
    alarms,
    flat,
    order,
)

LIMIT_MANUAL = replace(MANUAL, order_type=OrderType.LIMIT)


def manual(venue: Venue | None = None) -> Room:
    return Room(venue, MANUAL)


def entered(venue: Venue | None = None, size: int = 1) -> Room:
    return manual(venue).enter(size=size)


def legs(room: Room) -> dict[OrderType, tuple[int, int | None]]:
    """Of each kind of working leg, what it can still trade and where."""
    return {
        row.type: (row.size - row.filled, row.stop if row.type is STOP else row.limit)
        for row in room.venue.legs_working()
    }


def tags(room: Room) -> list[str]:
    return [order.tag for order in room.stage.said(PlaceOrder)]


def test_the_entry_goes_alone_then_the_stop_then_the_target() -> None:
    room = entered(size=2)
    entry, stop, target = room.stage.said(PlaceOrder)
    assert (entry.stop_bracket, entry.target_bracket) == (None, None)
    assert (stop.purpose, stop.type, stop.side, stop.size) == (Purpose.STOP, STOP, Side.SELL, 2)
    assert (target.purpose, target.type, target.size) == (Purpose.TARGET, TARGET, 2)
    assert (stop.stop, target.limit) == (PRICE - 8, PRICE + 12)
    assert [stop.tag, target.tag] == [f"{entry.tag}-SL", f"{entry.tag}-TP"]
    assert room.venue.covered
    assert not alarms(room)
    room.run(30)
    assert room.phase is Phase.PROTECTED
    assert len(tags(room)) == 3


def test_a_short_position_has_its_stop_above_and_its_target_below() -> None:
    room = manual().enter(SignalKind.SHORT_ENTRY)
    assert legs(room) == {STOP: (1, PRICE + 8), TARGET: (1, PRICE - 12)}


def test_an_average_between_two_prices_is_counted_as_the_one_nearer_to_the_target() -> None:
    for kind, stop, target in (
        (SignalKind.LONG_ENTRY, PRICE + 1 - 8, PRICE + 1 + 12),
        (SignalKind.SHORT_ENTRY, PRICE + 8, PRICE - 12),
    ):
        venue = Venue()
        venue.offset = 0.5
        room = manual(venue).enter(kind)
        assert legs(room) == {STOP: (1, stop), TARGET: (1, target)}


@pytest.mark.parametrize("parts", [(1, 1, 1), (2, 1), (1, 2)])
def test_after_every_part_of_the_entry_both_legs_are_as_large_as_the_position(
    parts: tuple[int, ...],
) -> None:
    venue = Venue()
    venue.parts = parts
    room = manual(venue).start()
    room.approve(size=3)
    held = 0
    room.run(0.01)
    for size in parts:
        room.run(0.08)
        held += size
        assert venue.position == held
        assert {kind: left for kind, (left, _) in legs(room).items()} == {STOP: held, TARGET: held}
        room.run(0.02)
    room.run(1)
    assert room.phase is Phase.PROTECTED
    assert venue.excess == 0
    assert len(tags(room)) == 3
    assert len(room.stage.said(ModifyOrder)) == 2 * (len(parts) - 1)


@pytest.mark.parametrize(("hit", "other"), [(STOP, TARGET), (TARGET, STOP)])
def test_a_filled_leg_has_the_other_cancelled_at_once(hit: OrderType, other: OrderType) -> None:
    room = entered(size=2)
    sent = len(room.venue.requests)
    room.venue.hit(hit)
    room.run(0.01)
    (cancel,) = room.venue.sent(CancelOrder)
    assert isinstance(cancel, CancelOrder)
    assert room.venue.orders[cancel.order].type is other
    assert room.venue.requests[sent][1] == cancel, "before anything is read"
    room.run(1)
    assert flat(room)
    assert not room.venue.sent(CloseContract)
    assert all(position == 0 for position in room.venue.stops_cancelled_at)
    assert not alarms(room)


@pytest.mark.parametrize(("hit", "other"), [(STOP, TARGET), (TARGET, STOP)])
def test_a_leg_filled_in_part_has_the_other_made_smaller(hit: OrderType, other: OrderType) -> None:
    room = entered(size=3)
    room.venue.hit(hit, 1)
    room.run(0.5)
    assert {kind: left for kind, (left, _) in legs(room).items()} == {STOP: 2, TARGET: 2}
    (change,) = room.stage.said(ModifyOrder)
    assert (room.venue.orders[change.order].type, change.size) == (other, 2)
    assert room.phase is Phase.PROTECTED
    room.venue.hit(hit)
    room.run(1)
    assert flat(room)


def test_both_legs_filling_at_once_ends_flat() -> None:
    room = entered()
    room.venue.hit(STOP)
    room.venue.hit(TARGET)
    assert room.venue.position == -1
    room.run(2)
    assert flat(room)
    assert len(room.venue.sent(CloseContract)) == 1


@pytest.mark.parametrize("way", ["lose the request", "refuse"])
def test_a_new_size_that_does_not_come_about_is_asked_for_again(way: str) -> None:
    venue = Venue()
    venue.parts, venue.modifying = (1, 1), way
    room = manual(venue).start()
    room.approve(size=2)
    room.stage.at(1.0, lambda: setattr(venue, "modifying", "accept"))
    room.run(2)
    assert (room.phase, venue.position, venue.covered) == (Phase.PROTECTED, 2, True)
    assert venue.excess == 0
    assert {kind: left for kind, (left, _) in legs(room).items()} == {STOP: 2, TARGET: 2}


def test_a_stop_that_cannot_be_made_larger_flattens_by_the_deadline() -> None:
    venue = Venue()
    venue.parts, venue.modifying = (1, 1), "refuse"
    room = manual(venue).start()
    room.approve(size=2)
    room.run(0.11)
    assert venue.position == 2
    room.run(1.9)
    assert flat(room)
    assert alarms(room) == [AlarmKind.BRACKET_LOST]


def test_a_stop_that_cannot_be_made_smaller_flattens_by_the_deadline() -> None:
    room = entered(size=2)
    room.venue.modifying = "refuse"
    room.venue.hit(TARGET, 1)
    room.run(2.2)
    assert flat(room)
    assert alarms(room) == [AlarmKind.BRACKET_LOST]
    assert min(room.venue.seen) == 0


def test_a_stop_that_is_hit_while_the_entry_fills_withdraws_the_rest_of_it() -> None:
    venue = Venue()
    venue.parts = (1,)
    room = Room(venue, LIMIT_MANUAL).start()
    room.approve(size=3)
    room.run(0.3)
    assert legs(room)[STOP][0] == 1
    venue.hit(STOP)
    room.run(1)
    assert flat(room)
    assert max(venue.seen) == 1


def test_a_part_of_the_stop_is_enough_to_withdraw_the_rest_of_the_entry() -> None:
    venue = Venue()
    venue.parts = (2,)
    room = Room(venue, LIMIT_MANUAL).start()
    room.approve(size=3)
    room.run(0.3)
    assert legs(room)[STOP][0] == 2
    venue.hit(STOP, 1)
    room.run(1)
    assert flat(room)
    assert "stopped with more filled than the stop held" in room.reasons


@pytest.mark.parametrize(("leg", "kept"), [(STOP, False), (TARGET, True)])
def test_a_leg_cancelled_by_hand(leg: OrderType, *, kept: bool) -> None:
    """Without its target a position is kept as it is; without its stop it is closed."""
    room = entered()
    room.venue.lose(leg)
    room.run(1.5)
    assert (room.phase is Phase.PROTECTED) is kept
    assert flat(room) is not kept
    assert len(tags(room)) == 3


def test_a_position_closed_by_hand_has_its_legs_cancelled() -> None:
    room = entered()
    room.venue.by_hand(-1)
    room.run(1)
    assert flat(room)


def test_a_position_made_smaller_by_hand_has_its_legs_made_smaller() -> None:
    room = entered(size=3)
    room.venue.by_hand(-1)
    room.run(2)
    assert room.phase is Phase.PROTECTED
    assert {kind: left for kind, (left, _) in legs(room).items()} == {STOP: 2, TARGET: 2}


def test_an_old_word_on_the_position_makes_no_stop_larger() -> None:
    """The stop fills in part; the position that was before it is told once more, and late."""
    room = entered(size=2)
    held = room.venue.position_event()
    room.venue.hit(STOP, 1)
    room.run(0.02)
    room.stage.send(held())
    room.run(1)
    changed = [room.venue.orders[change.order].type for change in room.stage.said(ModifyOrder)]
    assert changed == [TARGET]
    assert {kind: left for kind, (left, _) in legs(room).items()} == {STOP: 1, TARGET: 1}
    assert room.phase is Phase.PROTECTED


def test_an_old_word_of_flat_cancels_no_stop_under_a_position() -> None:
    room = manual().start()
    flat_word = room.venue.position_event()
    room.approve()
    room.run(0.3)
    room.stage.send(flat_word())
    room.run(2)
    assert all(position == 0 for position in room.venue.stops_cancelled_at)
    assert room.venue.covered


def test_an_exit_cancels_the_target_closes_and_cancels_the_stop() -> None:
    room = entered()
    room.approve(SignalKind.EXIT_LONG)
    room.run(1)
    assert flat(room)
    assert room.venue.stops_cancelled_at == [0]


def test_a_restarted_room_keeps_the_bracket_and_its_other_leg_goes_with_the_first() -> None:
    room = entered(size=2)
    room.stage.restart()
    room.run(1)
    assert room.phase is Phase.PROTECTED
    room.venue.hit(TARGET, 1)
    room.run(1)
    assert {kind: left for kind, (left, _) in legs(room).items()} == {STOP: 1, TARGET: 1}
    room.venue.hit(TARGET)
    room.run(1)
    assert flat(room)


def test_of_two_stops_one_filled_in_part_counts_with_what_is_left_of_it() -> None:
    view = View(MES)
    view.hear_position(1, 1)
    view.hear_order(order(1, type=STOP, size=2, filled=1), 1)
    view.hear_order(order(2, type=STOP, size=2), 1)
    view.accept()
    said = Bracket(MES, "ff-1").tend(view, 2)
    assert said == [CancelOrder(MES, 1), ModifyOrder(MES, 2, 1)]


def test_a_stop_ended_by_the_venue_flattens() -> None:
    room = entered()
    (stop,) = [row for row in room.venue.legs_working() if row.type is STOP]
    room.venue.put(replace(stop, status=OrderStatus.EXPIRED))
    room.run(1.5)
    assert flat(room)


def test_a_stop_that_fills_at_its_old_size_takes_the_rest_with_it_at_once() -> None:
    """The entry grows, and the stop is hit before it is made larger."""
    venue = Venue()
    venue.parts, venue.modifying = (1, 2), "refuse"
    room = manual(venue).start()
    room.approve(size=3)
    room.run(0.112)
    assert venue.position == 3
    venue.hit(STOP)
    room.run(0.2)
    assert flat(room)
    assert not alarms(room)
    assert room.reasons[-1] == "stopped with more filled than the stop held"


def test_a_filled_stop_has_the_target_cancelled_on_its_own_word() -> None:
    """The position's word follows some ms later, or is lost."""
    room = entered()
    (stop,) = [row for row in room.venue.legs_working() if row.type is STOP]
    room.stage.send(OrderEvent(replace(stop, status=OrderStatus.FILLED, filled=1), 0))
    (cancel,) = room.stage.said(CancelOrder)
    assert room.venue.orders[cancel.order].type is TARGET


def test_a_position_told_smaller_than_its_fills_is_read_and_covered() -> None:
    """An order that nobody here sent is told to have filled, and the position's word is lost."""
    room = entered()
    room.venue.position += 1
    bought = order(900, OrderStatus.FILLED, OrderType.MARKET, Side.BUY, size=1, filled=1)
    room.stage.send(OrderEvent(bought, room.stage.now))
    room.run(1)
    assert room.venue.covered
    assert {kind: left for kind, (left, _) in legs(room).items()} == {STOP: 2, TARGET: 2}


def test_beside_a_close_by_hand_that_is_on_its_way_no_target_is_placed() -> None:
    """Both could fill, and open the other side beyond what may be held."""
    view, bracket = View(MES), Bracket(MES, "t", -8, 12)
    view.hear_order(order(1, S.FILLED, T.MARKET, Side.BUY, filled=1), 1)
    view.hear_position(1, 1, PRICE * FINE)
    close = order(2, S.PENDING, T.MARKET)
    view.hear_order(close, 2)
    assert [placed(leg).purpose for leg in bracket.tend(view, 2)] == [Purpose.STOP], "it protects"
    view.hear_order(order(3, S.OPEN, STOP, tag="t-SL"), 3)
    assert bracket.tend(view, 3) == []
    view.hear_order(replace(close, status=S.CANCELLED), 4)
    assert [placed(leg).purpose for leg in bracket.tend(view, 4)] == [Purpose.TARGET]


def placed(request: Message) -> PlaceOrder:
    assert isinstance(request, PlaceOrder)
    return request
