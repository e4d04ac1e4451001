"""A refusal in words and dollars: what was measured, its limit, what is left and what was asked."""

from enum import StrEnum

from messages.base import DOLLAR, Money
from messages.decision import Denial, Denied


class Unit(StrEnum):
    """What `used`, `limit` and `needs` of a denial count."""

    MONEY = "USD/10000"
    TICKS = "ticks"
    TRADES = "trades"
    LOSSES = "losses"
    CONTRACTS = "contracts"
    MICROS = "micros"
    ORDERS = "orders"
    LATCHES = "latches"
    READINGS = "readings"
    MILLISECONDS = "ms"
    CLOCK = "minute of the day"
    NONE = ""


_LABELS = {
    Denial.STARTING: ("known", "needed"),
    Denial.MIN_BALANCE: ("balance", "minimum"),
    Denial.FLATTEN_TIME: ("now", "since"),
    Denial.SESSION: ("now", "opens"),
    Denial.STALE_DATA: ("age", "limit"),
    Denial.LEASE: ("age", "limit"),
    Denial.CIRCUIT_BREAKER: ("failed", "limit"),
    Denial.SPREAD: ("spread", "limit"),
    Denial.PRICE_COLLAR: ("away", "limit"),
    Denial.NEWS: ("now", "until"),
}
"""Names of the two figures where "used" and "limit" would mislead."""


def dollars(money: Money) -> str:
    """$48.20, with four decimals when it is not a whole number of cents: a figure at a limit must
    not look as if it were elsewhere.
    """
    sign = "-" if money < 0 else ""
    whole, rest = divmod(abs(money), DOLLAR)
    return f"{sign}${whole}.{rest // 100:02}" if rest % 100 == 0 else f"{sign}${whole}.{rest:04}"


def amount(value: int, unit: Unit) -> str:
    match unit:
        case Unit.MONEY:
            return dollars(value)
        case Unit.MILLISECONDS:
            return f"{value / 1000:.3f}".rstrip("0").rstrip(".") + "s"
        case Unit.CLOCK:
            return f"{value // 60:02}:{value % 60:02}"
        case _:
            return str(value)


def reason(code: Denial, used: int, limit: int, unit: Unit, needs: int = 0) -> str:
    """`daily_loss used=$48.20 limit=$50.00 left=$1.80 needs=$6.25`."""
    if unit in {Unit.NONE, Unit.LATCHES, Unit.READINGS}:  # the detail says it better
        return str(code)
    first, second = _LABELS.get(code, ("used", "limit"))
    parts = [code, f"{first}={amount(used, unit)}", f"{second}={amount(limit, unit)}"]
    if unit in {Unit.MONEY, Unit.MILLISECONDS} and code not in _LABELS:
        parts.append(f"left={amount(max(0, limit - used), unit)}")
    if needs:
        parts.append(f"needs={amount(needs, unit)}")
    if unit is Unit.CLOCK:
        parts.append("New York")
    elif unit not in {Unit.MONEY, Unit.MILLISECONDS}:
        parts.append(unit)
    return " ".join(parts)


def denial(denied: Denied) -> str:
    """The line of the log. ValueError for a unit that is none of ours."""
    unit = Unit(denied.unit)
    return f"DENIED {reason(denied.code, denied.used, denied.limit, unit, denied.needs)}"
