"""What can be lost today, in dollars, as an operator is told before trading begins. Pure."""

from collections.abc import Iterable

from actors.risk.account import unknown_account
from actors.risk.sizing import allowed_risk, money
from actors.risk.words import Unit, dollars, reason
from config.schema import Risk
from messages.base import Money
from messages.decision import Denial
from messages.market import Instrument
from messages.position import Account, DayFigures


def standing(
    account: Account,
    figures: DayFigures | None,
    high_water: Money | None,
    instruments: Iterable[Instrument],
    risk: Risk,
) -> list[str]:
    """Lines for a person: first the most that may be lost, then each limit. `figures` None: the
    day's are not known; `high_water`: the ledger's. What is open is not counted.
    """
    state = unknown_account(instruments, risk, restarted=False)
    if figures is not None:
        state.figured(figures)
    state.told(account)
    state.remembered(high_water)
    limit, lost = money(risk.max_daily_loss), state.loss()
    left = {Denial.DAILY_LOSS: limit - lost}
    lines = [reason(Denial.DAILY_LOSS, lost, limit, Unit.MONEY)]
    trail, equity = state.trail, state.equity()
    if trail is not None and trail.high is not None and equity is not None:
        used = trail.used(equity)
        left[Denial.TRAILING_LOSS] = trail.amount - used
        words = reason(Denial.TRAILING_LOSS, used, trail.amount, Unit.MONEY)
        lines.append(f"{words} floor={dollars(trail.floor())}")
    binding = min(left, key=lambda code: left[code])
    most = max(0, left[binding])
    trade = min(allowed_risk(risk.starting_capital, risk.max_risk_per_trade), most)
    known = "" if figures is not None else "; what the day has lost so far is not known yet"
    return [
        f"at most {dollars(most)} can be lost today ({binding} binds first){known}",
        *lines,
        f"one trade risks at most {dollars(trade)} at its stop, slippage and fees apart",
        f"account {account.name}, balance {dollars(account.balance)}",
    ]
