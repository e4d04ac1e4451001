"""One planted violation of each promise, and each limit's own side."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from actors.runtime.runtime import Accounts
from actors.session.breaches import INVARIANTS
from actors.session.invariants import Invariants
from messages.base import DOLLAR
from messages.control import EngineState, Flatten, Flattened, Latch, Unlatch
from messages.market import Print, Quote, Side, Tape
from messages.order import (
    CloseContract,
    FillEvent,
    OrdersFound,
    OrderStatus,
    OrderType,
    PlaceOrder,
    PlaceResult,
    Purpose,
)
from messages.order import Outcome as Answer
from messages.position import Position, PositionsFound
from tests.session.story import (
    BALANCE,
    BEGAN,
    ENTRY,
    FEES,
    LIMITS,
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
    target_leg,
    trip,
)

Plant = Callable[[Story], None]
OTHER = "CON.F.US.MNQ.H25"


class Check:
    """Invariants as a sink."""

    def __init__(self) -> None:
        self.invariants = Invariants(LIMITS)
        self.record = self.invariants.record

    def flush(self) -> None: ...

    def close(self) -> None: ...


def found(*plants: Plant, accounts: Accounts | None = None) -> dict[str, int]:
    """What is broken in a session made of these, without what is not broken."""
    check = Check()
    story = Story(check)
    started(story)
    for plant in plants:
        plant(story)
    check.invariants.close(accounts)
    assert set(check.invariants.violations()) == set(INVARIANTS)
    return {name: count for name, count in check.invariants.violations().items() if count}


def bare(seconds: float) -> Plant:
    def plant(story: Story) -> None:
        entered(story, legs=False)
        story.wait(seconds * 1_000)
        story.order(stop_leg())

    return plant


def flatten(story: Story) -> None:
    story.tell(Flatten(1, "bracket lost"))


def wait(seconds: float) -> Plant:
    return lambda story: story.wait(seconds * 1_000)


def test_a_good_session_breaks_nothing() -> None:
    assert found(entered, left, ended) == {}


# PROTECTED


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


# BOUNDED


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


# ONE_ORDER


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


# LATCHED


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


# ENDS_FLAT


@pytest.mark.parametrize("state", [state for state in EngineState if state is not EngineState.FLAT])
def test_a_session_that_does_not_end_flat_breaks_ends_flat(state: EngineState) -> None:
    def end(story: Story) -> None:
        story.state(state, "x")

    assert found(entered, left, end) == {"ENDS_FLAT": 1}


def test_flat_by_the_engine_but_not_by_the_venue_breaks_ends_flat() -> None:
    assert found(entered, ended) == {"ENDS_FLAT": 1}


# FRESH


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


# AGREED


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


# ACCOUNTED


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
