"""The largest position where a mini is worth ten micros."""

from actors.risk.account import AccountState
from actors.risk.lots import micros
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial


class MaxMicros(Rule):
    """When what the account holds or has on the way, over all contracts and in micros, leaves no
    room for one contract more; a mini counts ten.
    """

    # gateway.md 10: maximum position, micros at 10:1.

    code = Denial.MAX_MICROS
    unit = Unit.MICROS
    setting = "risk.max_micros"

    def __init__(self, limit: int | None) -> None:
        self.limit = limit

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        if entry is None or self.limit is None:
            return None
        used = account.micros(now)
        needs = max(1, entry.size) * micros(account.holdings[entry.contract].instrument)
        return Breach(used, self.limit, needs) if used + needs > self.limit else None
