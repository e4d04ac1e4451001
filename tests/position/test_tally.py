"""Profit by tick value, exactly; averages and round trips as the venue nets them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.position.tally import ROUNDED, Tally
from messages.base import FINE
from messages.market import Side
from messages.position import RoundTrip
from tests.position.bench import BUY, FEES, MES, MNQ, PRICE, SELL, held


def play(*fills: tuple[Side, int, int]) -> tuple[Tally, list[RoundTrip]]:
    """Fold (side, size, price) in, a nanosecond apart."""
    tally = Tally(MES)
    trips = []
    for at, (side, size, price) in enumerate(fills, 1):
        trip = tally.fill(at, side, size, price, FEES * size, at)
        if trip is not None:
            trips.append(trip)
    return tally, trips


def test_a_long_round_trip_makes_ticks_times_tick_value_less_its_fees() -> None:
    tally, (trip,) = play((BUY, 2, PRICE), (SELL, 2, PRICE + 7))
    assert (tally.size, tally.average, tally.trip) == (0, 0, None)
    assert trip.gross == 2 * 7 * 12_500
    assert trip.fees == 4 * FEES
    assert trip.net == trip.gross - trip.fees
    assert (trip.side, trip.size, trip.id, trip.opened, trip.closed) == (BUY, 2, 2, 1, 2)
    assert (trip.entry, trip.exit) == (PRICE * FINE, (PRICE + 7) * FINE)


def test_a_short_round_trip_makes_money_downwards() -> None:
    _, (trip,) = play((SELL, 1, PRICE), (BUY, 1, PRICE - 3))
    assert (trip.side, trip.gross) == (SELL, 3 * 12_500)
    _, (trip,) = play((SELL, 1, PRICE), (BUY, 1, PRICE + 3))
    assert trip.gross == -3 * 12_500


def test_tick_value_is_the_instruments_own() -> None:
    tally = Tally(MNQ)
    assert tally.fill(1, BUY, 1, 100, 0, 1) is None
    trip = tally.fill(2, SELL, 1, 101, 0, 2)
    assert trip is not None
    assert trip.gross == 5_000


def test_adding_moves_the_average_and_a_partial_close_does_not() -> None:
    tally, trips = play((BUY, 1, 100), (BUY, 2, 103))
    assert (tally.size, tally.average) == (3, 102 * FINE)
    tally, trips = play((BUY, 1, 100), (BUY, 2, 103), (SELL, 2, 200))
    assert (tally.size, tally.average, trips) == (1, 102 * FINE, [])
    _, (trip,) = play((BUY, 1, 100), (BUY, 2, 103), (SELL, 2, 110), (SELL, 1, 90))
    assert trip.gross == (2 * 110 + 90 - 100 - 2 * 103) * 12_500
    assert (trip.size, trip.fees) == (3, 6 * FEES)
    assert trip.exit == round((2 * 110 + 90) * FINE / 3)


def test_averages_are_rounded_to_the_nearest_ten_thousandth_of_a_tick() -> None:
    assert play((BUY, 1, 100), (BUY, 2, 101))[0].average == 1_006_667
    assert play((BUY, 2, 100), (BUY, 1, 101))[0].average == 1_003_333


def test_the_gross_of_a_trip_is_the_venues_own_to_the_cent() -> None:
    """The venue rounds each fill's profit: after parts closed at a third of a tick it is a cent
    off.
    """
    tally = Tally(MES)
    for at, price in enumerate((100, 100, 101), 1):
        tally.fill(at, BUY, 1, price, 0, at)
    pnls = [120_800, 120_800, 120_800]
    trips = [tally.fill(at, SELL, 1, 110, 0, at, pnl) for at, pnl in enumerate(pnls, 4)]
    trip = trips[-1]
    assert trip is not None
    assert trip.gross == sum(pnls) != (330 - 301) * 12_500
    assert tally.sure


def test_without_the_venues_word_the_gross_is_exact() -> None:
    tally = Tally(MES)
    for at, price in enumerate((100, 100, 101), 1):
        tally.fill(at, BUY, 1, price, 0, at)
    tally.fill(4, SELL, 2, 110, 0, 4, 241_600)
    trip = tally.fill(5, SELL, 1, 110, 0, 5)
    assert trip is not None
    assert trip.gross == (330 - 301) * 12_500
    assert not tally.sure


@pytest.mark.parametrize(
    ("opened", "closed", "sure"),
    [
        (None, 10 * 12_500, True),
        (None, 10 * 12_500 - ROUNDED, True),
        (None, 10 * 12_500 - ROUNDED - 1, False),
        (0, 10 * 12_500, False),  # what opens makes no profit
        (None, None, False),  # what closes makes some
    ],
)
def test_a_trip_is_sure_where_each_fill_is_to_the_venue_what_it_is_here(
    opened: int | None, closed: int | None, sure: bool
) -> None:
    tally = Tally(MES)
    tally.fill(1, BUY, 1, 100, 0, 1, opened)
    tally.fill(2, SELL, 1, 110, 0, 2, closed)
    assert tally.sure is sure
    tally.fill(3, BUY, 1, 100, 0, 3)
    tally.fill(4, SELL, 2, 110, 0, 4, 10 * 12_500)  # through zero, or one of two was lost
    assert not tally.sure
    tally.fill(5, BUY, 1, 100, 0, 5, 10 * 12_500)
    assert tally.sure


def test_a_fill_through_zero_closes_one_trip_and_opens_the_next() -> None:
    tally, (trip,) = play((BUY, 1, 100), (SELL, 3, 110))
    assert (tally.size, tally.average) == (-2, 110 * FINE)
    assert (trip.size, trip.gross, trip.fees) == (1, 10 * 12_500, 2 * FEES)
    assert tally.trip is not None
    assert (tally.trip.fees, tally.trip.opened, tally.trip.side) == (2 * FEES, 2, SELL)


def test_open_profit_is_at_the_price_one_would_get() -> None:
    tally, _ = play((BUY, 2, 100))
    assert tally.open_profit(103, 104) == 2 * 3 * 12_500
    tally, _ = play((SELL, 2, 100))
    assert tally.open_profit(103, 104) == -2 * 4 * 12_500
    assert Tally(MES).open_profit(103, 104) == 0


def test_open_profit_is_of_what_is_held_and_the_excursions_of_the_whole_trip() -> None:
    """What a partial close has made is in the day's figures: here too, it would count twice."""
    tally, _ = play((BUY, 2, 100), (SELL, 1, 110))
    assert tally.open_profit(104, 105) == 4 * 12_500
    assert tally.trip is not None
    assert tally.trip.favourable == (10 + 4) * 12_500


def test_a_trip_remembers_its_worst_and_best() -> None:
    tally, _ = play((BUY, 1, 100))
    for bid in (98, 105, 101):
        tally.open_profit(bid, bid + 1)
    trip = tally.fill(2, SELL, 1, 101, 0, 2)
    assert trip is not None
    assert (trip.adverse, trip.favourable) == (2 * 12_500, 5 * 12_500)


def test_the_exit_itself_counts_as_worst_or_best() -> None:
    _, (trip,) = play((BUY, 1, 100), (SELL, 1, 90))
    assert (trip.adverse, trip.favourable) == (10 * 12_500, 0)
    _, (trip,) = play((BUY, 1, 100), (SELL, 1, 104))
    assert (trip.adverse, trip.favourable) == (0, 4 * 12_500)


def test_an_adopted_position_is_the_venues_with_its_average() -> None:
    tally, _ = play((BUY, 5, 100))
    tally.adopt(held(-2, 120), 9)
    assert (tally.size, tally.average) == (-2, 120 * FINE)
    trip = tally.fill(9, BUY, 2, 118, 0, 10)
    assert trip is not None
    assert (trip.gross, trip.side, trip.opened, trip.size) == (2 * 2 * 12_500, SELL, 9, 2)
    tally.adopt(held(0), 11)
    assert (tally.size, tally.trip) == (0, None)


FILLS = st.lists(
    st.tuples(st.sampled_from(Side), st.integers(1, 3), st.integers(90, 110)), max_size=12
)


@given(FILLS)
def test_size_cash_and_fees_are_conserved(fills: list[tuple[Side, int, int]]) -> None:
    tally, trips = play(*fills)
    assert tally.size == sum(side * size for side, size, _ in fills)
    fees = sum(trip.fees for trip in trips) + (0 if tally.trip is None else tally.trip.fees)
    assert fees == sum(size * FEES for _, size, _ in fills)
    cash = -sum(side * size * price for side, size, price in fills)
    marked, trip = tally.open_profit(100, 100), tally.trip
    taken = 0 if trip is None else trip.side * (trip.proceeds - trip.cost + trip.held_cost) * 12_500
    made = sum(trip.gross for trip in trips) + marked + taken // FINE
    # Two parts of one sum are rounded down, each to 1/10,000 dollar.
    assert 0 <= (cash + tally.size * 100) * 12_500 - made <= 1
