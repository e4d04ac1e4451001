"""Entries of one trade date."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial


class TradesPerDay(Rule):
    """When the trade date has had the maximum of trades, the open and the beginning ones
    included.
    """

    code = Denial.TRADES_PER_DAY
    unit = Unit.TRADES
    setting = "risk.max_trades_per_day"

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        ended = account.figures.round_trips if account.figures else 0
        begun = sum(holding.committed(now) > 0 for holding in account.holdings.values())
        used = ended + begun
        return Breach(used, self.limit) if used >= self.limit else None
