"""The minutes around scheduled news."""

from collections.abc import Callable, Sequence

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from config.blackouts import Blackout
from messages.base import Nanos
from messages.decision import Denial


class News(Rule):
    """Within a span that the settings keep free of entries, such as the minutes around scheduled
    news.
    """

    # gateway.md 10: no full size into scheduled news; entries blocked around CPI.

    code = Denial.NEWS
    unit = Unit.CLOCK
    setting = "risk.news"

    def __init__(self, blackouts: Sequence[Blackout], minute: Callable[[Nanos], int]) -> None:
        self.blackouts = blackouts
        self.minute = minute

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        for blackout in self.blackouts:
            if (until := blackout.until(now)) is not None:
                return Breach(self.minute(now), until)
        return None
