"""The floor that trails the account's best end of day."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial


class TrailingLoss(Rule):
    """When equity, open positions included, has fallen by the maximum from the highest balance at
    the end of a trade date; or would, if the entry and all that is open or on the way were stopped
    out. The floor never rises above the starting balance.
    """

    # gateway.md 10, MLL: a touch ends the account, so an entry must not be able to reach it.

    code = Denial.TRAILING_LOSS
    unit = Unit.MONEY
    setting = "risk.max_trailing_loss, risk.starting_balance, risk.high_balance"

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        trail, equity = account.trail, account.equity()
        if trail is None or equity is None:
            return None
        used = trail.used(equity)
        needs = entry.risk + account.at_stake(now) if entry else 0
        return Breach(used, trail.amount, needs) if used + needs >= trail.amount else None
