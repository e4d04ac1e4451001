"""Amounts, prices and times as text: dollars for people, decimals for files, UTC and New York."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias
from zoneinfo import ZoneInfo

from messages.base import DOLLAR, FINE, FineTicks, Money, Nanos, Ticks
from messages.market import Instrument

Instruments: TypeAlias = Mapping[str, Instrument]
"""The instruments of the run by contract id."""

NEW_YORK = ZoneInfo("America/New_York")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CENT = DOLLAR // 100


def decimal(money: Money) -> Decimal:
    """Dollars with two places, or four where the amount has fractions of a cent."""
    places = Decimal("0.01") if money % _CENT == 0 else Decimal("0.0001")
    return (Decimal(money) / DOLLAR).quantize(places)


def dollars(money: Money) -> str:
    """For example $48.20 or -$6.25."""
    return f"{'-' if money < 0 else ''}${abs(decimal(money)):,}"


def signed(money: Money) -> str:
    """For example +$17.50 or -$6.25."""
    return dollars(money) if money < 0 else f"+{dollars(money)}"


def moment(at: Nanos) -> datetime:
    """An instant in UTC, to the microsecond (datetime holds no more)."""
    return _EPOCH + timedelta(microseconds=at // 1_000)


def utc(at: Nanos) -> str:
    """ISO 8601 in UTC, to the microsecond: 2025-01-15T15:30:45.123456Z."""
    return moment(at).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_york(at: Nanos) -> datetime:
    return moment(at).astimezone(NEW_YORK)


def clock(when: datetime) -> str:
    """The human log's stamp, to the millisecond: 2025-01-15 10:30:45.123."""
    return f"{when:%Y-%m-%d %H:%M:%S}.{when.microsecond // 1_000:03d}"


def symbol(instruments: Instruments, contract: str) -> str:
    """The contract's short name; a contract nobody configured goes by its id."""
    found = instruments.get(contract)
    return contract if found is None else found.symbol


def price(instruments: Instruments, contract: str, ticks: Ticks) -> str:
    """A price on the grid; of an unknown contract in ticks."""
    found = instruments.get(contract)
    return f"{ticks} ticks" if found is None else str(found.price(ticks))


def average(instruments: Instruments, contract: str, fine: FineTicks) -> str:
    """An average price, exact; of an unknown contract in ticks."""
    found = instruments.get(contract)
    ticks = Decimal(fine) / FINE
    return f"{ticks} ticks" if found is None else str(ticks * Decimal(found.tick_size))


def plain(number: Decimal) -> str:
    """A decimal without trailing zeros or an exponent: 14, -3.5."""
    return f"{number.normalize():f}"
