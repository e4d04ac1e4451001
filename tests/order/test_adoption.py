"""Positions that come from elsewhere, or from before a restart."""

import pytest
from msgspec.structs import replace

from actors.order.entering import Rules
from messages.control import ActorRestarted, AlarmKind, Flatten, Flattened
from messages.market import Side
from messages.order import (
    CancelOrder,
    CloseContract,
    Order,
    OrderEvent,
    OrderLate,
    OrderStatus,
    Phase,
    PhaseChanged,
    PlaceOrder,
)
from tests.order.bench import (
    MES,
    PRICE,
    RULES,
    STOP,
    TARGET,
    Room,
    T,
    Venue,
    alarms,
    flat,
    order,
)

PROTECT = replace(RULES, adopted=(16, 24))


def test_an_unexpected_position_without_cover_is_closed() -> None:
    room = Room().start()
    room.venue.by_hand(2)
    room.run(1)
    assert flat(room)
    assert room.reasons[-1] == "unexpected position"


def test_a_position_found_covered_at_the_start_is_kept_and_protected() -> None:
    venue = Venue()
    venue.position = 1
    venue.orders[7] = order(7, type=STOP, side=Side.SELL, stop=23_990)
    room = Room(venue).start()
    assert (room.phase, venue.position) == (Phase.PROTECTED, 1)
    asked = len(venue.requests)
    room.run(10)
    assert len(venue.requests) == asked
    venue.put(replace(venue.orders[7], status=OrderStatus.CANCELLED))
    room.run(1)
    assert flat(room)


def test_an_adopted_position_keeps_its_target_but_no_order_that_would_enlarge_it() -> None:
    venue = Venue()
    venue.position = 1
    venue.orders[7] = order(7, type=STOP, side=Side.SELL)
    venue.orders[8] = order(8, type=TARGET, side=Side.SELL)
    venue.orders[9] = order(9, type=TARGET, side=Side.BUY)
    room = Room(venue).start()
    room.run(1)
    assert room.phase is Phase.PROTECTED
    assert [row.id for row in venue.working()] == [7, 8]


def test_a_position_found_uncovered_at_the_start_is_closed() -> None:
    venue = Venue()
    venue.position = -1
    venue.orders[7] = order(7, type=STOP, side=Side.SELL)  # on the wrong side
    room = Room(venue).start()
    room.run(1)
    assert flat(room)


def test_flatten_on_start_closes_a_covered_position_too() -> None:
    venue = Venue()
    venue.position = 1
    venue.orders[7] = order(7, type=STOP, side=Side.SELL)
    room = Room(venue, flatten_on_start=True).start()
    room.run(1)
    assert flat(room)


def test_a_position_closed_by_hand_elsewhere_leaves_no_orphans() -> None:
    room = Room().enter()
    room.venue.by_hand(-1)
    room.run(1)
    assert flat(room)


def test_a_position_enlarged_by_hand_beyond_its_cover_is_closed() -> None:
    room = Room().enter()
    room.venue.by_hand(1)
    room.run(2)
    assert flat(room)


@pytest.mark.parametrize("told", ["order first", "position first", "order never"])
def test_a_position_turned_by_hand_has_the_old_legs_cancelled_at_once(told: str) -> None:
    """They are on its side now: each would enlarge it."""
    room = Room().enter()
    hand = order(900, OrderStatus.FILLED, T.MARKET, Side.SELL, 3, 3)
    if told == "order first":
        room.venue.put(hand)
    room.venue.by_hand(-3)
    if told == "position first":
        room.venue.put(hand)
    room.run(0.05)
    at_once = len(room.venue.sent(CancelOrder))
    assert at_once == (0 if told == "order never" else 2), "its word alone may be an old one"
    room.run(2)
    assert flat(room)


def test_news_before_the_session_begins_is_only_remembered() -> None:
    room = Room()
    room.venue.by_hand(1)
    room.run(2)
    assert room.phases == []
    assert room.venue.requests == []
    room.start()
    room.run(1)
    assert flat(room)


def test_news_from_the_past_is_recorded_as_late_and_changes_nothing() -> None:
    room = Room().enter()
    (stop,) = [row for row in room.venue.working() if row.type is STOP]
    late = replace(stop, status=OrderStatus.SUSPENDED, stop=None)
    room.stage.send(OrderEvent(late, room.stage.now))
    assert room.stage.said(OrderLate)[-1] == OrderLate(MES, stop.id, "open 0", "suspended 0")
    room.run(2)
    assert room.phase is Phase.PROTECTED


def test_a_restarted_room_adopts_a_protected_position() -> None:
    room = Room().enter()
    room.stage.restart()
    room.run(1)
    assert room.phase is Phase.PROTECTED
    assert not room.venue.sent(CloseContract)
    room.venue.hit(STOP)
    room.run(1)
    assert flat(room)


def test_the_phase_is_repeated_for_another_room_that_has_restarted() -> None:
    room = Room().enter()
    said = len(room.phases)
    room.stage.send(ActorRestarted("order"))
    assert len(room.phases) == said
    room.stage.send(ActorRestarted("risk"))
    assert room.stage.said(PhaseChanged)[-1] == PhaseChanged(
        MES, Phase.PROTECTED, "bracket verified"
    )
    assert len(room.phases) == said + 1


def test_a_restarted_room_that_is_told_to_flatten_does_not_adopt() -> None:
    room = Room().enter()
    room.stage.restart()
    room.stage.send(Flatten(4, "again"))
    room.run(1)
    assert flat(room)
    assert [done.number for done in room.stage.said(Flattened)] == [4]


def test_another_contracts_events_are_not_ours() -> None:
    room = Room().start()
    room.venue.put(replace(order(5), contract="CON.F.US.MNQ.Z26"))
    room.run(1)
    assert room.phase is Phase.FLAT
    assert MES not in {m.contract for m in room.stage.said(CancelOrder)}


def found(size: int, *rows: Order, rules: Rules = PROTECT) -> Room:
    """A room that finds this at the venue when it starts."""
    venue = Venue()
    venue.position = size
    venue.orders = {row.id: row for row in rows}
    room = Room(venue, rules).start()
    room.run(1)
    return room


@pytest.mark.parametrize("size", [2, -2])
def test_an_uncovered_position_is_given_the_farthest_stop_and_its_target(size: int) -> None:
    room = found(size)
    side = 1 if size > 0 else -1
    stop, target = room.stage.said(PlaceOrder)
    assert (stop.stop, stop.size, stop.side) == (PRICE - 16 * side, 2, -side)
    assert (target.limit, target.size, target.side) == (PRICE + 24 * side, 2, -side)
    assert (room.phase, room.venue.position) == (Phase.PROTECTED, size)
    room.venue.hit(TARGET)
    room.run(1)
    assert flat(room)


def test_a_stop_that_covers_only_a_part_is_made_as_large_as_the_position() -> None:
    room = found(3, order(7, type=STOP, side=Side.SELL, size=1, stop=PRICE - 8))
    assert (room.phase, room.venue.covered) == (Phase.PROTECTED, True)
    assert room.venue.excess == 0
    assert [row.id for row in room.venue.working() if row.type is STOP] == [7]


def test_a_covered_position_keeps_its_orders_and_gets_none() -> None:
    room = found(1, order(7, type=STOP, side=Side.SELL, stop=PRICE - 8))
    assert room.phase is Phase.PROTECTED
    assert not room.stage.said(PlaceOrder)


def test_what_would_enlarge_a_position_that_is_taken_over_is_cancelled() -> None:
    room = found(1, order(9, type=TARGET, side=Side.BUY, limit=PRICE - 4))
    assert room.phase is Phase.PROTECTED
    assert room.venue.orders[9].status is OrderStatus.CANCELLED


def test_a_position_whose_stop_is_refused_is_closed() -> None:
    venue = Venue()
    venue.position, venue.placing = 1, "refuse"
    room = Room(venue, PROTECT).start()
    room.run(1)
    assert flat(room)
    assert alarms(room) == [AlarmKind.BRACKET_LOST]


def test_a_position_that_turns_up_later_is_given_a_stop_too() -> None:
    room = Room(rules=PROTECT).start()
    room.venue.by_hand(1)
    room.run(1)
    assert (room.phase, room.venue.covered) == (Phase.PROTECTED, True)


def test_told_to_flatten_it_gives_no_stop_but_closes() -> None:
    venue = Venue()
    venue.position = 1
    room = Room(venue, PROTECT, flatten_on_start=True).start()
    room.run(1)
    assert flat(room)
    room.venue.by_hand(1)
    room.stage.send(Flatten(1, "now"))
    room.run(1)
    assert flat(room)
    assert not room.stage.said(PlaceOrder)


@pytest.mark.parametrize("seconds", [0.012, 0.016, 0.02, 0.03])
def test_a_room_restarted_while_its_bracket_is_on_its_way_ends_flat_or_protected(
    seconds: float,
) -> None:
    room = Room(rules=replace(PROTECT, manual=True)).start()
    room.approve(size=2)
    room.run(seconds)
    room.stage.restart()
    room.run(3)
    assert min(room.venue.seen) == 0
    assert (room.phase is Phase.PROTECTED and room.venue.covered) or flat(room)
    assert not room.venue.excess
