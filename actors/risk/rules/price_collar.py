"""The price of an entry against the market's."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos, Ticks
from messages.decision import Denial
from messages.market import Side


class PriceCollar(Rule):
    """When the price that the signal saw lies further than the maximum, either way, from the quote
    at the newest bar's close that would fill it: the ask for a buy, the bid for a sell.
    """

    code = Denial.PRICE_COLLAR
    unit = Unit.TICKS
    setting = "risk.price_collar_ticks"

    def __init__(self, limit: Ticks) -> None:
        self.limit = limit

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        bar = account.holdings[entry.contract].bar if entry else None
        if entry is None or bar is None or not bar.bid or not bar.ask:  # stale_data denies
            return None
        away = abs(entry.price - (bar.ask if entry.side is Side.BUY else bar.bid))
        return Breach(away, self.limit) if away > self.limit else None
