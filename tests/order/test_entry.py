"""From an approved signal to the order that is sent, and what its bracket must look like."""

import pytest
from msgspec.structs import replace

from actors.order.entry import Entry, is_entry, misplaced, request, touch
from actors.order.tags import Tags
from messages.decision import SignalKind
from messages.market import Side
from messages.order import Fill, Order, OrderStatus, OrderType, Purpose
from tests.order.bench import MES, PRICE, approved, closed, order

LONG, SHORT = SignalKind.LONG_ENTRY, SignalKind.SHORT_ENTRY
STOP = order(11, type=OrderType.STOP, parent=10, stop=PRICE - 8)
TARGET = order(12, type=OrderType.LIMIT, parent=10, limit=PRICE + 12)


def filled(*prices: int, kind: SignalKind = LONG) -> Entry:
    fills = tuple(
        Fill(n, 10, MES, Side.BUY, 1, price, 0, None, 0) for n, price in enumerate(prices)
    )
    return Entry(request(approved(kind), "ff-1", OrderType.MARKET, 2), 0, None, 10, fills)


def test_only_the_two_entries_enter() -> None:
    assert [kind for kind in SignalKind if is_entry(kind)] == [LONG, SHORT]


@pytest.mark.parametrize(
    ("kind", "side", "stop", "target"), [(LONG, Side.BUY, -8, 12), (SHORT, Side.SELL, 8, -12)]
)
def test_bracket_distances_are_signed_from_the_fill(
    kind: SignalKind, side: Side, stop: int, target: int
) -> None:
    sent = request(approved(kind, size=3), "ff-1", OrderType.MARKET, 2)
    assert (sent.side, sent.stop_bracket, sent.target_bracket) == (side, stop, target)
    assert (sent.size, sent.tag, sent.purpose, sent.limit) == (3, "ff-1", Purpose.ENTRY, None)


@pytest.mark.parametrize(("kind", "limit"), [(LONG, PRICE + 2), (SHORT, PRICE - 2)])
def test_a_limit_entry_is_marketable_by_the_buffer(kind: SignalKind, limit: int) -> None:
    assert request(approved(kind), "ff-1", OrderType.LIMIT, 2).limit == limit


@pytest.mark.parametrize(("kind", "met"), [(LONG, PRICE + 1), (SHORT, PRICE - 3)])
def test_an_entry_meets_the_other_side_s_quote_of_its_own_bar_or_a_later_one(
    kind: SignalKind, met: int
) -> None:
    bar = closed(PRICE - 3, PRICE + 1, end=7).bar
    for decided, price in ((6, met), (7, met), (8, PRICE)):
        assert touch(bar, replace(approved(kind), bar_end=decided)) == price
    assert touch(replace(bar, bid=0), approved(kind)) == PRICE
    assert touch(None, approved(kind)) == PRICE


def test_children_at_their_distance_from_a_fill_are_right() -> None:
    assert misplaced(filled(PRICE), [STOP, TARGET]) == ""
    assert misplaced(filled(PRICE - 1, PRICE), [STOP, TARGET]) == ""


def test_a_shorts_children_lie_the_other_way() -> None:
    rows = [replace(STOP, stop=PRICE + 8), replace(TARGET, limit=PRICE - 12)]
    assert misplaced(filled(PRICE, kind=SHORT), rows) == ""
    assert misplaced(filled(PRICE, kind=SHORT), [STOP, TARGET]) != ""


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (replace(STOP, stop=PRICE - 7), "stop 11"),
        (replace(STOP, stop=PRICE + 8), "stop 11"),
        (replace(STOP, stop=None), "stop 11"),
        (replace(TARGET, limit=PRICE + 6), "target 12"),
    ],
)
def test_a_child_anywhere_else_is_named(wrong: Order, name: str) -> None:
    assert misplaced(filled(PRICE), [STOP, TARGET, wrong]).startswith(name)


def test_only_open_children_of_this_entry_are_judged_and_only_by_its_own_fills() -> None:
    wrong = replace(STOP, stop=1)
    assert misplaced(filled(PRICE), [replace(wrong, parent=20)]) == ""
    assert misplaced(filled(PRICE), [replace(wrong, status=OrderStatus.SUSPENDED)]) == ""
    assert misplaced(filled(), [wrong]) == ""
    entry = filled(PRICE)
    entry.fills = (replace(entry.fills[0], order=99),)
    assert misplaced(entry, [wrong]) == ""


def test_tags_are_short_differ_within_a_microsecond_and_survive_a_restart() -> None:
    tags = Tags()
    made = [tags.next(1_795_190_400_000_000_000 + n) for n in range(0, 5_000, 250)]
    assert len(set(made)) == len(made)
    assert all(tag.startswith("ff-") and len(tag) < 20 for tag in made)
    assert Tags().next(1_795_190_400_001_000_000) not in made
    assert Tags().next(71_000) == "ff-1z"


def test_a_child_may_lie_between_the_fills_and_not_beyond_them() -> None:
    between, beyond = replace(STOP, stop=PRICE - 8 + 1), replace(STOP, stop=PRICE - 8 + 3)
    assert misplaced(filled(PRICE, PRICE + 2), [between]) == ""
    assert misplaced(filled(PRICE, PRICE + 2), [beyond]).startswith("stop")


def test_children_are_not_judged_before_every_fill_is_known() -> None:
    entry = order(10, OrderStatus.FILLED, OrderType.MARKET, Side.BUY, size=2, filled=2)
    wrong = replace(STOP, stop=PRICE - 8 + 3)
    assert misplaced(filled(PRICE), [entry, wrong]) == ""
    assert misplaced(filled(PRICE, PRICE), [entry, wrong]) != ""
