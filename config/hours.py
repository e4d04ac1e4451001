"""The exchange's hours by trade date, as sessions.csv lists them. Pure once read."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from messages.base import SECOND, Nanos
from messages.market import MarketStatus

CHICAGO = ZoneInfo("America/Chicago")
NEW_YORK = ZoneInfo("America/New_York")
FILE = Path(__file__).with_name("sessions.csv")
CLOSED, REGULAR = "closed", "regular"
"""Words of the file: a group without hours on a date; a date on which all keep the usual ones."""

VENUE_FLAT = time(15, 10)
"""Chicago: by then Topstep wants no position on a normal day (gateway.md 10)."""
BEFORE_EARLY_CLOSE = timedelta(minutes=15)
"""So long before an early close it wants none (gateway.md 10)."""
_PAUSE = 3_600 * SECOND
"""A longer time without trading is more than a break."""
_DAY = timedelta(days=1)
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6
_CLOSES, _OPENS = time(16), time(17)
"""Chicago: the regular end of a trade date, and the beginning of the next."""


class Group(StrEnum):
    """Products that keep the same hours: the columns of the file."""

    EQUITY = "equity"
    FX = "fx"
    RATES = "rates"
    ENERGY_METALS = "energy_metals"
    CRYPTO = "crypto"
    GRAINS = "grains"
    LIVESTOCK = "livestock"


_PRODUCTS = {
    Group.EQUITY: "ES EP MES NQ ENQ MNQ RTY M2K YM MYM NKD",
    Group.FX: "6E EU6 M6E E7 EEU 6B BP6 M6B 6A DA6 M6A 6C CA6 6N NE6 6S SF6 6J JY6 6M MX6",
    Group.RATES: "ZT TUA ZF FVA ZN TYA TN TNA ZB USA UB ULA",
    Group.ENERGY_METALS: "GC GCE MGC SI SIE SIL HG CPE MHG PL PLE"
    " CL CLE MCL MCLE QM NQM QG NQG NG NGE MNG HO HOE RB RBE",
    Group.CRYPTO: "MBT MET GMET",
    Group.GRAINS: "ZC ZCE ZW ZWA ZS ZSE ZM ZME ZL ZLE",
    Group.LIVESTOCK: "LE GLE HE",
}
"""Symbols, and the venue's own product codes where these differ (gateway.md 8)."""
GROUPS = {product: group for group, products in _PRODUCTS.items() for product in products.split()}


def group(contract: str) -> Group:
    """Of a symbol or a full contract id. ValueError for a product whose hours are not known."""
    product = contract.split(".")[3] if contract.startswith("CON.") else contract
    try:
        return GROUPS[product]
    except KeyError:
        raise ValueError(
            f"trading.contract: the session calendar does not know the hours of {product}"
        ) from None


def nanos(local: datetime) -> Nanos:
    return int(local.timestamp()) * SECOND


@dataclass(frozen=True, slots=True)
class Day:
    """One trade date of a group: its spans of trading, and the instant by which Topstep wants no
    position.
    """

    spans: tuple[tuple[Nanos, Nanos], ...]
    early: bool
    """Whether it closes before the usual time."""
    flat_by: Nanos

    @property
    def closes(self) -> Nanos:
        return self.spans[-1][1]


class Hours:
    """The trade dates of one group; dates without trading are left out."""

    def __init__(self, cells: Mapping[date, str]) -> None:
        closes = Counter(_spans(cell)[-1][1] for cell in cells.values() if cell != CLOSED)
        ((usual, _),) = closes.most_common(1)
        self.days = {day: _day(day, cell, usual) for day, cell in cells.items() if cell != CLOSED}
        spans = [span for day in self.days.values() for span in day.spans]
        self._opens, self._closes = zip(*spans, strict=True)

    def status(self, now: Nanos) -> MarketStatus:
        """By the file; before and after what it covers by the regular week, without holidays."""
        latest = bisect_right(self._opens, now) - 1
        if latest < 0:
            return _regular_week(now)
        closes = self._closes[latest]
        if now < closes:
            return MarketStatus.OPEN
        if latest == len(self._opens) - 1:
            return _regular_week(now)
        pause = self._opens[latest + 1] - closes
        return MarketStatus.BREAK if pause <= _PAUSE else MarketStatus.CLOSED


@cache
def hours(of: Group) -> Hours:
    column = tuple(Group).index(of) + 2
    return Hours({day: row[column] for day, row in _table().items()})


def span() -> tuple[date, date]:
    """The first and the last trade date that the file knows."""
    return min(_table()), max(_table())


@cache
def _table() -> dict[date, list[str]]:
    return read(FILE.read_text(encoding="utf-8").splitlines())


def read(lines: Iterable[str]) -> dict[date, list[str]]:
    """The rows by trade date. ValueError where the columns are not the groups."""
    head, *rows = [line.split(",") for line in lines if not line.startswith("#")]
    if head[2:] != list(Group):
        raise ValueError(f"{FILE.name}: the columns are not {', '.join(Group)}: make it anew")
    return {date.fromisoformat(row[0]): row for row in rows}


def _spans(cell: str) -> list[tuple[time, time]]:
    """`19:00-07:45 08:30-13:20` as times of day."""
    spans = []
    for span in cell.split():
        opens, closes = span.split("-")
        spans.append((time.fromisoformat(opens), time.fromisoformat(closes)))
    return spans


def _day(day: date, cell: str, usual: time) -> Day:
    spans = tuple(
        (nanos(_at(day - _DAY if opens > closes else day, opens)), nanos(_at(day, closes)))
        for opens, closes in _spans(cell)
    )
    closes = _spans(cell)[-1][1]
    if closes < usual:
        return Day(spans, True, nanos(_at(day, closes) - BEFORE_EARLY_CLOSE))
    return Day(spans, False, nanos(_at(day, min(closes, VENUE_FLAT))))


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, CHICAGO)


def _regular_week(now: Nanos) -> MarketStatus:
    """17:00 to 16:00 from Sunday to Friday, a break of an hour from Monday to Thursday."""
    local = datetime.fromtimestamp(now // SECOND, UTC).astimezone(CHICAGO)
    day, at = local.weekday(), local.time()
    if day == _SATURDAY or (day == _FRIDAY and at >= _CLOSES) or (day == _SUNDAY and at < _OPENS):
        return MarketStatus.CLOSED
    if day != _SUNDAY and _CLOSES <= at < _OPENS:
        return MarketStatus.BREAK
    return MarketStatus.OPEN
