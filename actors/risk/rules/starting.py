"""Not before everything is known."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial


class Starting(Rule):
    """Until the account, the day's figures, the highest balance where the trailing loss needs it,
    and the reconciled position and the orders of every contract are known, and the contract has
    bars enough for its stop.
    """

    code = Denial.STARTING
    unit = Unit.READINGS
    setting = "risk.atr_bars"

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        readings = {
            "account": account.account is not None,
            "day's figures": account.figures is not None,
        }
        if account.trail is not None:
            readings["highest balance"] = account.trail.known
        for contract, holding in account.holdings.items():
            readings[f"position of {contract}"] = holding.reconciled
            readings[f"orders of {contract}"] = holding.phase is not None
        if entry is not None:
            ranges = account.holdings[entry.contract].ranges
            readings[f"{ranges.needed} bars of {entry.contract}"] = ranges.ready
        missing = [name for name, known in readings.items() if not known]
        if not missing:
            return None
        needed = len(readings)
        return Breach(needed - len(missing), needed, detail=f"waiting for {', '.join(missing)}")
