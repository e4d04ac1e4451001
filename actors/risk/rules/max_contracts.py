"""The largest position."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial


class MaxContracts(Rule):
    """When what the account holds or has on the way, over all contracts, leaves no room for one
    contract more.
    """

    code = Denial.MAX_CONTRACTS
    unit = Unit.CONTRACTS
    setting = "risk.max_contracts"

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        if entry is None:
            return None
        used = account.committed(now)
        needs = max(1, entry.size)
        return Breach(used, self.limit, needs) if used + needs > self.limit else None
