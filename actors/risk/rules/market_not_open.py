"""Only into an open market."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial
from messages.market import MarketStatus


class MarketNotOpen(Rule):
    """Unless the contract's market is open: not in the exchange's break, nor while it is closed,
    not after the venue has refused an order for a closed market, and not before prices come or on
    old ones.
    """

    code = Denial.MARKET_NOT_OPEN
    unit = Unit.NONE
    setting = "trading.calendar, watchdog.stale_s"

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        asked = account.holdings if entry is None else (entry.contract,)
        shut = []
        for contract in asked:
            status, reason = account.holdings[contract].market
            if status is not MarketStatus.OPEN:
                shut.append(f"{contract} is {status}: {reason}")
        return Breach(0, 0, detail="; ".join(shut)) if len(shut) == len(asked) else None
