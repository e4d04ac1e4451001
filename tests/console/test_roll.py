"""When a contract's month is expected to be left."""

from datetime import date

import pytest

from tools.console.roll import roll_date


@pytest.mark.parametrize(
    ("contract", "rolls"),
    [
        ("CON.F.US.MES.H26", date(2026, 3, 12)),
        ("CON.F.US.MES.M26", date(2026, 6, 11)),
        ("CON.F.US.ENQ.U26", date(2026, 9, 10)),  # the third Friday is the 18th
        ("CON.F.US.EP.Z26", date(2026, 12, 10)),
        ("CON.F.US.EU6.Z27", date(2027, 12, 9)),
    ],
)
def test_index_and_currency_months_are_left_on_the_thursday_of_the_week_before(
    contract: str, rolls: date
) -> None:
    assert roll_date(contract) == rolls


@pytest.mark.parametrize("contract", ["CON.F.US.CLE.Z26", "CON.F.US.MES.A26", "MES", "MESZ6"])
def test_no_date_is_invented_for_what_rolls_otherwise(contract: str) -> None:
    assert roll_date(contract) is None
