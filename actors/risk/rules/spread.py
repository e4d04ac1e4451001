"""What it costs to get in and out."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos, Ticks
from messages.decision import Denial


class Spread(Rule):
    """When bid and ask at the newest bar's close are further apart than the maximum."""

    code = Denial.SPREAD
    unit = Unit.TICKS
    setting = "risk.max_spread_ticks"

    def __init__(self, limit: Ticks) -> None:
        self.limit = limit

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        bar = account.holdings[entry.contract].bar if entry else None
        if bar is None or not bar.bid or not bar.ask:  # unknown: stale_data denies
            return None
        spread = bar.ask - bar.bid
        return Breach(spread, self.limit) if spread > self.limit else None
