"""Each side of the book's comparisons: instants at which a day begins or a position was adopted, a
trip that makes nothing at all, and what another contract's rebuild leaves alone.
"""

from actors.position.book import Book
from messages.base import SECOND, Nanos
from messages.order import Fill
from messages.position import DayFigures
from tests.position.bench import BUY, FEES, MES, MNQ, SELL, START, fill, held

TEN: Nanos = START + 10 * SECOND


def book(*fills: Fill) -> Book:
    made = Book((MES, MNQ))
    for one in fills:
        made.add(one)
    return made


def trip(id: int, ticks: int, fees: int = FEES, contract: str = MES.id) -> tuple[Fill, Fill]:
    value = MES.tick_value if contract == MES.id else MNQ.tick_value
    return (
        fill(id, BUY, price=100, fees=fees, contract=contract),
        fill(id + 1, SELL, price=100 + ticks, pnl=ticks * value, fees=fees, contract=contract),
    )


def test_a_fill_at_the_instant_of_an_adoption_is_in_the_venue_s_word_already() -> None:
    made = book()
    made.adopt(held(1), TEN)
    made.add(fill(10, BUY))
    assert (made.tallies[MES.id].size, made.realised(MES.id)) == (1, -FEES)
    made.add(fill(12, BUY))
    made.add(fill(11, BUY))  # late: a rebuild leaves it out as well
    assert made.tallies[MES.id].size == 3


def test_a_trip_that_closed_at_the_instant_of_an_adoption_outlives_a_rebuild() -> None:
    made = book(*trip(9, 3))
    made.adopt(held(1), TEN)
    made.add(fill(12, BUY))
    made.add(fill(11, BUY))
    assert set(made.trips) == {10}


def test_a_trip_after_an_adoption_is_made_anew_by_a_rebuild() -> None:
    made = book()
    made.adopt(held(1), START)
    made.add(fill(10, SELL, price=24_001, pnl=12_500))
    assert set(made.trips) == {10}
    made.add(fill(10, SELL, price=24_001, pnl=12_500, voided=True))
    assert set(made.trips) == set()


def test_a_trip_that_makes_nothing_is_no_loss_and_ends_a_row_of_them() -> None:
    day = book(*trip(1, -1), *trip(3, 0, fees=0)).day()
    assert day == DayFigures(-12_500 - 2 * FEES, 2, 0, START + 2 * SECOND)


def test_the_newest_of_several_losses_is_told() -> None:
    assert book(*trip(1, -1), *trip(3, -1)).day().last_loss == START + 4 * SECOND


def test_what_happens_at_the_instant_of_the_roll_is_the_new_day_s() -> None:
    made = book(*trip(9, 3))
    made.start_day(TEN)
    assert made.day() == DayFigures(3 * 12_500 - FEES, 1, 0, 0)
    made = book(*trip(9, 3))
    made.start_day(TEN + 1)
    assert made.day() == DayFigures(0, 0, 0, 0)


def test_the_money_of_a_position_held_over_the_roll_stays_yesterday_s() -> None:
    made = book(fill(9, BUY), fill(10, BUY))
    made.start_day(TEN)
    assert made.realised(MES.id) == -FEES
    assert made.tallies[MES.id].size == 2


def test_a_rebuild_leaves_the_other_contract_s_trips_and_doubts_alone() -> None:
    made = book(*trip(1, 3, contract=MNQ.id))
    doubtful = fill(4, SELL, price=101, pnl=999_999, contract=MNQ.id)
    made.add(fill(3, BUY, price=100, contract=MNQ.id))
    made.add(doubtful)
    assert made.unsure == {4}
    made.add(fill(6, BUY))
    made.add(fill(5, BUY))  # late: MES is rebuilt
    assert set(made.trips) == {2, 4}
    assert made.unsure == {4}


def test_a_rebuild_judges_its_own_contract_s_trips_anew() -> None:
    made = book(fill(2, SELL, pnl=12_500), fill(3, BUY, pnl=None))
    assert made.unsure == {3}
    made.add(fill(1, BUY, price=23_999))
    assert made.unsure == set()


def test_the_best_and_the_worst_of_a_trip_outlive_a_rebuild() -> None:
    made = book(fill(1, BUY, price=100))
    made.tallies[MES.id].open_profit(80, 81)
    made.tallies[MES.id].open_profit(130, 131)
    made.add(fill(5, SELL, price=101))
    made.add(fill(7, BUY, price=101))
    made.add(fill(6, BUY, price=101))  # late
    assert (made.trips[5].adverse, made.trips[5].favourable) == (20 * 12_500, 30 * 12_500)
