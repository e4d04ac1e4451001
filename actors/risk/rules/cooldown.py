"""The pause after a loss."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import MILLISECOND, Nanos
from messages.decision import Denial


class Cooldown(Rule):
    """While the newest losing round trip closed less than the pause ago."""

    code = Denial.COOLDOWN
    unit = Unit.MILLISECONDS
    setting = "risk.cooldown_s"

    def __init__(self, pause: Nanos) -> None:
        self.pause = pause

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        closed = account.figures.last_loss if account.figures else 0
        if not closed or now - closed >= self.pause:
            return None
        # The venue stamps the close: its clock may be ahead of ours.
        return Breach(max(0, now - closed) // MILLISECOND, self.pause // MILLISECOND)
