"""What the desk believes of the venue: newer word beats older, whichever way it came."""

from msgspec.structs import replace

from actors.order.view import REMEMBERED, SETTLED, UNLISTED, View
from messages.market import Side
from messages.order import Order, OrdersFound, OrderStatus, OrderType
from tests.order.bench import MES, order

S, T = OrderStatus, OrderType
STOP = order(1, type=T.STOP, stop=90)
T0 = 1_000


def view(position: int | None = None, *orders: Order) -> View:
    made = View(MES)
    if position is not None:
        assert made.hear_position(position, 100)
    for row in orders:
        assert made.hear_order(row, 100)
    return made


def test_nothing_is_known_at_first() -> None:
    assert View(MES).position is None


def test_an_answer_older_than_an_event_does_not_undo_it() -> None:
    known = view(None, replace(STOP, status=S.OPEN))
    known.hear_order(replace(STOP, stop=95), 200)
    assert known.hear_orders(OrdersFound((STOP,), asked=199)) == []
    assert known.orders[1].stop == 95
    known.hear_orders(OrdersFound((STOP,), asked=200))
    assert known.orders[1].stop == 90


def test_a_working_order_that_is_not_listed_any_more_is_forgotten() -> None:
    known = view(1, STOP)
    assert known.covered()
    known.hear_orders(OrdersFound((), asked=101))
    assert not known.covered()
    assert known.orders == {}


def test_an_order_heard_of_since_the_question_left_is_not_forgotten() -> None:
    known = view(1, STOP)
    known.hear_orders(OrdersFound((), asked=100))
    assert known.covered()


def test_an_ended_order_that_is_not_listed_is_remembered() -> None:
    known = view(None, replace(STOP, status=S.CANCELLED))
    known.hear_orders(OrdersFound((), asked=101))
    assert known.orders[1].status is S.CANCELLED


def test_a_listing_that_brings_an_ended_order_back_is_set_aside_and_told() -> None:
    known = view(None, replace(STOP, status=S.FILLED, filled=1))
    assert known.hear_orders(OrdersFound((STOP,), asked=101)) == [STOP]
    assert known.orders[1].status is S.FILLED


def test_another_contracts_orders_in_a_listing_are_not_taken_in() -> None:
    known = view()
    known.hear_orders(OrdersFound((replace(STOP, contract="other"),), asked=101))
    assert known.orders == {}


def test_a_position_gives_way_to_newer_word_only() -> None:
    known = view(1)
    assert not known.hear_position(0, 99)
    assert known.position == 1
    assert known.hear_position(0, 100)
    assert known.position == 0


def test_only_open_stops_on_the_closing_side_cover_and_only_what_is_left_of_them() -> None:
    assert view(1, STOP).covered()
    assert view(1, replace(STOP, status=S.PENDING_CANCEL)).covered()
    assert view(0).covered()
    assert not view(2, STOP).covered()
    assert not view(1, replace(STOP, status=S.SUSPENDED)).covered()
    assert not view(1, replace(STOP, status=S.PENDING)).covered()
    assert not view(1, replace(STOP, side=Side.BUY)).covered()
    assert not view(-1, STOP).covered()
    assert view(-1, replace(STOP, side=Side.BUY)).covered()
    assert not view(1, replace(STOP, type=T.LIMIT)).covered()
    assert not view(2, replace(STOP, size=2, filled=1)).covered()
    assert view(2, STOP, replace(STOP, id=2)).covered()


def test_a_bracket_is_whole_with_a_target_of_the_positions_size() -> None:
    target = order(2, type=T.LIMIT, limit=110)
    assert view(1, STOP, target).bracketed()
    assert not view(1, STOP).bracketed()
    assert not view(1, target).bracketed()
    assert not view(2, replace(STOP, size=2), target).bracketed()
    assert not view(1, STOP, replace(target, status=S.SUSPENDED)).bracketed()
    assert not view(1, STOP, replace(target, side=Side.BUY)).bracketed()


def test_an_order_is_found_by_its_tag() -> None:
    known = view(None, replace(STOP, tag="ff-1"))
    assert known.by_tag("ff-1") == replace(STOP, tag="ff-1")
    assert known.by_tag("ff-2") is None


def test_the_oldest_ended_orders_are_forgotten_in_the_end() -> None:
    known = view(None, order(0))
    for id in range(1, REMEMBERED + 3):
        known.hear_order(order(id, status=S.CANCELLED), 100)
    known.hear_orders(OrdersFound((order(0),), asked=100))
    assert list(known.orders) == [0, *range(3, REMEMBERED + 3)]


def test_two_readings_that_contradict_the_fills_are_right_once_the_orders_were_listed() -> None:
    known = view(0)
    known.hear_position(1, T0, read=True)
    assert not known.agreed
    known.hear_position(1, T0 + SETTLED, read=True)
    assert not known.agreed, "its fill may still be to be told"
    known.hear_orders(OrdersFound((), asked=T0 + SETTLED))
    known.hear_position(1, T0 + SETTLED + 1, read=True)
    assert known.agreed


def test_where_orders_cannot_be_listed_it_takes_longer() -> None:
    known = view(0)
    known.hear_position(1, T0, read=True)
    known.hear_position(1, T0 + UNLISTED - 1, read=True)
    assert not known.agreed
    known.hear_position(1, T0 + UNLISTED, read=True)
    assert known.agreed


def test_a_fill_told_after_the_reading_that_showed_it_is_not_counted_twice() -> None:
    known = view(0)
    known.hear_position(2, T0, read=True)
    known.hear_position(2, T0 + SETTLED, read=True)
    bought = order(5, S.FILLED, T.MARKET, Side.BUY, size=2, filled=2)
    known.hear_orders(OrdersFound((bought,), asked=T0 + SETTLED, since=0))
    assert known.agreed


def test_events_alone_never_settle_what_they_contradict() -> None:
    known = view(0)
    for at in (0, SETTLED, UNLISTED, 10 * UNLISTED):
        known.hear_position(1, T0 + at)
    assert not known.agreed
