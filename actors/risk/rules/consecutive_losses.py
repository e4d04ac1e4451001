"""Losing trades in a row."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial


class ConsecutiveLosses(Rule):
    """When as many losing round trips as the maximum have followed one another in the trade
    date.
    """

    # user.md, document 002: allowed while consecutive losses < maximum.

    code = Denial.CONSECUTIVE_LOSSES
    unit = Unit.LOSSES
    setting = "risk.max_consecutive_losses"

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        used = account.figures.consecutive_losses if account.figures else 0
        return Breach(used, self.limit) if used >= self.limit else None
