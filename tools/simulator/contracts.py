"""The contracts of the venue (gateway.md 8). Prices are integer ticks inside."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from functools import cached_property

from tools.simulator.stamps import chicago

MONTHS = "FGHJKMNQUVXZ"
MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
QUARTERS = "HMUZ"
METALS = "GJMQVZ"
IDLE = {"GC": "V", "MGC": "V"}
"""Months that are listed but never active: October gold."""
MONEY = 10_000
"""Money is held as int 1/10,000 USD."""
CLOSE = time(15, 10)
"""Time of day in Chicago at which orders end (gateway.md 10)."""
CLOSES_EARLY = dict.fromkeys(("ZC", "ZW", "ZS", "ZM", "ZL"), time(13, 20)) | dict.fromkeys(
    ("LE", "HE"), time(13, 5)
)
ROLLS = time(16, 30)
"""Time of day in Chicago, in the break, from which the months of the next date are active."""
MICRO_FEES = (3_600, 2_500)
FULL_FEES = (13_900, 5_000)


@dataclass(frozen=True)
class Product:
    """One row of the table: tick_size in points, tick_value in USD, both exact decimals."""

    symbol: str
    root: str
    tick_size: Decimal
    tick_value: Decimal
    months: str
    description: str
    micros: int
    """Weight against the position limit: 1 for a micro, 10 for a mini."""
    fees: tuple[int, int]
    """Fee and commission per contract and side, 1/10,000 USD."""
    closes: time = CLOSE
    """Time of day in Chicago at which orders end."""


@dataclass(frozen=True)
class Contract:
    """One month of a product; `active` as of the day it was looked up."""

    product: Product
    year: int
    month: int
    active: bool = field(compare=False)

    @cached_property
    def id(self) -> str:
        return f"CON.F.US.{self.product.root}.{MONTHS[self.month - 1]}{self.year % 100:02d}"

    @cached_property
    def symbol_id(self) -> str:
        return f"F.US.{self.product.root}"

    @property
    def name(self) -> str:
        return f"{self.product.symbol}{MONTHS[self.month - 1]}{self.year % 10}"

    @property
    def display_name(self) -> str:
        """As positions show it, for example MESZ26."""
        return f"{self.product.symbol}{MONTHS[self.month - 1]}{self.year % 100:02d}"

    @property
    def description(self) -> str:
        return f"{self.product.description}: {MONTH_NAMES[self.month - 1]} {self.year}"

    @cached_property
    def tick_value(self) -> int:
        """Value of one tick of one contract, 1/10,000 USD."""
        return int(self.product.tick_value * MONEY)

    def price(self, ticks: int) -> float:
        """Ticks as the price for JSON: the float whose shortest form is the exact decimal."""
        return float(self.product.tick_size * ticks)

    def distance(self, ticks: Decimal) -> float:
        """A fractional number of ticks as a price, to nine decimals (an average, a distance)."""
        return float(round(self.product.tick_size * ticks, 9))

    def ticks(self, price: Decimal) -> int | None:
        """A price as ticks, or None when it is not on the grid."""
        quotient, rest = divmod(price, self.product.tick_size)
        return None if rest else int(quotient)


def _row(
    symbol: str,
    root: str,
    size: str,
    value: str,
    months: str,
    description: str,
    fees: tuple[int, int] | None = None,
) -> Product:
    micro = symbol in MICROS
    charged = fees or (MICRO_FEES if micro else FULL_FEES)
    return Product(
        symbol,
        root,
        Decimal(size),
        Decimal(value),
        months,
        description,
        1 if micro else 10,
        charged,
        CLOSES_EARLY.get(symbol, CLOSE),
    )


# SIL is a fifth of a mini and MBT, MET count as minis (gateway.md 10); SIL is charged like a micro
MICROS = frozenset(
    "MES MNQ M2K MYM MGC SIL MHG MCL MNG M6E M6B M6A".split()  # noqa: SIM905
)
ANY = MONTHS

# Fees are those of gateway.md 10 where it states them; the rest are this simulator's choice.
PRODUCTS: tuple[Product, ...] = (
    _row("ES", "EP", "0.25", "12.50", QUARTERS, "E-mini S&P 500"),
    _row("MES", "MES", "0.25", "1.25", QUARTERS, "Micro E-mini S&P 500"),
    _row("NQ", "ENQ", "0.25", "5.00", QUARTERS, "E-mini NASDAQ-100"),
    _row("MNQ", "MNQ", "0.25", "0.50", QUARTERS, "Micro E-mini NASDAQ-100"),
    _row("RTY", "RTY", "0.1", "5.00", QUARTERS, "E-mini Russell 2000"),
    _row("M2K", "M2K", "0.1", "0.50", QUARTERS, "Micro E-mini Russell 2000"),
    _row("YM", "YM", "1", "5.00", QUARTERS, "E-mini Dow"),
    _row("MYM", "MYM", "1", "0.50", QUARTERS, "Micro E-mini Dow"),
    _row("GC", "GCE", "0.1", "10.00", METALS, "Gold"),
    _row("MGC", "MGC", "0.1", "1.00", METALS, "Micro Gold"),
    _row("SI", "SIE", "0.005", "25.00", "HKNUZ", "Silver", (16_600, 5_000)),
    _row("SIL", "SIL", "0.005", "5.00", "HKNUZ", "Micro Silver", (11_100, 2_500)),
    _row("HG", "CPE", "0.0005", "12.50", "HKNUZ", "Copper"),
    _row("MHG", "MHG", "0.0005", "1.25", "HKNUZ", "Micro Copper"),
    _row("PL", "PLE", "0.1", "5.00", "FJNV", "Platinum"),
    _row("CL", "CLE", "0.01", "10.00", ANY, "Crude Oil", (15_100, 5_000)),
    _row("MCL", "MCLE", "0.01", "1.00", ANY, "Micro Crude Oil", (5_100, 2_500)),
    _row("QM", "NQM", "0.025", "12.50", ANY, "E-mini Crude Oil"),
    _row("QG", "NQG", "0.005", "12.50", ANY, "E-mini Natural Gas"),
    _row("NG", "NGE", "0.001", "10.00", ANY, "Natural Gas"),
    _row("MNG", "MNG", "0.001", "1.00", ANY, "Micro Natural Gas"),
    _row("HO", "HOE", "0.0001", "4.20", ANY, "Heating Oil"),
    _row("RB", "RBE", "0.0001", "4.20", ANY, "RBOB Gasoline"),
    _row("6E", "EU6", "0.00005", "6.25", QUARTERS, "Euro FX"),
    _row("M6E", "M6E", "0.0001", "1.25", QUARTERS, "Micro EUR/USD"),
    _row("E7", "EEU", "0.0001", "6.25", QUARTERS, "E-mini Euro FX"),
    _row("6B", "BP6", "0.0001", "6.25", QUARTERS, "British Pound"),
    _row("M6B", "M6B", "0.0001", "0.625", QUARTERS, "Micro GBP/USD"),
    _row("6A", "DA6", "0.00005", "5.00", QUARTERS, "Australian Dollar"),
    _row("M6A", "M6A", "0.0001", "1.00", QUARTERS, "Micro AUD/USD"),
    _row("6C", "CA6", "0.00005", "5.00", QUARTERS, "Canadian Dollar"),
    _row("6N", "NE6", "0.00005", "5.00", QUARTERS, "New Zealand Dollar"),
    _row("6S", "SF6", "0.00005", "6.25", QUARTERS, "Swiss Franc"),
    _row("6J", "JY6", "0.0000005", "6.25", QUARTERS, "Japanese Yen"),
    _row("6M", "MX6", "0.00001", "5.00", QUARTERS, "Mexican Peso"),
    _row("ZT", "TUA", "0.00390625", "7.8125", QUARTERS, "2-Year T-Note"),
    _row("ZF", "FVA", "0.0078125", "7.8125", QUARTERS, "5-Year T-Note"),
    _row("ZN", "TYA", "0.015625", "15.625", QUARTERS, "10-Year T-Note"),
    _row("TN", "TNA", "0.015625", "15.625", QUARTERS, "Ultra 10-Year T-Note"),
    _row("ZB", "USA", "0.03125", "31.25", QUARTERS, "30-Year T-Bond"),
    _row("UB", "ULA", "0.03125", "31.25", QUARTERS, "Ultra T-Bond"),
    _row("ZC", "ZCE", "0.25", "12.50", "HKNUZ", "Corn"),
    _row("ZW", "ZWA", "0.25", "12.50", "HKNUZ", "Wheat"),
    _row("ZS", "ZSE", "0.25", "12.50", "FHKNX", "Soybeans"),
    _row("ZM", "ZME", "0.1", "10.00", "FHKNZ", "Soybean Meal"),
    _row("ZL", "ZLE", "0.01", "6.00", "FHKNZ", "Soybean Oil"),
    _row("LE", "GLE", "0.025", "10.00", "GJMQVZ", "Live Cattle"),
    _row("HE", "HE", "0.025", "10.00", "GJMNQVZ", "Lean Hogs"),
    _row("NKD", "NKD", "5", "25.00", QUARTERS, "Nikkei 225 (USD)"),
    _row("MBT", "MBT", "5", "0.50", ANY, "Micro Bitcoin"),
    _row("MET", "GMET", "0.5", "0.05", ANY, "Micro Ether"),
)
BY_ROOT = {product.root: product for product in PRODUCTS}


def day(now: int) -> date:
    """The date whose active months hold at `now` (ns UTC)."""
    local = chicago(now)
    return local.date() + timedelta(days=local.time() >= ROLLS)


def _roll(year: int, month: int) -> date:
    """The day a month stops being active: the Thursday eight days before its third Friday.

    The venue rolls by volume (gateway.md 8); one rule of the calendar for all is our choice.
    """
    first = date(year, month, 1)
    third_friday = first + timedelta(days=(4 - first.weekday()) % 7 + 14)
    return third_friday - timedelta(days=8)


def _months(product: Product, year: int) -> Iterator[tuple[int, int]]:
    """The months that become active."""
    for letter in product.months:
        if letter not in IDLE.get(product.symbol, ""):
            yield year, MONTHS.index(letter) + 1


def front(product: Product, today: date) -> Contract:
    """The active month of `product` on `today`."""
    listed = (*_months(product, today.year), *_months(product, today.year + 1))
    year, month = next(when for when in listed if _roll(*when) > today)
    return Contract(product, year, month, active=True)


def active_contracts(today: date) -> tuple[Contract, ...]:
    """One row per product, as Contract/available lists them."""
    return tuple(front(product, today) for product in PRODUCTS)


def expired(contract: Contract, today: date) -> bool:
    """Whether a month has been active and no longer is."""
    now = front(contract.product, today)
    return (contract.year, contract.month) < (now.year, now.month)


def find(contract_id: str, today: date) -> Contract | None:
    """The contract of an id such as CON.F.US.MES.Z26, other months included; None if unknown.

    Months from six years back to three ahead are known.
    """
    parts = contract_id.split(".")
    if len(parts) != 5 or parts[:3] != ["CON", "F", "US"] or parts[3] not in BY_ROOT:
        return None
    product, code = BY_ROOT[parts[3]], parts[4]
    if len(code) != 3 or code[0] not in product.months or not code[1:].isdecimal():
        return None
    year, month = 2000 + int(code[1:]), MONTHS.index(code[0]) + 1
    if not -6 <= year - today.year <= 3:
        return None
    active = front(product, today)
    return (
        active
        if (active.year, active.month) == (year, month)
        else Contract(product, year, month, active=False)
    )
