"""The session's own reading of the venue's messages."""

from msgspec.structs import replace

from actors.session.venue import VenueView
from messages.market import Side
from messages.order import Order, OrderEvent, OrdersFound, OrderStatus, OrderType
from messages.position import Position, PositionEvent, PositionsFound
from tests.session.story import ENTRY, MES, order, stop_leg, target_leg

OTHER = "CON.F.US.MNQ.H25"


def view(*orders: Order, size: int = 0, at: int = 10) -> VenueView:
    made = VenueView()
    made.take(PositionEvent(Position(MES, size, 0), at))
    for one in orders:
        made.take(OrderEvent(one, at))
    return made


def test_what_is_filled_of_a_stop_covers_no_more() -> None:
    assert view(stop_leg(size=2), size=2).uncovered(MES) == 0
    assert view(replace(stop_leg(size=2), filled=1), size=2).uncovered(MES) == 1


def test_orders_of_another_contract_neither_cover_nor_add_nor_are_orphans() -> None:
    stop = replace(stop_leg(), contract=OTHER)
    assert view(stop, size=1).uncovered(MES) == 1
    assert view(stop).exposure(MES, Side.SELL) == 0
    assert not list(view(stop).orphans(MES))


def test_exposure_is_the_position_and_what_works_on_that_side() -> None:
    resting = order(7, kind=OrderType.LIMIT, side=Side.BUY, size=3, filled=1, limit=5)
    assert view(resting, size=1).exposure(MES, Side.BUY) == 3
    assert view(resting, size=1).exposure(MES, Side.SELL) == -1
    assert view(stop_leg(), target_leg(), size=1).exposure(MES, Side.SELL) == 0


def test_suspended_legs_are_no_exposure_and_of_a_waiting_entry_no_orphans() -> None:
    waiting = order(ENTRY, kind=OrderType.LIMIT, limit=5)
    seen = view(waiting, stop_leg(OrderStatus.SUSPENDED))
    assert seen.exposure(MES, Side.SELL) == 0
    assert not list(seen.orphans(MES))
    seen.take(OrderEvent(order(ENTRY, OrderStatus.CANCELLED), 11))
    assert [leg.id for leg in seen.orphans(MES)] == [stop_leg().id]


def test_an_order_of_its_own_is_no_orphan() -> None:
    assert not list(view(order(7, kind=OrderType.LIMIT, limit=5)).orphans(MES))


def test_nothing_goes_back_from_open_or_from_its_end() -> None:
    seen = view(stop_leg(), size=1)
    seen.take(OrderEvent(stop_leg(OrderStatus.SUSPENDED), 11))
    assert seen.uncovered(MES) == 0
    seen.take(OrderEvent(stop_leg(OrderStatus.CANCELLED), 12))
    seen.take(OrderEvent(stop_leg(), 13))
    assert seen.uncovered(MES) == 1


def test_a_search_asked_before_an_event_does_not_undo_it() -> None:
    seen = view(stop_leg(), size=1, at=10)
    seen.take(PositionsFound((), 9))
    seen.take(OrdersFound((), 9))
    assert (seen.positions[MES], list(seen.orders)) == (1, [stop_leg().id])


def test_a_search_asked_as_late_as_the_event_wins() -> None:
    seen = view(stop_leg(), size=1, at=10)
    seen.take(OrdersFound((stop_leg(size=2),), 10))
    assert seen.orders[stop_leg().id].size == 2
    seen.take(PositionsFound((Position(MES, 2, 0),), 10))
    assert seen.positions[MES] == 2
    seen.take(OrdersFound((), 10))
    assert not seen.orders
