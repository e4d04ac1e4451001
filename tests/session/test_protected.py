"""Planted violations of PROTECTED, and what does not break it."""

import pytest

from messages.control import Flatten, Flattened
from messages.market import Side
from messages.order import CloseContract, OrdersFound, OrderStatus, OrderType
from messages.position import PositionsFound
from tests.session.planting import Check, Plant, found
from tests.session.story import (
    MES,
    Story,
    ended,
    entered,
    left,
    order,
    started,
    stop_leg,
    target_leg,
)


def bare(seconds: float) -> Plant:
    def plant(story: Story) -> None:
        entered(story, legs=False)
        story.wait(seconds * 1_000)
        story.order(stop_leg())

    return plant


def flatten(story: Story) -> None:
    story.tell(Flatten(1, "bracket lost"))


def test_a_position_without_a_stop_for_more_than_two_seconds_breaks_protected() -> None:
    assert found(bare(2.001), left, ended) == {"PROTECTED": 1}


def test_two_seconds_without_a_stop_are_allowed() -> None:
    assert found(bare(2.0), left, ended) == {}


def test_a_suspended_stop_does_not_cover() -> None:
    def suspended(story: Story) -> None:
        entered(story, legs=False)
        story.order(stop_leg(OrderStatus.SUSPENDED))
        story.wait(2_500)

    assert found(suspended, left, ended) == {"PROTECTED": 1}


def test_a_stop_of_part_of_the_size_does_not_cover() -> None:
    def partly(story: Story) -> None:
        story.order(stop_leg(size=1))
        story.position(2)
        story.wait(2_500)
        story.position(1)
        story.order(stop_leg(OrderStatus.CANCELLED))
        story.position(0)

    assert found(partly, ended) == {"PROTECTED": 1}


def test_a_stop_larger_than_the_position_covers() -> None:
    def more(story: Story) -> None:
        story.order(stop_leg(size=3))
        story.position(1)
        story.wait(3_000)
        story.position(0)

    assert found(more, ended) == {}


@pytest.mark.parametrize(
    ("side", "kind"), [(Side.BUY, OrderType.STOP), (Side.SELL, OrderType.STOP_LIMIT)]
)
def test_only_a_real_stop_on_the_closing_side_covers(side: Side, kind: OrderType) -> None:
    def wrong(story: Story) -> None:
        story.order(order(5, kind=kind, side=side, stop=24_190))
        story.position(1)
        story.wait(2_500)
        story.position(0)

    assert found(wrong, ended) == {"PROTECTED": 1}


def test_a_flatten_begun_in_time_excuses_what_is_still_uncovered() -> None:
    def saved(story: Story) -> None:
        entered(story, legs=False)
        story.wait(1_900)
        flatten(story)
        story.wait(5_000)

    assert found(saved, left, ended) == {}


def test_a_flatten_begun_too_late_does_not() -> None:
    def late(story: Story) -> None:
        entered(story, legs=False)
        story.wait(2_100)
        flatten(story)

    assert found(late, left, ended) == {"PROTECTED": 1}


def test_a_close_of_the_contract_counts_as_its_flatten() -> None:
    def closed(story: Story) -> None:
        entered(story, legs=False)
        story.tell(CloseContract(MES))
        story.wait(3_000)

    assert found(closed, left, ended) == {}


def test_a_flatten_that_is_over_excuses_nothing() -> None:
    def over(story: Story) -> None:
        flatten(story)
        story.tell(Flattened(1, "bracket lost", 5))

    assert found(over, bare(2.5), left, ended) == {"PROTECTED": 1}


def test_an_uncovered_position_at_the_end_of_the_records_is_judged() -> None:
    check = Check()
    story = Story(check)
    started(story)
    entered(story, legs=False)
    story.wait(3_000)
    story.quote()
    assert check.invariants.violations()["PROTECTED"] == 1
    check.invariants.close()
    assert check.invariants.violations()["PROTECTED"] == 1


def test_an_order_search_that_no_longer_lists_the_stop_shows_the_loss() -> None:
    def lost(story: Story) -> None:
        entered(story)
        story.wait(100)
        story.tell(OrdersFound((target_leg(),), story.at))
        story.wait(2_500)

    assert found(lost, left, ended) == {"PROTECTED": 1}


def test_a_position_search_ends_what_the_hub_did_not_tell() -> None:
    def told_by_rest(story: Story) -> None:
        entered(story, legs=False)
        story.wait(500)
        story.tell(PositionsFound((), story.at))
        story.wait(5_000)

    assert found(told_by_rest, left, ended) == {}


def test_the_longest_unprotected_spell_is_measured() -> None:
    check = Check()
    story = Story(check)
    started(story)
    entered(story)
    left(story)
    assert check.invariants.protection.longest(story.at) == 25_000_000
