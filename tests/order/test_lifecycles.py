"""Whole lifecycles against a small venue, in virtual time."""

import pytest
from msgspec.structs import replace

from messages.control import ActorRestarted, Alarm, AlarmKind, Flatten, Flattened, Latch, Unlatch
from messages.decision import Denial, Denied, SignalKind
from messages.market import Side
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    OrderEvent,
    OrderLate,
    OrderStatus,
    OrderType,
    Outcome,
    Phase,
    PhaseChanged,
    PlaceOrder,
    QueryFailed,
    QueryOrders,
)
from messages.position import QueryPositions
from tests.order.bench import MES, RULES, Room, Venue, order

STOP, TARGET = OrderType.STOP, OrderType.LIMIT
LIMIT_RULES = replace(RULES, order_type=OrderType.LIMIT)


def alarms(room: Room) -> list[AlarmKind]:
    return [alarm.kind for alarm in room.stage.said(Alarm)]


def flat(room: Room) -> bool:
    """Said to be flat, and truly so."""
    venue = room.venue
    return room.phase is Phase.FLAT and venue.position == 0 and not venue.working()


# Entries


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


# Brackets


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
    room = Room().enter()
    (stop,) = [row for row in room.venue.working() if row.type is STOP]
    room.venue.put(replace(stop, stop=23_000))
    room.run(5)
    assert room.phase is Phase.PROTECTED
    assert not alarms(room)


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


# Exits


def test_an_exit_cancels_the_target_first_then_closes_then_cancels_the_stop() -> None:
    room = Room().enter()
    room.approve(SignalKind.EXIT_LONG)
    room.run(1)
    assert flat(room)
    steps = [m for _, m in room.venue.requests if isinstance(m, CancelOrder | CloseContract)]
    target, close, stop = steps
    assert isinstance(target, CancelOrder)
    assert isinstance(stop, CancelOrder)
    assert room.venue.orders[target.order].type is TARGET
    assert isinstance(close, CloseContract)
    assert room.venue.orders[stop.order].type is STOP


def test_a_reverse_only_goes_flat_and_leaves_the_entry_to_another_verdict() -> None:
    room = Room().enter()
    room.approve(SignalKind.REVERSE_TO_SHORT)
    room.run(2)
    assert flat(room)
    assert min(room.venue.seen) == 0
    room.approve(SignalKind.SHORT_ENTRY)
    room.run(1)
    assert (room.phase, room.venue.position) == (Phase.PROTECTED, -1)


def test_an_exit_signal_with_nothing_to_exit_is_answered() -> None:
    room = Room().start()
    room.approve(SignalKind.FLATTEN)
    room.approve(SignalKind.FLATTEN)
    assert room.phases[-2:] == [Phase.FLAT, Phase.FLAT]
    assert room.reasons[-1] == "nothing to exit: start"


def test_an_exit_signal_while_the_entry_still_works_withdraws_it() -> None:
    venue = Venue()
    venue.entry_fills = False
    room = Room(venue, LIMIT_RULES).start()
    room.approve()
    room.run(0.5)
    room.approve(SignalKind.FLATTEN)
    room.run(1)
    assert flat(room)


def test_a_close_that_is_refused_is_tried_again_more_and_more_rarely() -> None:
    room = Room().enter()
    room.venue.closing = "refuse"
    room.approve(SignalKind.EXIT_LONG)
    room.run(0.5)
    assert len(room.venue.sent(CloseContract)) == 3
    room.run(19.5)
    assert 10 <= len(room.venue.sent(CloseContract)) <= 25
    assert len(room.venue.sent(QueryOrders)) <= 30
    assert room.venue.covered
    room.venue.closing = "accept"
    room.run(3)
    assert flat(room)


@pytest.mark.parametrize("patience", [0.4, 2.5, 5.0])
@pytest.mark.parametrize("way", ["lose the answer", "lose the request"])
def test_a_close_without_an_answer_is_never_doubled_while_it_may_be_in_flight(
    way: str, patience: float
) -> None:
    room = Room().enter()
    room.venue.closing, room.venue.patience = way, patience
    room.approve(SignalKind.EXIT_LONG)
    room.run(patience + 0.9)
    assert len(room.venue.sent(CloseContract)) == 1
    room.venue.closing = "accept"
    room.run(4)
    assert flat(room)
    assert min(room.venue.seen) == 0
    assert len(room.venue.sent(CloseContract)) == (1 if way == "lose the answer" else 2)


def test_a_target_that_cannot_be_cancelled_holds_the_close_up_but_not_for_ever() -> None:
    room = Room().enter()
    room.venue.cancelling = "refuse"
    room.approve(SignalKind.EXIT_LONG)
    room.run(1.4)
    assert not room.venue.sent(CloseContract)
    room.run(1.6)
    assert room.venue.position == 0
    assert room.phase is Phase.EXITING  # not done while anything works
    room.venue.cancelling = "accept"
    room.run(2)
    assert flat(room)


def test_nothing_is_concluded_while_the_venue_cannot_be_read() -> None:
    room = Room().enter()
    room.venue.reads = False
    asked = len(room.venue.sent(QueryOrders))
    room.approve(SignalKind.EXIT_LONG)
    room.stage.send(QueryFailed("QueryFills", "timed_out"))  # another room's
    room.run(0.35)
    assert len(room.venue.sent(QueryOrders)) == asked + 2
    room.run(10)
    assert room.phase is Phase.EXITING
    assert len(room.venue.sent(QueryOrders)) < asked + 20
    assert not room.venue.sent(CloseContract)
    room.venue.reads = True
    room.run(2)
    assert flat(room)


def test_an_answer_to_a_cancel_that_nobody_waits_for_changes_nothing() -> None:
    room = Room().enter()
    room.stage.send(CancelResult(MES, 101, Outcome.ACCEPTED, "Success"))
    room.run(1)
    assert room.phase is Phase.PROTECTED


def test_an_order_on_its_way_to_its_fill_is_waited_for_in_small_steps() -> None:
    room = Room().enter()
    market = order(900, OrderStatus.PENDING, OrderType.MARKET, Side.SELL)
    room.venue.put(market)
    room.run(0.1)
    room.approve(SignalKind.EXIT_LONG)
    room.run(0.25)
    assert not room.venue.sent(CloseContract)
    room.venue.fill(market)
    room.run(0.5)
    assert flat(room)
    assert not room.venue.sent(CloseContract)


# Flattens


def test_a_flatten_of_a_flat_contract_is_answered_by_the_venues_own_word() -> None:
    room = Room().start()
    asked = len(room.venue.requests)
    room.stage.send(Flatten(3, "why"))
    assert not room.stage.said(Flattened)
    room.run(1)
    (done,) = room.stage.said(Flattened)
    assert (done.number, done.reason) == (3, "why")
    assert done.took > 0
    assert len(room.venue.requests) > asked


def test_the_time_to_flat_is_counted_from_the_first_time_it_was_told() -> None:
    room = Room().enter()
    room.venue.closing = "refuse"
    room.stage.send(Flatten(1, "a"))
    room.run(1)
    room.stage.send(Flatten(1, "a"))
    room.venue.closing = "accept"
    room.run(3)
    (done,) = room.stage.said(Flattened)
    assert done.took > 1_000_000_000


def test_flattens_join_an_exit_under_way_and_each_is_answered_once() -> None:
    room = Room().enter()
    room.approve(SignalKind.EXIT_LONG)
    room.stage.send(Flatten(1, "a"), Flatten(1, "a"), Flatten(2, "b"))
    room.run(2)
    assert flat(room)
    assert [done.number for done in room.stage.said(Flattened)] == [1, 2]
    assert len(room.venue.sent(CloseContract)) == 1
    assert "flatten: b" in room.reasons


def test_a_flatten_waits_for_an_entry_that_is_still_on_its_way_to_the_venue() -> None:
    venue = Venue()
    venue.travel = 0.8
    room = Room(venue).start()
    room.approve()
    room.stage.send(Flatten(1, "now"))
    room.run(0.7)
    assert not room.stage.said(Flattened)
    room.run(3)
    assert flat(room)
    assert venue.seen == [0, 1, 0]
    assert len(room.stage.said(Flattened)) == 1


@pytest.mark.parametrize("way", ["lose the answer", "lose the request"])
def test_a_flatten_is_not_done_while_an_unanswered_entry_is_unproven(way: str) -> None:
    venue = Venue(lambda number: ())
    venue.placing, venue.patience, venue.travel = way, 2.0, 4.0
    room = Room(venue).start()
    room.approve()
    room.stage.send(Flatten(1, "now"))
    room.run(3.9)
    assert not room.stage.said(Flattened)
    assert room.phase is Phase.EXITING
    room.run(8)
    assert flat(room)
    assert len(room.stage.said(Flattened)) == 1


def test_a_fill_between_the_two_answers_of_one_reading_is_not_overlooked() -> None:
    """The position is read, then the entry fills, then the orders are read: both look clean."""
    venue = Venue(lambda number: ())
    venue.children_open = False
    room = Room(venue).start()
    room.approve()
    room.run(0.03)
    assert venue.position == 1
    for kind in (STOP, TARGET):
        venue.lose(kind)
    venue.old_positions = 1
    room.stage.send(Flatten(1, "now"))
    room.run(3)
    assert flat(room)


# Positions from elsewhere


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


# Restarts


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
