"""Planted violations of BOUNDED, and what does not break it."""

import pytest
from msgspec.structs import replace

from messages.market import Quote, Side
from messages.order import OrdersFound, OrderType, PlaceOrder, PlaceResult, Purpose
from messages.order import Outcome as Answer
from tests.session.planting import found
from tests.session.story import ENTRY, MES, Story, ended, entered, left, place, stop_leg

OTHER = "CON.F.US.MNQ.H25"


def test_an_entry_that_could_exceed_the_maximum_breaks_bounded() -> None:
    def twice(story: Story) -> None:
        story.quote()
        story.tell(place("ff-2"))

    assert found(entered, twice, left, ended) == {"BOUNDED": 1}


def test_entries_under_way_count_before_the_venue_has_told_them() -> None:
    def hasty(story: Story) -> None:
        story.tell(place("ff-2"))
        story.tell(place("ff-3"))

    assert found(hasty, ended) == {"BOUNDED": 1}


def test_an_entry_after_a_refused_one_is_within_bounds() -> None:
    def refused(story: Story) -> None:
        story.tell(place("ff-2"))
        answer = PlaceResult(MES, "ff-2", Purpose.ENTRY, Answer.REFUSED, None, "rejected")
        story.tell(answer)
        story.tell(place("ff-3"))

    assert found(refused, ended) == {}


def test_an_accepted_entry_that_a_later_search_does_not_list_is_no_longer_under_way() -> None:
    """Its events were lost: filled and closed, or cancelled."""

    def lost(story: Story) -> None:
        story.tell(place("ff-2"))
        answer = PlaceResult(MES, "ff-2", Purpose.ENTRY, Answer.ACCEPTED, ENTRY, "success")
        story.tell(answer)
        story.wait(10)
        story.tell(OrdersFound((), story.at))
        story.tell(place("ff-3"))

    assert found(lost, ended) == {}


def test_an_unanswered_entry_stays_under_way_though_no_search_lists_it() -> None:
    def unknown(story: Story) -> None:
        story.tell(place("ff-2"))
        answer = PlaceResult(MES, "ff-2", Purpose.ENTRY, Answer.UNKNOWN, None, "timeout")
        story.tell(answer)
        story.wait(10)
        story.tell(OrdersFound((), story.at))
        story.tell(place("ff-3"))

    assert found(unknown, ended) == {"BOUNDED": 1}


@pytest.mark.parametrize(
    ("seconds", "back", "broken"),
    [(5.0, 1, {}), (4.999, 1, {"BOUNDED": 1}), (5.0, -1, {"BOUNDED": 1})],
    ids=["proven", "too soon", "does not go back"],
)
def test_a_late_search_back_to_its_sending_proves_an_unanswered_entry_unplaced(
    seconds: float, back: int, broken: dict[str, int]
) -> None:
    def unplaced(story: Story) -> None:
        sent = story.at
        story.tell(place("ff-2"))
        answer = PlaceResult(MES, "ff-2", Purpose.ENTRY, Answer.UNKNOWN, None, "http_401")
        story.tell(answer)
        story.wait(seconds * 1_000)
        story.tell(OrdersFound((), story.at, sent - back))
        story.quote()
        story.tell(place("ff-3"))

    assert found(unplaced, ended) == broken


@pytest.mark.parametrize(
    ("seconds", "code", "broken"),
    [
        (0.2, "http_401", {}),
        (0.199, "http_401", {"BOUNDED": 1}),
        (4.999, "timed_out", {"BOUNDED": 1}),
        (5.0, "timed_out", {}),
    ],
)
def test_a_leg_that_was_answered_in_vain_may_be_replaced_once_it_is_proven_unplaced(
    seconds: float, code: str, broken: dict[str, int]
) -> None:
    def replaced(story: Story) -> None:
        story.tell(target("ff-1-TP"))
        sent = story.at
        story.tell(PlaceResult(MES, "ff-1-TP", Purpose.TARGET, Answer.UNKNOWN, None, code))
        story.wait(seconds * 1_000)
        story.tell(OrdersFound((), story.at, sent))
        story.tell(target("ff-1-TP2"))

    def target(tag: str) -> PlaceOrder:
        return PlaceOrder(MES, tag, Purpose.TARGET, OrderType.LIMIT, Side.SELL, 1, limit=24_300)

    assert found(replaced, ended) == broken


def test_entries_of_two_contracts_are_bounded_each_for_itself() -> None:
    def two(story: Story) -> None:
        story.tell(place("ff-2"))
        story.tell(Quote(OTHER, story.at, story.at, 1, 2))
        story.tell(replace(place("ff-3"), contract=OTHER))

    assert found(two, ended) == {}


def test_the_two_legs_of_a_bracket_count_once() -> None:
    def sell(story: Story) -> None:
        story.tell(PlaceOrder(MES, "ff-2", Purpose.STOP, OrderType.STOP, Side.SELL, 1, stop=24_190))

    assert found(entered, sell, left, ended) == {}


@pytest.mark.parametrize(("seconds", "broken"), [(5.0, {}), (5.001, {"BOUNDED": 1})])
def test_a_position_from_outside_may_exceed_the_maximum_for_five_seconds(
    seconds: float, broken: dict[str, int]
) -> None:
    def outside(story: Story) -> None:
        story.order(stop_leg(size=2))
        story.position(2)
        story.wait(seconds * 1_000)
        story.position(0)

    assert found(outside, ended) == broken
