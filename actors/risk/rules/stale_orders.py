"""Nothing else under way in the contract."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial
from messages.order import Phase


class StaleOrders(Rule):
    """While the contract has an entry, an exit or left-over orders under way, or an approved entry
    that the order room has not taken up yet.
    """

    code = Denial.STALE_ORDERS
    unit = Unit.NONE

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        if entry is None:
            return None
        holding = account.holdings[entry.contract]
        if holding.phase not in {None, Phase.FLAT}:
            return Breach(0, 0, detail=f"{entry.contract} is {holding.phase}")
        if holding.entering(now):
            return Breach(0, 0, detail=f"{entry.contract} has an approved entry")
        return None
