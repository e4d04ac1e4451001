"""The checks of a preflight: each gives PASS, FAIL or, where nothing can be known, neither."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from config.schema import Settings
from messages.base import DOLLAR, MILLISECOND, SECOND, Nanos
from messages.market import Instrument
from messages.position import Account, PositionsFound, QueryPositions
from tools.console.desk import Desk
from tools.console.orders import working
from tools.console.printing import Row, dollars
from tools.console.venue_time import Offset, words

SKEW: Nanos = SECOND
"""More than this, and session times and the age of the data are judged wrongly."""
LATE: Nanos = 2 * SECOND
"""A median lag above this is not real time."""

_COMMAND_S = 5


class Check(msgspec.Struct, frozen=True):
    """`passed` is None where this machine does not tell."""

    name: str
    passed: bool | None
    found: str

    def row(self) -> Row:
        result = "-" if self.passed is None else "PASS" if self.passed else "FAIL"
        return {"check": self.name, "result": result, "found": self.found}


def flat(desk: Desk) -> Check:
    """What is open now is closed by the engine at its start (trading.flatten_on_start)."""
    held = len(desk.ask(QueryPositions(), PositionsFound).positions)
    orders = len(working(desk))
    found = "nothing open, nothing working"
    if held or orders:
        found = f"{held} positions, {orders} working orders: flatten all, or leave it to the engine"
    return Check("flat", not held and not orders, found)


def clock(offset: Offset | None, live: bool) -> Check:
    """Fails only where the whole interval lies beyond SKEW. A simulator may have its own epoch."""
    if offset is None:
        return Check("clock", None, "the venue states no time")
    away = offset.least > SKEW or offset.most < -SKEW
    found = f"venue minus ours {words(offset)}"
    if away and not live:
        return Check("clock", True, f"{found}: the simulator's epoch")
    return Check("clock", not away, f"{found}: set this machine's clock" if away else found)


def feed(lags: Sequence[Nanos], listened: Nanos) -> Check:
    if not lags:
        found = f"no market data in {listened / SECOND:g} s: is the market open?"
        return Check("feed delay", False, found)
    median = sorted(lags)[(len(lags) - 1) // 2]
    found = f"median {median / MILLISECOND:,.0f} ms over {len(lags)} messages"
    if abs(median) > LATE:
        return Check("feed delay", False, f"{found}: not real time, see probe delay")
    return Check("feed delay", True, found)


def hubs(problems: Sequence[str]) -> Check:
    """A second session makes the venue end the older one's hubs (GatewayLogout)."""
    if problems:
        found = f"{'; '.join(problems)}: is another session open?"
        return Check("second session", False, found)
    return Check("second session", True, "both hubs stayed open")


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
    if nearest > per_trade:
        found = (
            f"one contract risks ${nearest:.2f} at the nearest stop, allowed are ${per_trade:.2f}:"
            " no trade will be taken"
        )
        return Check("dollars at risk", False, found)
    balance = dollars(account.balance)
    name = account.name.upper()
    funded = "EXPRESS" in name  # an express account starts at 0 with its loss limit below
    if not funded and risk.max_daily_loss > balance:
        return Check("dollars at risk", False, f"{found}, but the balance is ${balance}")
    return Check("dollars at risk", True, f"{found}; balance ${balance}")


def sleep(platform: str = sys.platform, ask: Callable[..., str] | None = None) -> Check:
    """Whether this machine goes to sleep on mains power, where it tells."""
    say = _said if ask is None else ask
    if platform == "darwin":
        minutes = _pmset(say("pmset", "-g"))
    elif platform.startswith("linux"):
        power = "org.gnome.settings-daemon.plugins.power"
        minutes = _gnome(say("gsettings", "get", power, "sleep-inactive-ac-type"))
    else:
        minutes = None
    if minutes is None:
        return Check("sleep", None, "not knowable here: keep the machine awake")
    if minutes:
        return Check("sleep", False, f"the machine sleeps ({minutes}): switch that off")
    return Check("sleep", True, "the machine does not sleep when idle")


def _pmset(said: str) -> str | None:
    """` sleep  10 (...)`: minutes, 0 for never."""
    for line in said.splitlines():
        parts = line.split()
        if len(parts) > 1 and parts[0] == "sleep":
            return "" if parts[1] == "0" else f"after {parts[1]} minutes"
    return None


def _gnome(said: str) -> str | None:
    kind = said.strip().strip("'")
    return None if not kind else "" if kind == "nothing" else kind


def _said(*command: str) -> str:
    """What a command prints; nothing where it is not there or fails."""
    path = shutil.which(command[0])
    if path is None:
        return ""
    try:
        done = subprocess.run(
            [path, *command[1:]], capture_output=True, text=True, timeout=_COMMAND_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout
