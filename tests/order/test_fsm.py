"""The life of one order, whatever the order of its news."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.order.fsm import LEGAL, absorb
from messages.order import Order, OrderStatus
from tests.order.bench import order

S = OrderStatus
TERMINAL = frozenset({S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED})

LIVES: dict[str, list[tuple[OrderStatus, int]]] = {
    "filled at once": [(S.PENDING, 0), (S.FILLED, 3)],
    "a child that fills in parts": [(S.SUSPENDED, 0), (S.OPEN, 0), (S.OPEN, 2), (S.FILLED, 3)],
    "cancelled": [(S.OPEN, 0), (S.PENDING_CANCEL, 0), (S.CANCELLED, 0)],
    "cancelled in part": [(S.OPEN, 0), (S.OPEN, 1), (S.CANCELLED, 1)],
    "a fill crosses the cancel": [
        (S.OPEN, 0),
        (S.PENDING_CANCEL, 0),
        (S.CANCELLED, 0),
        (S.FILLED, 3),
    ],
    "rejected": [(S.PENDING, 0), (S.REJECTED, 0)],
    "expired": [(S.OPEN, 0), (S.EXPIRED, 0)],
}


def told(news: list[tuple[OrderStatus, int]]) -> Order:
    known: Order | None = None
    for status, filled in news:
        known = absorb(known, order(status=status, size=3, filled=filled)) or known
    assert known is not None
    return known


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES.keys())
def test_every_order_of_the_news_ends_in_the_same_state(
    life: list[tuple[OrderStatus, int]],
) -> None:
    ends = {(end.status, end.filled) for end in (told(list(p)) for p in permutations(life))}
    assert ends == {life[-1]}


@given(st.data())
def test_repetitions_and_reorderings_end_in_the_same_state(data: st.DataObject) -> None:
    life = data.draw(st.sampled_from(list(LIVES.values())))
    again = data.draw(st.lists(st.sampled_from(life), max_size=8))
    end = told(data.draw(st.permutations([*life, *again])))
    assert (end.status, end.filled) == life[-1]


def test_every_status_has_its_row_and_none_leads_to_itself() -> None:
    assert set(LEGAL) == set(S)
    assert all(status not in to for status, to in LEGAL.items())


def test_an_end_is_the_end_except_that_a_cancelled_order_may_have_filled() -> None:
    ways_on = {status: LEGAL[status] for status in TERMINAL if LEGAL[status]}
    assert ways_on == {S.CANCELLED: frozenset({S.FILLED})}


@pytest.mark.parametrize("status", [s for s in S if s not in TERMINAL])
def test_every_working_state_can_come_to_every_end(status: OrderStatus) -> None:
    assert LEGAL[status] >= TERMINAL


@pytest.mark.parametrize(
    ("was", "said"),
    [
        (S.OPEN, S.PENDING),
        (S.OPEN, S.SUSPENDED),
        (S.PENDING, S.SUSPENDED),
        (S.FILLED, S.CANCELLED),
        (S.FILLED, S.OPEN),
        (S.CANCELLED, S.OPEN),
        (S.REJECTED, S.FILLED),
        (S.EXPIRED, S.FILLED),
    ],
)
def test_news_from_the_past_is_set_aside(was: OrderStatus, said: OrderStatus) -> None:
    assert absorb(order(status=was), order(status=said)) is None


def test_a_cancel_that_comes_to_nothing_leaves_the_order_at_work() -> None:
    again = order(status=S.OPEN, size=3, filled=1)
    assert absorb(order(status=S.PENDING_CANCEL, size=3), again) == again


def test_filled_volume_never_goes_down() -> None:
    known = order(status=S.OPEN, size=3, filled=2)
    assert absorb(known, replace(known, filled=1)) is None
    end = absorb(known, replace(known, status=S.CANCELLED, filled=0))
    assert end is not None
    assert (end.status, end.filled) == (S.CANCELLED, 2)


def test_a_moved_price_is_news() -> None:
    known = order(limit=10)
    assert absorb(known, replace(known, limit=11)) == replace(known, limit=11)


def test_news_that_the_venue_stamped_before_what_is_known_is_set_aside() -> None:
    smaller = order(size=1, updated=7_000_100)
    larger = order(size=2, updated=9_000_000)
    assert absorb(smaller, larger) == larger
    assert absorb(larger, smaller) is None


def test_a_search_s_rounded_stamp_is_not_taken_for_an_older_one() -> None:
    hub = order(updated=7_000_100)
    search = order(updated=7_000_000, filled=0, size=1)
    assert absorb(hub, search) == search


def test_an_end_counts_whatever_its_stamp() -> None:
    known = order(updated=9_000_000)
    done = order(status=S.FILLED, filled=1, updated=7_000_000)
    assert absorb(known, done) == done


def test_an_end_that_tells_more_counts_whatever_its_stamp() -> None:
    known = order(status=S.CANCELLED, size=3, filled=1, updated=9_000_000)
    more = replace(known, filled=2, updated=7_000_000)
    assert absorb(known, more) == more
