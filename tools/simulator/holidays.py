"""The trade dates on which markets of CME are closed or end early, from holidays.csv."""

import csv
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

_GROUPS = {
    "equity": "ES MES NQ MNQ RTY M2K YM MYM NKD",
    "fx": "6E M6E E7 6B M6B 6A M6A 6C 6N 6S 6J 6M",
    "rates": "ZT ZF ZN TN ZB UB",
    "energy_metals": "GC MGC SI SIL HG MHG PL CL MCL QM QG NG MNG HO RB",
    "crypto": "MBT MET",
    "grains": "ZC ZW ZS ZM ZL",
    "livestock": "LE HE",
}
"""Symbols by the columns of the file."""
_CLOSED = "closed"


def _read() -> Iterator[tuple[tuple[str, date], time | None]]:
    with Path(__file__).with_name("holidays.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            day = date.fromisoformat(row["trade_date"])
            for group, symbols in _GROUPS.items():
                if end := row[group]:
                    found = None if end == _CLOSED else time.fromisoformat(end)
                    yield from (((symbol, day), found) for symbol in symbols.split())


_DAYS = dict(_read())
SHORT = frozenset(end for end in _DAYS.values() if end is not None)
"""Every time of day at which some market ends early."""


def closed(symbol: str, day: date) -> bool:
    """Whether a trade date has no session."""
    return _DAYS.get((symbol, day), time.max) is None


def early(symbol: str, day: date) -> time | None:
    """The time of day in Chicago at which data ends on a shortened trade date; None on others."""
    return _DAYS.get((symbol, day))
