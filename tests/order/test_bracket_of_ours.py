"""A bracket that the engine keeps itself: placed after the fill, as large as the position, and gone
with it.
"""

import pytest
from msgspec.structs import replace

from messages.control import AlarmKind, Flatten, Flattened, FlattenFailed
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
from tests.order.bench import MANUAL, PRICE, STOP, TARGET, Room, Venue, alarms, flat

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


@pytest.mark.parametrize("purpose", [Purpose.STOP, Purpose.TARGET])
def test_a_leg_whose_answer_is_lost_is_found_by_its_tag_and_not_placed_again(
    purpose: Purpose,
) -> None:
    venue = Venue()
    venue.legs[purpose] = "lose the answer"
    room = entered(venue)
    room.run(20)
    assert room.phase is Phase.PROTECTED
    assert len(tags(room)) == len(set(tags(room))) == 3


def test_a_leg_is_found_where_its_answer_and_every_event_are_lost() -> None:
    venue = Venue(lambda number: ())
    venue.legs[Purpose.STOP] = venue.legs[Purpose.TARGET] = "lose the answer"
    room = manual(venue).start()
    room.approve()
    room.run(2)
    assert (room.phase, venue.position, venue.covered) == (Phase.PROTECTED, 1, True)
    assert len(tags(room)) == len(set(tags(room))) == 3


def test_an_entry_of_which_nothing_at_all_is_heard_is_covered_within_a_second() -> None:
    venue = Venue(lambda number: ())
    venue.placing, venue.patience = "lose the answer", 5.0
    venue.legs[Purpose.STOP] = venue.legs[Purpose.TARGET] = "accept"
    room = manual(venue).start()
    room.approve()
    room.run(1)
    assert venue.covered
    room.run(1)
    assert room.phase is Phase.PROTECTED


@pytest.mark.parametrize("purpose", [Purpose.STOP, Purpose.TARGET])
def test_a_leg_that_never_arrives_flattens_by_the_deadline_and_is_never_sent_again(
    purpose: Purpose,
) -> None:
    venue = Venue()
    venue.legs[purpose] = "lose the request"
    room = manual(venue).start()
    room.approve()
    room.run(1.4)
    assert room.phase is Phase.ENTERING
    room.run(0.6)
    assert venue.position == 0
    assert alarms(room) == [AlarmKind.BRACKET_LOST]
    room.run(12)
    assert flat(room)
    assert tags(room) == list(dict.fromkeys(tags(room)))


def test_flat_is_not_said_while_a_leg_may_still_come_to_life() -> None:
    venue = Venue()
    venue.legs[Purpose.STOP] = "lose the request"
    room = manual(venue).start()
    room.approve()
    room.run(8)
    assert venue.position == 0
    assert room.phase is Phase.EXITING
    room.run(6)
    assert flat(room)


@pytest.mark.parametrize("purpose", [Purpose.STOP, Purpose.TARGET])
def test_a_refused_leg_is_alarmed_and_flattened_at_once(purpose: Purpose) -> None:
    venue = Venue()
    venue.legs[purpose] = "refuse"
    room = manual(venue).start()
    room.approve()
    room.run(0.3)
    assert flat(room)
    assert alarms(room) == [AlarmKind.BRACKET_LOST]
    assert room.reasons[-1] == f"{purpose.value} refused: OrderRejected"


def test_a_leg_that_provably_never_left_is_tried_again_under_another_tag() -> None:
    venue = Venue()
    venue.legs[Purpose.STOP] = "not_sent"
    room = manual(venue).start()
    room.approve()
    room.stage.at(0.2, venue.legs.clear)
    room.run(1)
    assert room.phase is Phase.PROTECTED
    entry = tags(room)[0]
    assert tags(room) == [entry, f"{entry}-SL", f"{entry}-SL2", f"{entry}-TP"]


def test_a_leg_that_cannot_be_sent_at_all_flattens() -> None:
    venue = Venue()
    venue.legs[Purpose.STOP] = "not_sent"
    room = manual(venue).start()
    room.approve()
    room.run(3)
    assert flat(room)
    assert len(tags(room)) <= 4


@pytest.mark.parametrize("way", ["lose the request", "refuse"])
def test_a_new_size_that_does_not_come_about_is_asked_for_again(way: str) -> None:
    venue = Venue()
    venue.parts, venue.modifying = (1, 1), way
    room = manual(venue).start()
    room.approve(size=2)
    room.stage.at(0.6, lambda: setattr(venue, "modifying", "accept"))
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


def test_an_entry_refused_for_position_brackets_places_nothing_instead() -> None:
    venue = Venue()
    venue.placing = "refuse"
    venue.refusal = "Brackets cannot be used with Position Brackets enabled"
    room = manual(venue).start()
    room.approve()
    room.run(2)
    assert alarms(room) == [AlarmKind.POSITION_BRACKETS]
    assert len(tags(room)) == 1


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


def test_a_leg_that_may_still_come_is_remembered_when_the_lane_takes_over() -> None:
    venue = Venue()
    venue.legs[Purpose.STOP], venue.patience = "lose the request", 5.0
    room = manual(venue).start()
    room.approve()
    room.run(0.5)
    room.stage.send(Flatten(1, "asked"), FlattenFailed(1, "order", "its deadline has passed"))
    room.run(0.1)
    venue.by_hand(-1)
    room.stage.send(Flattened(1, "asked", 1))
    room.run(8)
    assert venue.position == 0
    assert room.phase is Phase.EXITING, "an entry now would meet the leg"
    room.run(4)
    assert flat(room)


@pytest.mark.parametrize("purpose", [Purpose.STOP, Purpose.TARGET])
def test_a_leg_answered_with_a_doubt_is_sent_anew_once_a_whole_list_lacks_it(
    purpose: Purpose,
) -> None:
    venue = Venue()
    venue.legs[purpose] = "http_500"
    room = manual(venue).start()
    room.approve()
    room.stage.at(0.2, venue.legs.clear)
    room.run(1.4)
    assert room.phase is Phase.PROTECTED
    assert not alarms(room)
    again = [order for order in room.stage.said(PlaceOrder) if order.purpose is purpose]
    end = "SL" if purpose is Purpose.STOP else "TP"
    assert [order.tag.rpartition("-")[2] for order in again] == [end, f"{end}2"]
    assert len(venue.working()) == 2


def test_a_leg_answered_with_a_doubt_that_is_there_is_not_sent_anew() -> None:
    venue = Venue()
    venue.legs[Purpose.STOP], venue.patience = "lose the answer", 0.05
    venue.doubt = "http_500"
    room = entered(venue)
    room.run(5)
    assert room.phase is Phase.PROTECTED
    assert len(tags(room)) == 3


def test_a_filled_stop_has_the_target_cancelled_on_its_own_word() -> None:
    """The position's word follows some ms later, or is lost."""
    room = entered()
    (stop,) = [row for row in room.venue.legs_working() if row.type is STOP]
    room.stage.send(OrderEvent(replace(stop, status=OrderStatus.FILLED, filled=1), 0))
    (cancel,) = room.stage.said(CancelOrder)
    assert room.venue.orders[cancel.order].type is TARGET
