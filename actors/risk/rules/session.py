"""The hours of trading."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from config.calendar import Calendar
from messages.base import Nanos
from messages.decision import Denial


class Session(Rule):
    """Outside the session, on CME trade dates without one (weekend, holiday), and after an early
    close.
    """

    code = Denial.SESSION
    unit = Unit.CLOCK
    setting = "trading.session_start, trading.session_end, trading.calendar"

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        opens = self.calendar.closed(now)
        return None if opens is None else Breach(self.calendar.minute(now), opens)
