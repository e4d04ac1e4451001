"""When the venue is expected to go over to a contract's next month."""

import re
from datetime import date, timedelta

MONTHS = "FGHJKMNQUVXZ"
FOLLOWED = frozenset(
    "EP MES ENQ MNQ RTY M2K YM MYM NKD EU6 M6E EEU BP6 M6B DA6 M6A CA6 NE6 SF6 JY6 MX6".split()  # noqa: SIM905
)
"""Roots of the equity index and currency products."""

_ID = re.compile(rf"CON\.F\.US\.(?P<root>\w+)\.(?P<month>[{MONTHS}])(?P<year>\d\d)")
_FRIDAY = 4


def roll_date(contract: str) -> date | None:
    """The Thursday eight days before the third Friday of the contract's month; None for a product
    that does not roll so, or what is no contract id.

    An estimate: the venue switches by volume and open interest, at 16:00 to 17:00 Chicago
    (gateway.md 8). That Thursday is the market's own custom for equity index futures, and currency
    futures, whose last day is the Monday after next, follow it. Energy, metals, rates and grains
    roll weeks before their month, each in its own way.
    """
    named = _ID.fullmatch(contract)
    if named is None or named["root"] not in FOLLOWED:
        return None
    first = date(2000 + int(named["year"]), MONTHS.index(named["month"]) + 1, 1)
    third_friday = first + timedelta(days=(_FRIDAY - first.weekday()) % 7 + 14)
    return third_friday - timedelta(days=8)
