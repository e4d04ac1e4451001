"""The venue's own lock."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial


class CannotTrade(Rule):
    """While the venue says that the account cannot trade (canTrade false: locked or violated)."""

    code = Denial.CANNOT_TRADE
    unit = Unit.NONE

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        if account.account is None or account.account.can_trade:
            return None
        return Breach(0, 0, detail=f"account {account.account.name}")
