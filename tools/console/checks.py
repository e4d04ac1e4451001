"""The checks of a preflight, as pure judgements of what was found."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from config.calendar import ending, flat_rule
from config.schema import Settings, Trading
from messages.base import DOLLAR, SECOND, Nanos
from messages.market import Instrument
from messages.position import Account
from tools.console.printing import Row, dollars
from tools.console.roll import roll_date
from tools.console.venue_time import Offset, words

SKEW: Nanos = SECOND
"""More than this, and session times and the age of the data are judged wrongly."""
SOON_DAYS = 7
"""A roll this near is worth a word."""


class Result(StrEnum):
    """WARN: a person has to look, because it cannot be known from here or will soon be wrong."""

    PASS = "PASS"
    WARN = "WARN"
    FAIL = "FAIL"


class Check(msgspec.Struct, frozen=True):
    name: str
    result: Result
    found: str

    @classmethod
    def of(cls, name: str, good: bool, found: str) -> "Check":
        return cls(name, Result.PASS if good else Result.FAIL, found)

    def row(self) -> Row:
        return {"check": self.name, "result": self.result.value, "found": self.found}


def failures(checks: Iterable[Check]) -> str:
    """The names of what failed."""
    return ", ".join(each.name for each in checks if each.result is Result.FAIL)


def verdict(checks: Sequence[Check]) -> str:
    if failures(checks):
        return "FAIL"
    warned = sum(each.result is Result.WARN for each in checks)
    return f"PASS, {warned} to look at" if warned else "PASS"


MODE = Check(
    "account mode",
    Result.WARN,
    "the venue does not tell: Auto OCO Brackets must be on (TopstepX: Settings, Risk Settings)",
)
"""In Position Brackets mode, the default, every bracketed order is refused (gateway.md 5.1)."""


def contract(wanted: str, found: Instrument, today: date) -> Check:
    """The active month was resolved; for how long it will be that."""
    month = f"{found.name} ({found.id}): the active month"
    rolls = roll_date(found.id)
    follows = not wanted.upper().startswith("CON.")
    if rolls is None:
        month = f"{month}; when it rolls is not known here: compare with contract show"
        return Check("contract", Result.PASS if follows else Result.WARN, month)
    days = (rolls - today).days
    soon = "tomorrow" if days == 1 else f"in {days} days"
    when = f"{soon}, about {rolls}" if days > 0 else f"any day now, expected {rolls}"
    month = f"{month}, rolls {when}"
    if follows or days > SOON_DAYS:
        return Check("contract", Result.PASS, month)
    advice = f"then trading.contract must be changed, or name {found.symbol} instead"
    return Check("contract", Result.WARN, f"{month}: {advice}")


def flat(positions: int, orders: int) -> Check:
    """What is open now is closed by the engine at its start (trading.flatten_on_start)."""
    if not positions and not orders:
        return Check("flat", Result.PASS, "nothing open, nothing working")
    found = f"{positions} positions, {orders} working orders"
    return Check("flat", Result.FAIL, f"{found}: flatten all, or leave it to the engine")


def calendar(trading: Trading, live: bool, now: Nanos) -> Check:
    """Which session times are in force, and for how long the session calendar knows them."""
    if trading.calendar == "always":
        if not live:
            return Check("calendar", Result.PASS, "open at any hour")
        found = "always: no flatten before the venue's own, at 15:08 Chicago: use sessions"
        return Check("calendar", Result.WARN, found)
    try:
        ends = ending(trading, now)
    except ValueError as refused:
        return Check("calendar", Result.FAIL, str(refused))
    hours = f"{trading.session_start:%H:%M} to {trading.session_end:%H:%M} New York"
    found = f"{hours}, {flat_rule(trading, now)}"
    if ends:
        return Check("calendar", Result.WARN, f"{found}; {ends}")
    return Check("calendar", Result.PASS, found)


def clock(offset: Offset | None, live: bool) -> Check:
    """Fails only where the whole interval lies beyond SKEW. A simulator may have its own epoch."""
    if offset is None:
        found = "the venue states no time: compare this machine's clock with another"
        return Check("clock", Result.WARN, found)
    away = offset.least > SKEW or offset.most < -SKEW
    found = f"venue minus ours {words(offset)}"
    if away and not live:
        return Check("clock", Result.PASS, f"{found}: the simulator's epoch")
    return Check.of("clock", not away, f"{found}: set this machine's clock" if away else found)


def hubs(problems: Sequence[str], seconds: float) -> Check:
    found = "; ".join(problems) or f"both opened and stayed open for {seconds:g} s"
    return Check.of("hubs", not problems, found)


def second_session(problems: Sequence[str], seconds: float) -> Check:
    """Another session of the same user makes the venue send GatewayLogout on the older hubs."""
    ended = [problem for problem in problems if "GatewayLogout" in problem]
    if ended:
        found = "the venue ended ours: close the browser, the phone app and other bots of this user"
        return Check("second session", Result.FAIL, found)
    if problems:
        found = "not knowable while a hub fails: mend that first"
        return Check("second session", Result.WARN, found)
    return Check("second session", Result.PASS, f"no GatewayLogout in {seconds:g} s")


def dollars_at_risk(
    settings: Settings, account: Account, instruments: Sequence[Instrument]
) -> Check:
    """The most that one stop costs, fees and slippage apart, and the day's limit, by settings.

    Fails where even one contract with the nearest stop exceeds max_risk_per_trade (no trade would
    ever be taken), or where the day's limit is more than the account holds.
    """
    risk = settings.risk
    per_trade = risk.starting_capital * risk.max_risk_per_trade
    value = max(Decimal(each.tick_value) / DOLLAR for each in instruments)
    farthest = min(per_trade, value * risk.max_stop_ticks * risk.max_contracts)
    nearest = value * risk.min_stop_ticks
    found = f"at most ${farthest:.2f} a stop, ${risk.max_daily_loss:.2f} a day"
    balance = dollars(account.balance)
    funded = "EXPRESS" in account.name.upper()  # starts at 0 with its loss limit below
    good = True
    if nearest > per_trade:
        good = False
        found = (
            f"one contract risks ${nearest:.2f} at the nearest stop, allowed are ${per_trade:.2f}:"
            " no trade will be taken"
        )
    elif not funded and risk.max_daily_loss > balance:
        good = False
        found = f"{found}, but the balance is ${balance}: lower risk.max_daily_loss"
    else:
        found = f"{found}; balance ${balance}"
    return Check.of("dollars at risk", good, found)
