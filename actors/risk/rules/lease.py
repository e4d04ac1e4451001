"""Nothing is entered that nobody would close if this process died."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import MILLISECOND, Nanos
from messages.decision import Denial


class Lease(Rule):
    """When the supervisor's newest beat that the sentinel has answered was made longer ago than a
    lease lasts: this process may be hung, or the sentinel gone.
    """

    code = Denial.LEASE
    unit = Unit.MILLISECONDS
    setting = "supervision.sentinel, supervision.lease_s"

    def __init__(self, lasts: Nanos | None) -> None:
        """None: the session has no sentinel."""
        self._lasts = lasts

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        if self._lasts is None:
            return None
        if account.leased is None:
            limit = self._lasts // MILLISECOND
            return Breach(0, limit, detail="the sentinel has not answered yet")
        age = now - account.leased
        if age <= self._lasts:
            return None
        return Breach(age // MILLISECOND, self._lasts // MILLISECOND)
