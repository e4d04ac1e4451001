"""One planted violation of each promise, and each limit's own side."""

import pytest
from msgspec.structs import replace

from actors.runtime.runtime import Accounts
from messages.base import DOLLAR
from messages.control import EngineState, Latch, Unlatch
from messages.market import Print, Side, Tape
from messages.order import FillEvent, OrderStatus, PlaceResult, Purpose
from messages.order import Outcome as Answer
from messages.position import Position, PositionsFound
from tests.session.planting import Check, Plant, found
from tests.session.story import (
    BALANCE,
    BEGAN,
    ENTRY,
    FEES,
    MES,
    Story,
    decided,
    ended,
    entered,
    entry_fill,
    left,
    order,
    place,
    started,
    stop_leg,
    target_fill,
    trip,
)


def wait(seconds: float) -> Plant:
    return lambda story: story.wait(seconds * 1_000)


def test_a_good_session_breaks_nothing() -> None:
    assert found(entered, left, ended) == {}


def test_a_tag_used_twice_breaks_one_order() -> None:
    def again(story: Story) -> None:
        story.wait(1_000)
        story.quote()
        story.tell(place("ff-1"))

    assert found(entered, left, again, ended) == {"ONE_ORDER": 1}


def test_two_accepted_orders_of_one_tag_break_one_order() -> None:
    def doubled(story: Story) -> None:
        story.order(order(ENTRY + 9, OrderStatus.FILLED, tag="ff-1"))

    assert found(entered, doubled, left, ended) == {"ONE_ORDER": 1}


def test_a_rejected_row_of_the_same_tag_is_no_second_order() -> None:
    def rejected(story: Story) -> None:
        story.order(order(ENTRY + 9, OrderStatus.REJECTED, tag="ff-1"))

    assert found(entered, rejected, left, ended) == {}


def test_one_verdict_with_two_entries_breaks_one_order() -> None:
    def doubled(story: Story) -> None:
        verdict = decided(story)
        story.tell(place("ff-2"), cause=verdict)
        refused = PlaceResult(MES, "ff-2", Purpose.ENTRY, Answer.REFUSED, None, "x")
        story.tell(refused)
        story.tell(place("ff-3"), cause=verdict)

    assert found(doubled, ended) == {"ONE_ORDER": 1}


def latch(handled: bool) -> Plant:
    def plant(story: Story) -> None:
        sent = story.tell(Latch("stale", "no data"), ("risk", "order"))
        if handled:
            story.wait(1)
            story.finish(sent, "order")

    return plant


def entry(story: Story) -> None:
    story.quote()
    story.tell(place("ff-7"))


def test_an_entry_after_the_order_room_has_the_latch_breaks_latched() -> None:
    assert found(latch(True), wait(0.001), entry, ended) == {"LATCHED": 1}


def test_an_entry_that_crosses_the_latch_on_its_way_does_not() -> None:
    assert found(latch(False), wait(0.1), entry, ended) == {}


def test_a_latch_handled_elsewhere_is_not_in_force_by_that() -> None:
    def by_risk(story: Story) -> None:
        story.finish(story.tell(Latch("stale", "no data"), ("risk", "order")), "risk")

    assert found(by_risk, wait(0.1), entry, ended) == {}


def test_a_latch_that_never_reaches_the_order_room_is_in_force_after_a_quarter_second() -> None:
    assert found(latch(False), wait(0.251), entry, ended) == {"LATCHED": 1}


def test_an_entry_after_the_latch_is_lifted_is_allowed() -> None:
    def lift(story: Story) -> None:
        story.tell(Unlatch("stale", "data again"))

    assert found(latch(True), wait(1), lift, entry, ended) == {}


def test_lifting_one_latch_leaves_the_other_in_force() -> None:
    def other(story: Story) -> None:
        story.finish(story.tell(Latch("kill", "a person"), ("order",)), "order")
        story.tell(Unlatch("stale", "data again"))
        story.wait(1)

    assert found(latch(True), other, entry, ended) == {"LATCHED": 1}


def test_a_stop_may_be_sent_while_latched() -> None:
    def stop(story: Story) -> None:
        story.quote()
        story.tell(place("ff-7", purpose=Purpose.STOP))

    assert found(latch(True), wait(1), stop, ended) == {}


@pytest.mark.parametrize("state", [state for state in EngineState if state is not EngineState.FLAT])
def test_a_session_that_does_not_end_flat_breaks_ends_flat(state: EngineState) -> None:
    def end(story: Story) -> None:
        story.state(state, "x")

    assert found(entered, left, end) == {"ENDS_FLAT": 1}


def test_flat_by_the_engine_but_not_by_the_venue_breaks_ends_flat() -> None:
    assert found(entered, ended) == {"ENDS_FLAT": 1}


@pytest.mark.parametrize(("seconds", "broken"), [(5.25, {}), (5.251, {"FRESH": 1})])
def test_an_entry_on_data_older_than_the_limit_breaks_fresh(
    seconds: float, broken: dict[str, int]
) -> None:
    def late(story: Story) -> None:
        story.wait(seconds * 1_000)
        story.tell(place("ff-2"))

    assert found(late, ended) == broken


def test_a_print_is_as_fresh_as_a_quote() -> None:
    def printed(story: Story) -> None:
        story.wait(10_000)
        story.tell(Tape(MES, story.at, (Print(story.at, 24_200, 1, Side.BUY),)))
        story.tell(place("ff-2"))

    assert found(printed, ended) == {}


def test_a_closed_trade_that_the_fills_do_not_make_breaks_agreed() -> None:
    def invented(story: Story) -> None:
        story.tell(trip(99, gross=100))

    assert found(entered, left, invented, ended) == {"AGREED": 1}


def test_a_balance_a_cent_off_breaks_agreed() -> None:
    def cent(story: Story) -> None:
        story.account(BALANCE + 175_000 - 2 * FEES + DOLLAR // 100)

    assert found(entered, left, cent, ended) == {"AGREED": 1}


def test_a_fill_told_twice_counts_once() -> None:
    def twice(story: Story) -> None:
        story.tell(FillEvent(entry_fill(stamp=BEGAN + 1), story.at))
        story.account(BALANCE + 175_000 - 2 * FEES)

    assert found(entered, left, twice, ended) == {}


def test_a_voided_fill_makes_no_money() -> None:
    def voided(story: Story) -> None:
        story.tell(FillEvent(replace(target_fill(story.at), id=77), story.at))
        story.tell(FillEvent(replace(target_fill(story.at), id=77, voided=True), story.at))
        story.account(BALANCE + 175_000 - 2 * FEES)

    assert found(entered, left, voided, ended) == {}


def test_the_balance_counts_from_when_it_was_first_told() -> None:
    check = Check()
    story = Story(check)
    story.tell(FillEvent(target_fill(story.at), story.at))
    story.account(BALANCE + 175_000 - FEES)
    story.tell(FillEvent(replace(target_fill(story.at), id=78, pnl=10_000), story.at))
    story.account(BALANCE + 185_000 - 2 * FEES)
    assert check.invariants.earnings.disagreements(flat=True) == [
        f"closed trades make 0, fills {185_000 - 2 * FEES} (1/10,000 USD)"
    ]


def test_a_balance_older_than_the_newest_fill_proves_nothing() -> None:
    def newer(story: Story) -> None:
        story.tell(FillEvent(replace(entry_fill(stamp=story.at), id=79, fees=0), story.at))
        story.tell(FillEvent(replace(entry_fill(stamp=story.at), id=80, fees=100), story.at))
        story.tell(replace(trip(81), gross=0, fees=100, net=-100))

    assert found(entered, left, newer, ended) == {}


def test_trades_of_a_position_taken_over_are_not_compared() -> None:
    def adopted(story: Story) -> None:
        story.order(stop_leg())
        story.tell(PositionsFound((Position(MES, 1, 242_020_000),), story.at))
        story.wait(100)
        story.tell(trip(8))
        story.tell(PositionsFound((), story.at))

    check = Check()
    story = Story(check)
    adopted(story)
    ended(story)
    check.invariants.close()
    assert check.invariants.violations()["AGREED"] == 0


def test_books_that_the_records_confirm_are_accounted() -> None:
    check = Check()
    story = Story(check)
    started(story)
    books = check.invariants.deliveries
    books.handled = books.sent
    check.invariants.close(Accounts(books.sent, books.sent, 0, 0, 0, 0))
    assert check.invariants.violations()["ACCOUNTED"] == 0


@pytest.mark.parametrize("name", ["sent", "handled", "conflated", "dead", "queued", "running"])
def test_one_delivery_too_many_anywhere_breaks_accounted(name: str) -> None:
    check = Check()
    story = Story(check)
    started(story)
    books = check.invariants.deliveries
    books.handled = books.sent
    counts = dict.fromkeys(("conflated", "dead", "queued", "running"), 0)
    counts |= {"sent": books.sent, "handled": books.sent}
    counts[name] += 1
    check.invariants.close(Accounts(**counts))
    assert check.invariants.violations()["ACCOUNTED"] >= 1


def test_a_delivery_that_was_never_finished_and_waits_nowhere_breaks_accounted() -> None:
    check = Check()
    story = Story(check)
    started(story)
    books = check.invariants.deliveries
    books.handled = books.sent - 1
    check.invariants.close(Accounts(books.sent, books.sent - 1, 0, 0, 0, 0))
    assert check.invariants.violations()["ACCOUNTED"] == 1
