"""From an approved signal to a protected position, against a small venue in virtual time."""

import pytest
from msgspec.structs import replace

from actors.order.entering import Rules
from messages.control import Alarm, AlarmKind, Latch, Unlatch
from messages.decision import Denial, Denied, SignalKind
from messages.market import Side
from messages.order import (
    CancelOrder,
    CloseContract,
    OrderStatus,
    OrderType,
    Phase,
    PlaceOrder,
    QueryOrders,
    StopMoved,
)
from messages.position import QueryPositions
from tests.order.bench import (
    LIMIT_RULES,
    PRICE,
    STOP,
    TARGET,
    Room,
    Venue,
    alarms,
    closed,
    flat,
    order,
)


def test_an_entry_is_one_bracketed_order_and_becomes_a_protected_position() -> None:
    room = Room().enter()
    assert room.phases == [Phase.EXITING, Phase.FLAT, Phase.ENTERING, Phase.PROTECTED]
    (placed,) = room.stage.said(PlaceOrder)
    assert (placed.side, placed.size, placed.stop_bracket, placed.target_bracket) == (
        Side.BUY,
        1,
        -8,
        12,
    )
    assert room.venue.covered
    assert not alarms(room)
    room.run(30)
    assert room.phase is Phase.PROTECTED
    assert not room.stage.said(CloseContract)


def test_a_short_entry_is_protected_by_a_stop_above_it() -> None:
    room = Room().enter(SignalKind.SHORT_ENTRY)
    assert (room.venue.position, room.venue.covered) == (-1, True)


def test_no_entry_before_the_venue_has_been_read() -> None:
    room = Room()
    room.approve()
    assert [denied.code for denied in room.stage.said(Denied)] == [Denial.STALE_ORDERS]
    assert not room.stage.said(PlaceOrder)


def test_no_second_entry_while_one_is_under_way_or_held() -> None:
    room = Room().start()
    room.approve()
    room.approve()
    room.run(0.5)
    room.approve()
    codes = [denied.code for denied in room.stage.said(Denied)]
    assert codes == [Denial.STALE_ORDERS, Denial.IN_POSITION]
    assert len(room.stage.said(PlaceOrder)) == 1


def test_no_entry_while_any_latch_is_set() -> None:
    room = Room().start()
    room.stage.send(Latch("a", ""), Latch("b", ""), Unlatch("a", ""))
    room.approve()
    assert [denied.code for denied in room.stage.said(Denied)] == [Denial.LATCHED]
    room.stage.send(Unlatch("b", ""))
    room.approve()
    assert len(room.stage.said(PlaceOrder)) == 1


def test_a_latch_does_not_hold_back_an_exit() -> None:
    room = Room().enter()
    room.stage.send(Latch("a", ""))
    room.approve(SignalKind.EXIT_LONG)
    room.run(1)
    assert flat(room)


def test_a_refused_entry_ends_flat_without_alarm() -> None:
    venue = Venue()
    venue.placing = "refuse"
    room = Room(venue).start()
    room.approve()
    room.run(1)
    assert flat(room)
    assert room.reasons[-1] == "entry refused: OrderRejected"
    assert not alarms(room)


def test_a_refusal_for_position_brackets_is_alarmed_and_nothing_is_sent_instead() -> None:
    venue = Venue()
    venue.placing = "refuse"
    venue.refusal = "Brackets cannot be used with Position Brackets enabled"
    room = Room(venue).start()
    room.approve()
    room.run(2)
    assert alarms(room) == [AlarmKind.POSITION_BRACKETS]
    assert flat(room)
    assert len(venue.sent(PlaceOrder)) == 1


def test_an_unanswered_entry_is_found_by_its_tag_and_kept() -> None:
    venue = Venue(lambda number: ())  # the hub says nothing at all
    venue.placing, venue.patience = "lose the answer", 1.0
    room = Room(venue).start()
    room.approve()
    room.run(3)
    assert Phase.UNKNOWN in room.phases
    assert (room.phase, venue.position, venue.covered) == (Phase.PROTECTED, 1, True)
    assert len(venue.sent(PlaceOrder)) == 1


def test_an_unanswered_entry_that_is_nowhere_is_alarmed_and_flattened_never_resent() -> None:
    venue = Venue()
    venue.placing, venue.patience = "lose the request", 5.0
    room = Room(venue).start()
    room.approve()
    room.run(9.5)
    assert room.phase is Phase.UNKNOWN
    room.run(4)
    assert alarms(room) == [AlarmKind.UNKNOWN_OUTCOME]
    assert flat(room)
    assert len(venue.sent(PlaceOrder)) == 1


def test_an_accepted_entry_of_which_no_event_comes_is_found_by_asking() -> None:
    venue = Venue(lambda number: ())
    room = Room(venue).start()
    room.approve()
    room.run(8)
    assert (room.phase, venue.position, venue.covered) == (Phase.PROTECTED, 1, True)


def test_an_accepted_entry_is_asked_for_when_nothing_has_been_heard_of_it_for_a_moment() -> None:
    venue = Venue(lambda number: ())
    room = Room(venue).start()
    asked = len(venue.sent(QueryOrders))
    room.approve()
    room.run(0.55)
    assert len(venue.sent(QueryOrders)) == asked
    room.run(0.4)
    assert room.phase is Phase.PROTECTED


def test_an_entry_not_filled_in_time_is_cancelled_with_its_children() -> None:
    venue = Venue()
    venue.entry_fills = False
    room = Room(venue, LIMIT_RULES).start()
    room.approve()
    room.run(4.9)
    assert room.phase is Phase.ENTERING
    room.run(2)
    assert flat(room)
    assert room.reasons[-1] == "entry not filled in time"


def test_a_cancelled_entry_ends_flat() -> None:
    venue = Venue()
    venue.entry_fills = False
    room = Room(venue, LIMIT_RULES).start()
    room.approve()
    room.run(1)
    (entry,) = [row for row in venue.working() if row.parent is None]
    venue.put(replace(entry, status=OrderStatus.CANCELLED))
    room.run(1)
    assert flat(room)
    assert room.reasons[-1] == "entry cancelled"


@pytest.mark.parametrize("leg", [STOP, TARGET])
def test_a_bracket_leg_missing_after_the_entry_flattens_by_its_deadline(leg: OrderType) -> None:
    venue = Venue()
    room = Room(venue).start()
    room.approve()
    room.stage.at(0.012, lambda: venue.lose(leg))
    room.run(1.4)
    assert room.phase is Phase.ENTERING
    room.run(1)
    assert alarms(room) == [AlarmKind.BRACKET_LOST]
    assert flat(room)


def test_a_stop_lost_later_is_noticed_and_flattened_within_a_second() -> None:
    room = Room().enter()
    room.venue.lose(STOP)
    room.run(1)
    assert alarms(room) == [AlarmKind.BRACKET_LOST]
    assert flat(room)


def test_a_lost_stop_is_looked_for_at_the_venue_before_anything_is_done() -> None:
    room = Room().enter()
    seen = len(room.venue.requests)
    room.venue.lose(STOP)
    room.run(0.31)
    looks = [type(message) for _, message in room.venue.requests[seen:]]
    assert looks == [QueryOrders, QueryPositions]


def test_a_target_lost_later_is_not_worth_a_flatten() -> None:
    room = Room().enter()
    room.venue.lose(TARGET)
    room.run(5)
    assert room.phase is Phase.PROTECTED


def test_a_bracket_at_the_wrong_price_is_alarmed_and_flattened() -> None:
    venue = Venue()
    venue.shift = -4
    room = Room(venue).start()
    room.approve()
    room.run(1)
    assert alarms(room) == [AlarmKind.BRACKET_LOST]
    assert "expected -8" in room.stage.said(Alarm)[0].words
    assert flat(room)


def test_a_bracket_at_the_wrong_price_is_noticed_when_the_fill_is_told_last() -> None:
    # events: 2 of the start are none; stop, entry, target, then the fill is the fourth
    venue = Venue(lambda number: (0.3,) if number == 4 else (0.0,))
    venue.shift = -4
    room = Room(venue).start()
    room.approve()
    room.run(2)
    assert alarms(room) == [AlarmKind.BRACKET_LOST]
    assert flat(room)


def test_a_stop_moved_by_hand_is_accepted_while_it_covers() -> None:
    room = Room().enter(size=2)
    (stop,) = [row for row in room.venue.working() if row.type is STOP]
    room.venue.put(replace(stop, stop=23_000))
    room.run(5)
    assert room.phase is Phase.PROTECTED
    assert alarms(room) == [AlarmKind.STOP_MOVED]
    (moved,) = room.stage.said(StopMoved)
    assert (moved.order, moved.was, moved.stop) == (stop.id, 23_992, 23_000)
    assert moved.risk == 1_000 * 2 * 12_500


@pytest.mark.parametrize("leg", [STOP, TARGET])
def test_a_hit_leg_ends_flat_with_the_other_leg_gone(leg: OrderType) -> None:
    room = Room().enter()
    room.venue.hit(leg)
    room.run(1)
    assert flat(room)
    assert room.reasons[-1] == "sweep"
    assert not room.venue.sent(CloseContract)
    assert not alarms(room)


def test_an_orphan_that_the_venue_leaves_working_is_swept() -> None:
    room = Room().enter()
    (stop,) = [row for row in room.venue.working() if row.type is STOP]
    room.venue.fill(stop)  # and its sibling stays
    room.run(1)
    assert flat(room)
    assert len(room.venue.sent(CancelOrder)) == 1


@pytest.mark.parametrize(
    ("kind", "limit"), [(SignalKind.LONG_ENTRY, 24_003 + 2), (SignalKind.SHORT_ENTRY, 24_001 - 2)]
)
@pytest.mark.parametrize("rules", [LIMIT_RULES, replace(LIMIT_RULES, manual=True)])
def test_a_limit_entry_reaches_beyond_the_quote_of_its_bar(
    kind: SignalKind, limit: int, rules: Rules
) -> None:
    room = Room(rules=rules).start()
    room.stage.send(closed(bid=24_001, ask=24_003))
    room.approve(kind)
    room.run(1)
    entry = room.stage.said(PlaceOrder)[0]
    assert (entry.type, entry.limit) == (OrderType.LIMIT, limit)
    assert room.phase is Phase.PROTECTED


def test_a_limit_entry_without_a_book_reaches_beyond_the_price_it_was_decided_on() -> None:
    room = Room(rules=LIMIT_RULES).start()
    room.stage.send(closed(bid=0, ask=0))
    room.approve()
    assert room.stage.said(PlaceOrder)[0].limit == PRICE + 2


@pytest.mark.parametrize("rules", [LIMIT_RULES, replace(LIMIT_RULES, manual=True)])
def test_an_entry_filled_in_part_at_its_deadline_keeps_what_it_has_at_its_size(
    rules: Rules,
) -> None:
    venue = Venue()
    venue.parts = (1, 1)
    room = Room(venue, rules).start()
    room.approve(size=3)
    room.run(4.9)
    assert (room.phase, venue.position) == (Phase.PROTECTED, 2)
    assert not venue.sent(CancelOrder)
    room.run(3)
    assert (room.phase, venue.position) == (Phase.PROTECTED, 2)
    assert sorted(row.size for row in venue.working()) == [2, 2]
    assert len(venue.sent(CancelOrder)) == 1
    assert venue.excess == 0
    assert not venue.sent(CloseContract)
    venue.hit(TARGET)
    room.run(1)
    assert flat(room)


def test_the_rest_of_an_entry_is_withdrawn_until_it_is_gone() -> None:
    venue = Venue()
    venue.parts, venue.cancelling = (1,), "refuse"
    room = Room(venue, LIMIT_RULES).start()
    room.approve(size=2)
    room.run(8)
    venue.cancelling = "accept"
    room.run(2)
    assert (room.phase, venue.position) == (Phase.PROTECTED, 1)
    assert len(venue.working()) == 2, "the legs"


def test_a_stop_hit_while_the_entry_fills_withdraws_the_rest_of_it() -> None:
    venue = Venue()
    venue.parts = (1,)
    room = Room(venue, LIMIT_RULES).start()
    room.approve(size=3)
    room.run(0.3)
    venue.hit(STOP)
    room.run(1)
    assert flat(room)
    assert max(venue.seen) == 1


def test_an_order_that_works_while_flat_is_cancelled() -> None:
    room = Room().start()
    room.venue.put(order(900, type=TARGET, side=Side.BUY, limit=23_900))
    room.run(1)
    assert flat(room)
    assert "orphan" in room.reasons


@pytest.mark.parametrize("kind", [SignalKind.LONG_ENTRY, SignalKind.SHORT_ENTRY])
def test_a_bracket_that_the_venue_leaves_too_large_is_closed(kind: SignalKind) -> None:
    """Somebody has closed a part by hand: the rest of the legs would open the other side."""
    room = Room().enter(kind, size=2)
    room.venue.by_hand(-room.venue.position // 2)
    room.run(1)
    assert room.phase is Phase.PROTECTED
    room.run(1.5)
    assert flat(room)
    assert alarms(room) == [AlarmKind.BRACKET_LOST]
