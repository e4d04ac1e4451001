"""The last part of the session."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from config.calendar import Calendar
from messages.base import Nanos
from messages.decision import Denial


class FlattenTime(Rule):
    """From the time on at which positions are closed, until the session's end."""

    code = Denial.FLATTEN_TIME
    unit = Unit.CLOCK
    setting = "trading.flatten_time, trading.flat_margin_min"

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        since = self.calendar.flattening(now)
        return None if since is None else Breach(self.calendar.minute(now), since)
