"""What fills do to a position: average cost, gross P&L to the cent."""

from datetime import date
from decimal import Decimal

import pytest

from tools.simulator.accounts import Position, usd
from tools.simulator.contracts import BY_ROOT, front


def position(root: str = "MES") -> Position:
    return Position(1, 1, front(BY_ROOT[root], date(2026, 11, 20)), 0)


def test_opening_and_adding_realise_nothing_and_average_the_price() -> None:
    held = position()
    assert held.fill(1, 100) is None
    assert held.fill(2, 103) is None
    assert (held.size, held.average) == (3, Decimal(102))


@pytest.mark.parametrize(("way", "expected"), [(1, "25.00"), (-1, "-25.00")])
def test_closing_realises_ticks_times_tick_value(way: int, expected: str) -> None:
    held = position()
    held.fill(2 * way, 1000)
    pnl = held.fill(-2 * way, 1010)
    assert pnl is not None
    assert usd(pnl) == expected
    assert held.size == 0


def test_a_partial_close_keeps_the_average_of_the_rest() -> None:
    held = position()
    held.fill(1, 100)
    held.fill(2, 101)
    first, second, third = held.fill(-1, 110), held.fill(-1, 110), held.fill(-1, 110)
    assert first is not None
    assert usd(first) == "11.67"
    assert first == second == third


def test_a_closed_position_keeps_the_average_it_had() -> None:
    held = position()
    held.fill(-1, 100)
    held.fill(1, 90)
    assert held.average == 100
