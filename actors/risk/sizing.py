"""How many contracts a trade may have, and what they can lose at their stop. Integer arithmetic."""

from decimal import Decimal

from messages.base import DOLLAR, Money, Ticks


def money(dollars: Decimal) -> Money:
    """US dollars in 1/10,000; the settings admit no finer amounts."""
    return int(dollars * DOLLAR)


def allowed_risk(capital: Decimal, share: Decimal) -> Money:
    """What one trade may lose at its stop: `share` of `capital` dollars, rounded down."""
    return int(capital * share * DOLLAR)


def stop_cost(stop: Ticks, tick_value: Money) -> Money:
    """What one contract loses at its stop, fees and slippage apart."""
    return stop * tick_value


def contracts(allowed: Money, one: Money) -> int:
    """floor(capital x risk / (stop ticks x tick value)); design.md 7. 0 means no trade."""
    return allowed // one
