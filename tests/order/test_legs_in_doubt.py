"""A leg of ours that is refused, or whose answer does not come: found, or proven absent."""

import pytest

from actors.order.bracket import Bracket
from actors.order.view import View
from messages.base import FINE, SECOND
from messages.control import AlarmKind, Flatten, Flattened, FlattenFailed
from messages.order import (
    OrdersFound,
    Outcome,
    Phase,
    PlaceOrder,
    PlaceResult,
    Purpose,
)
from tests.order.bench import MANUAL, MES, PRICE, STOP, Room, Venue, alarms, flat, order


def manual(venue: Venue | None = None) -> Room:
    return Room(venue, MANUAL)


def entered(venue: Venue | None = None, size: int = 1) -> Room:
    return manual(venue).enter(size=size)


def tags(room: Room) -> list[str]:
    return [order.tag for order in room.stage.said(PlaceOrder)]


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
    entry = tags(room)[0]
    assert tags(room) == [entry, f"{entry}-SL", f"{entry}-SL2", f"{entry}-SL3"]


def test_an_entry_refused_for_position_brackets_places_nothing_instead() -> None:
    venue = Venue()
    venue.placing = "refuse"
    venue.refusal = "Brackets cannot be used with Position Brackets enabled"
    room = manual(venue).start()
    room.approve()
    room.run(2)
    assert alarms(room) == [AlarmKind.POSITION_BRACKETS]
    assert len(tags(room)) == 1


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


@pytest.mark.parametrize(
    ("since", "asked", "listed", "proven"),
    [(0, 5, (), True), (None, 5, (), False), (0, 4, (), False), (0, 5, ("ff-1-SL",), False)],
    ids=["whole and later", "of working orders only", "too soon", "it is there"],
)
def test_what_proves_that_a_leg_is_not_there(
    since: int | None, asked: int, listed: tuple[str, ...], *, proven: bool
) -> None:
    tenth = SECOND // 10
    view = View(MES)
    view.hear_position(1, 1, PRICE * FINE)
    view.accept()
    bracket = Bracket(MES, "ff-1", -8, 12)
    (stop,) = bracket.tend(view, 2 * tenth)
    assert isinstance(stop, PlaceOrder)
    doubt = PlaceResult(MES, stop.tag, Purpose.STOP, Outcome.UNKNOWN, None, "http_500")
    bracket.placed(doubt, 3 * tenth)
    rows = tuple(order(7, type=STOP, tag=tag) for tag in listed)
    bracket.read(OrdersFound(rows, asked * tenth, since))
    assert (not bracket.unproven(view, 6 * tenth)) is proven
    again = [r.tag for r in bracket.tend(view, 6 * tenth) if isinstance(r, PlaceOrder)]
    assert again == (["ff-1-SL2"] if proven else [])
