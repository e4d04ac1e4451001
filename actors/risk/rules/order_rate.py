"""A throttle against a runaway strategy."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial


class OrderRate(Rule):
    """When as many signals as the maximum were approved within 60 seconds, exits included."""

    code = Denial.ORDER_RATE
    unit = Unit.ORDERS
    setting = "risk.max_orders_per_minute"

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        used = account.orders_in_a_minute(now)
        return Breach(used, self.limit) if used >= self.limit else None
