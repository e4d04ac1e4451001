"""From a position to flat, whatever happens to closes and cancels on the way."""

import pytest
from msgspec.structs import replace

from actors.order.actor import OrderActor
from actors.order.entering import Rules
from messages.base import FINE, MILLISECOND, SECOND
from messages.control import Flatten, Flattened, FlattenFailed, SessionStarted
from messages.decision import SignalKind
from messages.market import Side
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    OrdersFound,
    OrderStatus,
    OrderType,
    Outcome,
    Phase,
    PhaseChanged,
    QueryFailed,
    QueryOrders,
)
from messages.position import Position, PositionsFound, QueryPositions
from tests.order.bench import (
    ASKED,
    LIMIT_RULES,
    MANUAL,
    MES,
    MICRO,
    PLACED,
    PRICE,
    RULES,
    STOP,
    TARGET,
    Room,
    Venue,
    flat,
    order,
)
from tests.runtime.stage import Stage


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


def test_every_question_of_a_way_out_is_urgent() -> None:
    room = Room().enter()
    room.approve(SignalKind.EXIT_LONG)
    room.run(1)
    asked = [m for _, m in room.venue.requests if isinstance(m, QueryOrders | QueryPositions)]
    assert all(question.urgent for question in asked)


def test_a_routine_question_that_fails_does_not_disturb_a_way_out() -> None:
    room = Room().enter()
    room.approve(SignalKind.EXIT_LONG)
    for _ in range(20):
        room.stage.send(QueryFailed("QueryOrders", "no_budget"), QueryFailed("QueryPositions", "x"))
    room.run(0.3)
    assert flat(room)


def test_where_no_request_is_left_for_questions_it_cancels_and_closes_on_what_was_heard() -> None:
    room = Room().enter()
    room.venue.reads, room.venue.failure = False, "no_budget"
    room.approve(SignalKind.EXIT_LONG)
    room.run(2)
    assert room.venue.position == 0
    assert len(room.venue.closes) == 1
    assert room.phase is Phase.EXITING, "flat is believed of nobody but the venue's answer"
    room.venue.reads = True
    room.run(2)
    assert flat(room)


def test_a_stranger_who_goes_on_trading_does_not_use_the_request_budget_up() -> None:
    room = Room().start()
    began = room.stage.now
    for second in range(300):
        room.stage.at(float(second), lambda: room.venue.by_hand(1))
    room.run(302)
    sent = [now for now, _ in room.venue.requests]
    most = max(sum(start <= at < start + 60 * SECOND for at in sent) for start in sent)
    assert most < 150
    assert max(room.venue.seen) <= 2
    closes = [at - began for at in room.venue.closes]
    opened = [0, *(-(-at // SECOND) * SECOND for at in closes)]
    assert max(close - since for since, close in zip(opened, closes, strict=False)) < 1.7 * SECOND
    assert flat(room)


def test_a_flatten_does_not_save_requests() -> None:
    room = Room().start()
    for second in range(40):
        room.stage.at(float(second), lambda: room.venue.by_hand(1))
    room.run(40.5)
    room.stage.send(Flatten(1, "test"))
    room.run(0.4)
    assert room.stage.said(Flattened)
    assert flat(room)


@pytest.mark.parametrize("stands_down", [False, True])
def test_a_flatten_that_its_deadline_has_passed_leaves_requests_for_when_it_can_be_done(
    stands_down: bool,
) -> None:
    room = Room().enter()
    room.venue.reads = False
    room.venue.closing = room.venue.cancelling = "refuse"
    began = room.stage.now
    room.stage.send(Flatten(1, "test"))
    for second in range(3, 60, 3):
        if stands_down:  # the lane is no better off
            room.stage.at(second, lambda: room.stage.send(FlattenFailed(1, "order", "late")))
            room.stage.at(second, lambda: room.stage.send(FlattenFailed(1, "emergency", "no")))
    room.run(60)
    sent = [at for at, _ in room.venue.requests if at >= began]
    assert len([at for at in sent if at < began + 3 * SECOND]) > 12, "it hurried at first"
    assert len(sent) < 170
    room.venue.reads, room.venue.closing, room.venue.cancelling = True, "accept", "accept"
    room.run(5)
    assert flat(room)


def test_a_position_that_has_waited_for_its_bracket_waits_no_more_to_save_requests() -> None:
    room = Room().start()
    for second in range(40):
        room.stage.at(float(second), lambda: room.venue.by_hand(1))
    room.run(44)
    assert flat(room)
    room.venue.children_open = False
    room.approve()
    began = room.stage.now
    room.run(3)
    assert room.venue.closes[-1] - began < RULES.bracket_deadline + 400 * MILLISECOND


def test_the_first_exits_of_a_minute_are_not_put_off() -> None:
    room = Room().start()
    for number in range(5):
        room.stage.at(number * 1.0, lambda: room.venue.by_hand(1))
    room.run(5)
    began = room.stage.now - 5 * SECOND
    assert len(room.venue.closes) == 5
    assert all((at - began) % SECOND < 50 * MILLISECOND for at in room.venue.closes)


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


@pytest.mark.parametrize("pondering", [0.1, 0.5, 0.9, 1.5])
@pytest.mark.parametrize("filled", [True, False])
def test_answers_slower_than_their_step_waits_are_heard_all_the_same(
    pondering: float, filled: bool
) -> None:
    """With the user hub silent too: each question was asked anew before its answer was there, and
    an orphan kept working.
    """
    room = Room(Venue()).enter()
    room.venue.fall_silent()
    room.venue.pondering = pondering
    if filled:
        room.venue.fill(next(leg for leg in room.venue.working() if leg.type is OrderType.STOP))
    room.stage.send(Flatten(1, "now"))
    room.run(0.5 + 8 * pondering)
    assert flat(room)
    assert room.venue.seen == [0, 1, 0]
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


def test_contracts_that_leave_together_put_their_questions_once() -> None:
    venue = Venue()
    contracts = (MES, "CON.F.US.ENQ.Z26", "CON.F.US.M2K.Z26")
    instruments = tuple(replace(MICRO, id=contract) for contract in contracts)
    ports = {"gateway": (venue, PLACED), "queries": (venue, ASKED)}
    stage = venue.stage = Stage("order", OrderActor, instruments, RULES, False, ports=ports)
    stage.send(SessionStarted(stage.now))
    stage.run(0.5)
    flat_now = [c.contract for c in stage.said(PhaseChanged) if c.phase is Phase.FLAT]
    assert sorted(flat_now) == sorted(contracts)
    assert len(venue.sent(QueryOrders)) == 1
    assert len(venue.sent(QueryPositions)) == 2, "the reading, and the proof"
    stage.send(Flatten(1, "test"))
    stage.run(0.5)
    (flattened,) = stage.said(Flattened)
    assert flattened.number == 1
    assert len(venue.sent(QueryOrders)) == 2


@pytest.mark.parametrize("rules", [RULES, MANUAL])
def test_once_the_close_is_told_to_have_filled_the_stop_goes_before_anything_is_read(
    rules: Rules,
) -> None:
    """A reading may be lost; meanwhile the stop could open the other side."""
    room = Room(rules=rules).enter()
    room.approve(SignalKind.EXIT_LONG)
    room.run(0.025)
    assert room.venue.sent(CloseContract)
    room.venue.reads = False
    room.run(0.04)
    assert room.venue.position == 0
    assert not room.venue.working()
    room.venue.reads = True
    room.run(3)
    assert flat(room)


def test_a_word_of_flat_from_before_the_fills_cancels_no_stop() -> None:
    """The close has been sent, and an old word of flat arrives: the stop stays."""
    room = Room().start()
    flat_word = room.venue.position_event()
    room.approve()
    room.run(0.3)
    room.venue.closing = "lose the request"
    room.approve(SignalKind.EXIT_LONG)
    room.run(0.1)
    room.stage.send(flat_word())
    room.run(0.5)
    assert room.venue.covered


def test_a_list_from_before_the_way_out_is_no_reading_of_it() -> None:
    room = Room().enter()
    before = room.stage.now
    room.run(1)
    room.venue.reads = False
    held = PositionsFound((Position(MES, 1, PRICE * FINE),), room.stage.now)
    room.stage.send(Flatten(1, "why"), OrdersFound(tuple(room.venue.working()), before), held)
    assert room.phase is Phase.EXITING
    assert not room.venue.sent(CancelOrder)
    room.venue.reads = True
    room.run(3)
    assert flat(room)
