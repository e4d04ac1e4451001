"""Accounts, positions and what a fill does to them. Money is int 1/10,000 USD, prices ticks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from tools.simulator.contracts import MONEY, Contract
from tools.simulator.orders import Side

CENT = MONEY // 100


def usd(units: int) -> str:
    """Money as a decimal string, for example 50000.00; more digits only where they are not zero."""
    value = Decimal(units) / MONEY
    return f"{value:.2f}" if units % CENT == 0 else f"{value:.4f}"


def dollars(units: int) -> float:
    """Money as the JSON number whose shortest form is the exact decimal."""
    return units / MONEY


@dataclass(slots=True)
class Position:
    """One contract of one account: signed size, and what it cost in ticks x contracts."""

    id: int
    account: int
    contract: Contract
    created: int
    size: int = 0
    cost: Fraction = Fraction(0)
    average: Decimal = Decimal(0)
    """Ticks; a closed position keeps the average it had (gateway.md 7.4)."""

    def fill(self, signed: int, price: int) -> int | None:
        """Apply `signed` contracts at `price`; gross P&L of what it closed, None if it added.

        P&L is by average cost and rounded to the cent (gateway.md 3.11). A fill never takes a
        position through flat: the caller splits it there.
        """
        if signed * self.size >= 0:
            self.size += signed
            self.cost += price * signed
            mean = self.cost / self.size
            self.average = Decimal(mean.numerator) / mean.denominator
            return None
        basis = self.cost / self.size
        gain = (basis - price) * signed * self.contract.tick_value
        self.cost += basis * signed
        self.size += signed
        return round(gain / CENT) * CENT

    def rebuild(self, trades: Iterable["Trade"]) -> None:
        """Become what these trades alone, oldest first, leave of it."""
        self.size, self.cost = 0, Fraction(0)
        for trade in trades:
            for part in split(self.size, trade.signed):
                self.fill(part, trade.price)


def split(held: int, signed: int) -> tuple[int, ...]:
    """A fill of `signed` contracts, in two parts where it takes a position through flat."""
    through = held * signed < 0 and abs(signed) > abs(held)
    return (-held, signed + held) if through else (signed,)


@dataclass(frozen=True, slots=True)
class Trade:
    """One fill of one order; `pnl` is gross, None where the fill closed nothing."""

    id: int
    order: int
    account: int
    contract: Contract
    created: int
    side: Side
    size: int
    price: int
    pnl: int | None
    fees: int
    commissions: int
    voided: bool = False

    @property
    def signed(self) -> int:
        return self.size * self.side.sign

    @property
    def net(self) -> int:
        """What the trade did to the balance."""
        return (self.pnl or 0) - self.fees - self.commissions


@dataclass(slots=True)
class Account:
    """One trading account. `limit` is its largest position in micros (a mini counts ten);
    `max_loss` and `daily_loss` are amounts of money, `locks` the reasons why it cannot trade."""

    id: int
    name: str
    balance: int
    auto_oco: bool = True
    limit: int = 50
    max_loss: int | None = None
    daily_loss: int | None = None
    locks: set[str] = field(default_factory=set)
    positions: dict[str, Position] = field(default_factory=dict)

    @property
    def can_trade(self) -> bool:
        return not self.locks

    def size(self, contract: Contract) -> int:
        position = self.positions.get(contract.id)
        return position.size if position else 0
