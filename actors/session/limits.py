"""The limits that a session's files measure against, taken from its settings."""

from dataclasses import dataclass
from datetime import time
from fractions import Fraction

from config.calendar import Sessions, sessions
from config.schema import Settings
from messages.base import DOLLAR, SECOND, Money, Nanos


@dataclass(frozen=True, slots=True)
class Limits:
    """`risk_per_trade` is what one trade may lose at its stop; the times of day are New York's,
    None where the calendar is `always`.
    """

    max_contracts: int
    max_daily_loss: Money
    risk_per_trade: Money
    unprotected: Nanos = 2 * SECOND
    stale: Nanos = 5 * SECOND
    flatten_time: time | None = None
    session_start: time | None = None
    session_end: time | None = None
    hours: Sessions | None = None
    """Tells by when the venue wants no position, which may be earlier than `flatten_time`."""

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        risk, trading, watchdog = settings.risk, settings.trading, settings.watchdog
        timed = trading.calendar == "sessions"
        capital = Fraction(risk.starting_capital) * Fraction(risk.max_risk_per_trade)
        return cls(
            max_contracts=risk.max_contracts,
            max_daily_loss=int(risk.max_daily_loss * DOLLAR),
            risk_per_trade=int(capital * DOLLAR),
            unprotected=round(watchdog.unprotected_s * SECOND),
            stale=round(watchdog.stale_s * SECOND),
            flatten_time=trading.flatten_time if timed else None,
            session_start=trading.session_start if timed else None,
            session_end=trading.session_end if timed else None,
            hours=sessions(trading) if timed else None,
        )
