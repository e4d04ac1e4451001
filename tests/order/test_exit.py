"""The next step out, from each reading of the venue."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.order.exit import (
    CANCEL_FLIGHT,
    CLOSE_FLIGHT,
    CLOSE_LOST,
    STUBBORN,
    Cancel,
    Do,
    Exit,
    decide,
)
from actors.order.view import View
from messages.base import MILLISECOND
from messages.market import Side
from messages.order import Order, OrderStatus, OrderType
from tests.order.bench import MES, order

S, T = OrderStatus, OrderType
NOW = 1_000_000 * MILLISECOND
STOP = order(1, type=T.STOP)
TARGET = order(2, type=T.LIMIT)
ENTRY = order(3, type=T.LIMIT, side=Side.BUY)
MARKET = order(4, status=S.PENDING, type=T.MARKET)


def view(position: int, *orders: Order) -> View:
    made = View(MES)
    made.hear_position(position, 0)
    for row in orders:
        made.hear_order(row, 0)
    return made


def leaving(**rest: object) -> Exit:
    exit = Exit("why", 0)
    for name, value in rest.items():
        setattr(exit, name, value)
    return exit


def cancelled(*ids: int, ago: int, first: int | None = None) -> Exit:
    since = ago if first is None else first
    return leaving(
        cancelled_at=dict.fromkeys(ids, NOW - ago),
        first_cancelled_at=dict.fromkeys(ids, NOW - since),
    )


def test_flat_with_nothing_working_is_done() -> None:
    assert decide(view(0), leaving(), NOW) is Do.DONE
    assert decide(view(0, replace(STOP, status=S.FILLED)), leaving(), NOW) is Do.DONE


def test_a_position_is_closed_under_its_stop() -> None:
    assert decide(view(1), leaving(), NOW) is Do.CLOSE
    assert decide(view(1, STOP), leaving(), NOW) is Do.CLOSE
    assert decide(view(-1, replace(STOP, side=Side.BUY)), leaving(), NOW) is Do.CLOSE


def test_targets_entries_and_stops_on_the_wrong_side_go_first() -> None:
    wrong = replace(STOP, id=5, side=Side.BUY)
    assert decide(view(1, STOP, TARGET, ENTRY, wrong), leaving(), NOW) == Cancel((2, 3, 5))


def test_stops_go_last_suspended_ones_too() -> None:
    waiting = replace(STOP, status=S.SUSPENDED)
    assert decide(view(1, waiting), leaving(), NOW) is Do.CLOSE
    assert decide(view(0, STOP, replace(waiting, id=6)), leaving(), NOW) == Cancel((1, 6))


def test_a_cancel_is_repeated_only_when_the_last_is_over() -> None:
    held_up = cancelled(1, ago=CANCEL_FLIGHT - 1)
    assert decide(view(0, STOP), held_up, NOW) is Do.WAIT
    assert decide(view(0, STOP), cancelled(1, ago=CANCEL_FLIGHT), NOW) == Cancel((1,))


def test_a_close_waits_for_a_cancel_in_flight_but_not_for_ever() -> None:
    patient = cancelled(2, ago=1, first=STUBBORN - 1)
    assert decide(view(1, STOP, TARGET), patient, NOW) is Do.WAIT
    enough = cancelled(2, ago=1, first=STUBBORN)
    assert decide(view(1, STOP, TARGET), enough, NOW) is Do.CLOSE
    assert decide(view(0, TARGET), enough, NOW) is Do.WAIT


def test_a_close_does_not_wait_for_what_is_due_to_be_cancelled_once_more() -> None:
    enough = cancelled(2, ago=CANCEL_FLIGHT, first=STUBBORN)
    assert decide(view(1, STOP, TARGET), enough, NOW) is Do.CLOSE
    assert decide(view(0, TARGET), enough, NOW) == Cancel((2,))
    enough.closed_at, enough.closing = NOW, True
    assert decide(view(1, STOP, TARGET), enough, NOW) == Cancel((2,)), "while the close is away"


def test_a_market_order_on_its_way_is_waited_for() -> None:
    assert decide(view(1, MARKET), leaving(), NOW) is Do.WAIT
    assert decide(view(0, MARKET), leaving(), NOW) is Do.WAIT


def test_a_close_is_not_repeated_while_it_may_be_in_flight() -> None:
    answered = leaving(closed_at=NOW - CLOSE_FLIGHT + 1)
    assert decide(view(1), answered, NOW) is Do.WAIT
    assert decide(view(1), leaving(closed_at=NOW - CLOSE_FLIGHT), NOW) is Do.CLOSE
    silent = leaving(closed_at=NOW - CLOSE_LOST + 1, closing=True)
    assert decide(view(1), silent, NOW) is Do.WAIT
    assert decide(view(1), leaving(closed_at=NOW - CLOSE_LOST, closing=True), NOW) is Do.CLOSE


def test_a_covered_position_may_stay_once_nothing_can_enlarge_it() -> None:
    adopting = leaving(adopting=True)
    assert decide(view(1, STOP, TARGET), adopting, NOW) is Do.STAY
    assert decide(view(1, TARGET), adopting, NOW) == Cancel((2,))
    assert decide(view(1, STOP, ENTRY), adopting, NOW) == Cancel((3,))
    waiting = cancelled(3, ago=1)
    waiting.adopting = True
    assert decide(view(1, STOP, ENTRY), waiting, NOW) is Do.WAIT
    assert decide(view(0), adopting, NOW) is Do.DONE
    assert decide(view(1, STOP), leaving(), NOW) is Do.CLOSE


ORDERS = st.builds(
    order,
    id=st.integers(1, 6),
    status=st.sampled_from(S),
    type=st.sampled_from(T),
    side=st.sampled_from(Side),
    size=st.integers(1, 2),
)
AGES = st.none() | st.integers(0, 12_000).map(lambda ms: ms * MILLISECOND)


@given(
    position=st.integers(-2, 2),
    rows=st.lists(ORDERS, max_size=5, unique_by=lambda row: row.id),
    closed=AGES,
    closing=st.booleans(),
    adopting=st.booleans(),
    tried=st.dictionaries(st.integers(1, 6), st.integers(0, 2_000)),
)
def test_no_reading_leads_to_a_second_close_or_takes_a_stop_from_under_a_position(
    position: int,
    rows: list[Order],
    closed: int | None,
    closing: bool,
    adopting: bool,
    tried: dict[int, int],
) -> None:
    times = {id: NOW - ago * MILLISECOND for id, ago in tried.items()}
    exit = leaving(
        closed_at=None if closed is None else NOW - closed,
        closing=closing,
        adopting=adopting,
        cancelled_at=times,
        first_cancelled_at=times,
    )
    seen = view(position, *rows)
    step = decide(seen, exit, NOW)
    if step is Do.CLOSE:
        assert position != 0
        assert not any(row.type is T.MARKET for row in seen.working())
        assert closed is None or closed >= CLOSE_FLIGHT
        assert not closing or closed is None or closed >= CLOSE_LOST
    if step is Do.DONE:
        assert position == 0
        assert not seen.working()
    if step is Do.STAY:
        assert adopting
        assert seen.covered()
    if isinstance(step, Cancel) and position:
        protecting = {row.id for row in seen.stops()}
        assert not protecting & set(step.orders)
        assert all(seen.orders[id].status.working for id in step.orders)
