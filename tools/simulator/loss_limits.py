"""The loss limits of an account: over its life and within a trade date (gateway.md 10).

Money is int 1/10,000 USD. Open positions are marked at the last trade, which is ours: nobody says
what the vendor marks at. Fees count as soon as they are booked, those of the closing fill then.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tools.simulator.accounts import Account
from tools.simulator.matching import Market

MAX_LOSS, DAILY_LOSS = "max_loss", "daily_loss"
Breached = Callable[[int, Account, str, Fraction, int], None]
"""Called with (now, account, rule, what was reached, the level that it touched)."""


@dataclass(slots=True)
class Ledger:
    """What the limits of one account are counted from.

    `floor`: the balance with open P&L that ends the account. It trails the balance at the end of
    each trade date, never falls, and rises to the starting balance at most. `opened`: the balance
    at the start of the trade date.
    """

    account: Account
    start: int
    opened: int
    floor: int | None

    def new_day(self) -> None:
        self.opened = balance = self.account.balance
        if self.floor is not None and self.account.max_loss is not None:
            self.floor = min(self.start, max(self.floor, balance - self.account.max_loss))

    def touched(self, equity: Fraction) -> tuple[str, Fraction, int] | None:
        """The rule that `equity` (balance and open P&L) breaks first: what it reached, its level;
        none that has locked the account already."""
        account = self.account
        if MAX_LOSS in account.locks:
            return None
        if self.floor is not None and equity <= self.floor:
            return MAX_LOSS, equity, self.floor
        net, daily = equity - self.opened, account.daily_loss
        if daily is not None and net <= -daily and DAILY_LOSS not in account.locks:
            return DAILY_LOSS, net, -daily
        return None


class LossLimits:
    """Watches the accounts that have limits, at each fill and each print of what they hold.

    An account that a limit has locked is kept flat by `flatten`, whatever was still filling.
    """

    def __init__(
        self,
        accounts: Iterable[Account],
        markets: Mapping[str, Market],
        breached: Breached,
        flatten: Callable[[int, Account], None],
    ) -> None:
        self._markets = markets
        self._breached = breached
        self._flatten = flatten
        self.ledgers = {
            row.id: Ledger(
                row, row.balance, row.balance, row.max_loss and row.balance - row.max_loss
            )
            for row in accounts
            if row.max_loss or row.daily_loss
        }
        self.held: dict[str, dict[int, Ledger]] = {}
        """Contract -> ledgers of the accounts that hold it; empty without limits."""

    def settled(self, now: int, account: Account) -> None:
        """The position or balance of an account changed."""
        ledger = self.ledgers.get(account.id)
        if ledger is None:
            return
        for contract in tuple(self.held):
            self.held[contract].pop(account.id, None)
            if not self.held[contract]:
                del self.held[contract]
        for contract in account.positions:
            self.held.setdefault(contract, {})[account.id] = ledger
        if account.locks.isdisjoint((MAX_LOSS, DAILY_LOSS)):
            self._judge(now, ledger, None, 0)
        else:
            self._flatten(now, account)

    def printed(self, now: int, contract: str, price: int) -> None:
        """A contract that is held traded at `price`."""
        for ledger in tuple(self.held.get(contract, {}).values()):
            self._judge(now, ledger, contract, price)

    def new_day(self) -> list[Account]:
        """A trade date begins; the accounts whose daily limit had locked them."""
        for ledger in self.ledgers.values():
            ledger.new_day()
        found = [ledger.account for ledger in self.ledgers.values()]
        return [account for account in found if DAILY_LOSS in account.locks]

    def _judge(self, now: int, ledger: Ledger, contract: str | None, price: int) -> None:
        """Look at an account, `contract` marked at `price` and the others at their last trades."""
        equity = Fraction(ledger.account.balance)
        for name, position in ledger.account.positions.items():
            last = price if name == contract else self._markets[name].last
            if last is not None:
                gain = last * position.size - position.cost
                equity += gain * position.contract.tick_value
        touched = ledger.touched(equity)
        if touched is not None:
            self._breached(now, ledger.account, *touched)
