"""One position at a time in a contract."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial


class InPosition(Rule):
    """While the contract has a position: nothing is added to one."""

    code = Denial.IN_POSITION
    unit = Unit.CONTRACTS

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        held = abs(account.holdings[entry.contract].size or 0) if entry else 0
        return Breach(held, 0) if held else None
