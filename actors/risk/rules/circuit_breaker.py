"""The pause after too many failed orders."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial


class CircuitBreaker(Rule):
    """When as many orders as the maximum were refused, rejected or left without an answer within
    the window; until a window has passed without one.
    """

    code = Denial.CIRCUIT_BREAKER
    unit = Unit.ORDERS
    setting = "risk.max_order_errors, risk.error_window_s"

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        breaker = account.breaker
        if not breaker.open and not account.latched(self.code):
            return None
        return Breach(breaker.count(now), breaker.limit)
