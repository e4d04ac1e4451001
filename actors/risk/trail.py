"""The trailing maximum loss: a floor under the account's equity. Pure."""

from dataclasses import dataclass

from config.schema import Risk
from messages.base import DOLLAR, Money


@dataclass(slots=True)
class Trail:
    """The floor lies `amount` under the highest balance at the end of a trade date, and never above
    the balance that the account began with (None: nobody knows it, so it trails for ever). It is
    measured on equity, open positions included, and touching it ends the account. Source:
    gateway.md 10, Maximum Loss Limit.
    """

    amount: Money
    began: Money | None = None
    high: Money | None = None
    remembered: bool = False
    """Whether the ledger has told what it knows."""
    opened: bool = False
    """Whether the balance at which the present trade date opened is known."""

    @property
    def known(self) -> bool:
        return self.high is not None and self.remembered and self.opened

    def ended(self, balance: Money) -> None:
        """A trade date has ended with this balance."""
        self.high = balance if self.high is None else max(self.high, balance)

    def floor(self) -> Money:
        """The equity at which it is over; 0 while no balance is known, when nothing is entered."""
        if self.high is None:
            return 0
        floor = self.high - self.amount
        return floor if self.began is None else min(floor, self.began)

    def used(self, equity: Money) -> Money:
        """How much of `amount` is used up; negative where there is more left than that."""
        return self.amount - (equity - self.floor())


def trail(risk: Risk) -> Trail | None:
    """As the settings have it; None where they set no such limit."""
    if risk.max_trailing_loss is None:
        return None
    began = None if risk.starting_balance is None else int(risk.starting_balance * DOLLAR)
    made = Trail(int(risk.max_trailing_loss * DOLLAR), began)
    for known in (risk.starting_balance, risk.high_balance):
        if known is not None:
            made.ended(int(known * DOLLAR))
    return made
