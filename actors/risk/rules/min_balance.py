"""The balance that must be exceeded."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Money, Nanos
from messages.decision import Denial


class MinBalance(Rule):
    """Unless the account's balance, which is realised only, is above the minimum."""

    # user.md, document 002: allowed while balance > minimum.

    code = Denial.MIN_BALANCE
    unit = Unit.MONEY
    setting = "risk.min_balance"

    def __init__(self, limit: Money) -> None:
        self.limit = limit

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        if account.account is None or account.account.balance > self.limit:
            return None
        return Breach(account.account.balance, self.limit)
