"""The position cap that counts a mini as ten micros."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from actors.risk.lots import micros
from messages.decision import Denial
from messages.order import Phase
from tests.risk.bench import MES, MNQ, Desk, risk, signal

# one contract's stop costs 15 dollars at the bench: money is no object here
RICH = {"starting_capital": Decimal(100_000), "max_daily_loss": Decimal(100_000)}
MINI = replace(MNQ, symbol="NQ")


@pytest.mark.parametrize(
    ("symbol", "counts"),
    [("MES", 1), ("MCL", 1), ("SIL", 2), ("ES", 10), ("MBT", 10), ("MET", 10), ("XYZ", 10)],
)
def test_a_product_counts_as_the_venue_counts_it(symbol: str, counts: int) -> None:
    assert micros(replace(MES, symbol=symbol)) == counts


def with_minis(most: int) -> Desk:
    """MES beside a mini in place of MNQ."""
    desk = Desk(risk(**RICH, max_contracts=1_000, max_micros=most))
    desk.account.holdings[MNQ.id].instrument = MINI
    return desk


def test_what_is_held_in_minis_counts_tenfold() -> None:
    desk = with_minis(50)
    desk.hold(-4, one=MNQ)
    assert desk.approval().size == 10
    desk = with_minis(50)
    desk.hold(-5, one=MNQ)
    denied = desk.denial()
    assert (denied.code, denied.used, denied.limit, denied.needs, denied.unit) == (
        Denial.MAX_MICROS,
        50,
        50,
        1,
        "micros",
    )


def test_a_mini_needs_room_for_ten() -> None:
    desk = with_minis(50)
    desk.hold(40)
    assert desk.approval(signal(contract=MNQ.id)).size == 1
    desk = with_minis(50)
    desk.hold(41)
    denied = desk.denial(signal(contract=MNQ.id))
    assert (denied.code, denied.used, denied.needs) == (Denial.MAX_MICROS, 41, 10)


def test_what_is_on_the_way_counts_as_held() -> None:
    desk = with_minis(50)
    assert desk.approval(signal(contract=MNQ.id)).size == 5
    desk.phase(Phase.ENTERING, MNQ)
    assert desk.denial().code is Denial.MAX_MICROS


def test_both_caps_hold_and_the_lower_one_sizes() -> None:
    assert Desk(risk(**RICH, max_contracts=3, max_micros=50)).approval().size == 3
    assert Desk(risk(**RICH, max_contracts=50, max_micros=4)).approval().size == 4


def test_without_a_cap_in_micros_minis_are_contracts_like_any() -> None:
    desk = Desk(risk(**RICH, max_contracts=9))
    desk.account.holdings[MNQ.id].instrument = MINI
    assert desk.approval(signal(contract=MNQ.id)).size == 9
