"""The most that one trade date may lose."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Money, Nanos
from messages.decision import Denial


class DailyLoss(Rule):
    """When the net loss of the CME trade date, open positions included and fees counted, has
    reached the maximum; or would, if the entry and all that is open or on the way were stopped
    out.
    """

    # user.md, document 002: allowed while daily loss < maximum; gateway.md 10, DLL: at or beyond.
    # The second half keeps BOUNDED what the first cannot: a trade begun with a dollar left.

    code = Denial.DAILY_LOSS
    unit = Unit.MONEY
    setting = "risk.max_daily_loss"

    def __init__(self, limit: Money) -> None:
        self.limit = limit

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        used = account.loss()
        needs = entry.risk + account.at_stake(now) if entry else 0
        broken = used >= self.limit or used + needs > self.limit
        return Breach(used, self.limit, needs) if broken else None
