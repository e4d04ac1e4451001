"""Nothing is entered blind."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial


class HubDown(Rule):
    """While a hub is not open or not used, or quotes or trades are not subscribed to: at once, the
    alarm of the same name follows seconds later.
    """

    code = Denial.HUB_DOWN
    unit = Unit.NONE
    setting = "api.hubs, api.streams"

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        blind = [f"{what}: {why}" for what, why in account.blind.items()]
        return Breach(0, 0, detail="; ".join(blind)) if blind else None
