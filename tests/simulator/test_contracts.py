"""The contract table of gateway.md 8."""

from datetime import date
from decimal import Decimal

import pytest

from tools.simulator.contracts import BY_ROOT, PRODUCTS, active_contracts, find, front

TODAY = date(2026, 11, 20)


def test_available_lists_one_row_for_each_of_51_products() -> None:
    rows = active_contracts(TODAY)
    assert len(rows) == len({row.id for row in rows}) == 51


def test_ids_and_names_follow_the_wire() -> None:
    mes = front(BY_ROOT["MES"], TODAY)
    assert (mes.id, mes.name) == ("CON.F.US.MES.Z26", "MESZ6")
    assert (mes.symbol_id, mes.display_name) == ("F.US.MES", "MESZ26")


@pytest.mark.parametrize(("day", "code"), [(date(2026, 12, 9), "Z26"), (date(2026, 12, 10), "H27")])
def test_rolls_eight_days_before_the_third_friday(day: date, code: str) -> None:
    assert front(BY_ROOT["MES"], day).id == f"CON.F.US.MES.{code}"


def test_october_gold_is_never_active() -> None:
    months = {front(BY_ROOT["GCE"], date(2026, m, d)).month for m in range(1, 13) for d in (1, 28)}
    assert 10 not in months
    listed = find("CON.F.US.GCE.V26", date(2026, 9, 1))
    assert listed is not None
    assert not listed.active


def test_other_months_are_found_but_not_active() -> None:
    expired = find("CON.F.US.MES.U26", TODAY)
    assert expired is not None
    assert not expired.active


@pytest.mark.parametrize(
    "number", ["", "CON.F.US.MES", "CON.F.US.MES.A26", "CON.F.US.MES.F26", "CON.F.US.NOPE.Z26"]
)
def test_what_is_no_contract_is_not_found(number: str) -> None:
    assert find(number, TODAY) is None


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.symbol)
def test_prices_print_exactly_and_come_back(product: object) -> None:
    for row in active_contracts(TODAY):
        if row.product is product:
            for ticks in (1, 7, 12_345, 272_013):
                price = row.price(ticks)
                assert Decimal(repr(price)) == row.product.tick_size * ticks
                assert row.ticks(Decimal(repr(price))) == ticks


def test_a_price_off_the_grid_has_no_ticks() -> None:
    assert front(BY_ROOT["MES"], TODAY).ticks(Decimal("6801.30")) is None
