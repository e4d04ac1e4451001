"""A trade too large for its risk."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial


class SizeZero(Rule):
    """When not even one contract's stop costs as little as one trade may lose; or the venue has
    refused a single contract for want of margin.
    """

    code = Denial.SIZE_ZERO
    unit = Unit.MONEY
    setting = "risk.max_risk_per_trade"

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        if entry is None or entry.affordable:
            return None
        return Breach(0, entry.allowed, needs=entry.one)
