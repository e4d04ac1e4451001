"""Only on the market as it is."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import MILLISECOND, SECOND, Nanos
from messages.decision import Denial

LAG: Nanos = 2 * SECOND
"""How long ago the bar of a decision may have ended: bars close within a third of a second, so
what is older comes from a feed that is delayed, lags, or was away.
"""


class StaleData(Rule):
    """When the bar of the signal ended more than two seconds ago by our clock, or the book at the
    newest bar's close is unknown or crossed.
    """

    code = Denial.STALE_DATA
    unit = Unit.MILLISECONDS

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        if entry is None:
            return None
        bar = account.holdings[entry.contract].bar
        age = max(0, now - entry.bar_end)
        crossed = bar is None or not bar.bid or not bar.ask or bar.ask < bar.bid
        if not crossed and age <= LAG:
            return None
        detail = f"the book of {entry.contract} is unknown or crossed" if crossed else ""
        return Breach(age // MILLISECOND, LAG // MILLISECOND, detail=detail)
