"""Every fill once, whatever order and however often it is told."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.position.book import Book
from messages.base import SECOND
from messages.order import Fill
from messages.position import DayFigures
from tests.position.bench import BUY, FEES, MES, MNQ, PRICE, SELL, START, fill, held

LIFE = (
    fill(1, BUY, 2, 100),
    fill(2, SELL, 1, 104, pnl=4 * 12_500),
    fill(3, SELL, 1, 98, pnl=-2 * 12_500),
    fill(4, SELL, 1, 98),
    fill(5, BUY, 1, 99, pnl=-12_500),
    fill(6, BUY, 1, 99),
)


def book(*fills: Fill) -> Book:
    made = Book((MES, MNQ))
    for one in fills:
        made.add(one)
    return made


def state(made: Book) -> tuple[object, ...]:
    tally = made.tallies[MES.id]
    return tally.size, tally.average, made.trips, made.day(), made.realised(MES.id)


@given(st.permutations(LIFE), st.lists(st.sampled_from(LIFE), max_size=4), st.data())
def test_order_and_repetition_of_fills_change_nothing(
    told: list[Fill], again: list[Fill], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations([*told, *again]))
    assert state(book(*mixed)) == state(book(*LIFE))


def test_the_figures_of_a_day() -> None:
    figures = book(*LIFE).day()
    profit = (4 - 2 - 1) * 12_500
    assert figures == DayFigures(profit - 6 * FEES, 2, 1, START + 5 * SECOND)


def test_a_repeated_fill_says_that_it_changes_nothing() -> None:
    made = book(LIFE[0])
    assert not made.add(LIFE[0])
    assert not made.add(replace(LIFE[0], stamp=LIFE[0].stamp - 500))  # REST is coarser
    assert made.add(LIFE[1])
    assert not made.add(replace(LIFE[2], contract="other"))


def test_a_voided_fill_never_happened() -> None:
    made = book(*LIFE[:3])
    assert made.tallies[MES.id].size == 0
    assert made.add(replace(LIFE[2], voided=True))
    assert (made.tallies[MES.id].size, made.trips) == (1, {})
    assert made.realised(MES.id) == 4 * 12_500 - 2 * FEES


def test_what_was_measured_of_a_trip_outlives_a_rebuild() -> None:
    made = book(LIFE[0])
    made.tallies[MES.id].open_profit(80, 81)
    made.add(LIFE[2])
    made.add(replace(LIFE[2], id=33, stamp=LIFE[2].stamp + 1))
    (trip,) = made.trips.values()
    assert trip.adverse == 2 * 20 * 12_500
    made.add(fill(9, BUY, at=0.5))  # late: rebuilds
    assert made.tallies[MES.id].size == 1


def test_adverse_of_a_known_trip_survives_another_fills_rebuild() -> None:
    made = book(fill(1, BUY, price=100))
    made.tallies[MES.id].open_profit(80, 120)
    made.add(fill(5, SELL, price=101))
    made.add(fill(7, BUY, price=101))
    made.add(fill(6, BUY, price=101))  # late
    assert made.trips[5].adverse == 20 * 12_500


def test_losses_in_a_row_are_counted_from_the_newest_net_of_fees() -> None:
    def trip(id: int, ticks: int) -> tuple[Fill, Fill]:
        return fill(id, BUY, price=100), fill(id + 1, SELL, price=100 + ticks, pnl=ticks * 12_500)

    assert book(*trip(1, -1), *trip(3, 0)).day().consecutive_losses == 2  # fees make it a loss
    assert book(*trip(1, -1), *trip(3, 5), *trip(5, -1)).day().consecutive_losses == 1
    assert book(*trip(1, -1), *trip(3, 5)).day().consecutive_losses == 0
    assert book(*trip(1, -1), *trip(3, 5)).day().last_loss == START + 2 * SECOND
    assert book().day() == DayFigures(0, 0, 0, 0)


def test_fills_from_before_an_adoption_count_as_money_and_not_as_position() -> None:
    made = book()
    made.adopt(held(1), START + 10 * SECOND)
    assert made.add(fill(3, BUY))
    assert made.tallies[MES.id].size == 1
    assert made.realised(MES.id) == -FEES
    made.add(fill(11, SELL, price=PRICE + 2))
    assert made.tallies[MES.id].size == 0
    assert made.trips[11].gross == 2 * 12_500
    made.add(fill(13, BUY))
    made.add(fill(12, BUY))  # late: rebuilt from the adoption on
    assert made.tallies[MES.id].size == 2


def test_a_new_day_starts_from_nothing_but_keeps_an_open_positions_fills() -> None:
    made = book(*LIFE, fill(7, BUY, contract=MNQ.id), fill(8, SELL, contract=MNQ.id))
    since = START + 100 * SECOND
    made.start_day(since)
    assert made.day() == DayFigures(0, 0, 0, 0)
    assert made.tallies[MES.id].size == 1
    assert not made.add(LIFE[5])  # still known
    made.add(fill(101, SELL, price=100, pnl=12_500))
    assert made.tallies[MES.id].size == 0
    assert made.day().realised == 12_500 - FEES
    assert made.day().round_trips == 1
