"""Fees, commissions and P&L to the cent (gateway.md 3.11, 8, 10)."""

from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

import pytest

from tools.simulator.contracts import BY_ROOT, MONEY, PRODUCTS
from tools.simulator.market import Snapshot
from tools.simulator.stamps import MILLISECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.conftest import Session

ACCOUNT = 48_120_077
SPAN = {"accountId": ACCOUNT, "startTimestamp": "2026-11-20T00:00:00Z"}


def exact(number: float) -> Decimal:
    """The decimal that a JSON number was written as."""
    return Decimal(repr(number))


@pytest.mark.parametrize(
    ("root", "round_turn"),
    [
        ("MES", "1.22"), ("MNQ", "1.22"), ("MCLE", "1.52"), ("EP", "3.78"), ("ENQ", "3.78"),
        ("CLE", "4.02"), ("SIE", "4.32"), ("SIL", "2.72"),
    ],
)  # fmt: skip
def test_a_round_turn_costs_what_is_published(root: str, round_turn: str) -> None:
    assert Decimal(2 * sum(BY_ROOT[root].fees)) / MONEY == Decimal(round_turn)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.symbol)
def test_every_product_is_charged_in_whole_cents(product: object) -> None:
    fees = next(row.fees for row in PRODUCTS if row is product)
    assert all(part > 0 and part % (MONEY // 100) == 0 for part in fees)


@pytest.mark.parametrize("size", [1, 3, 7, 10])
def test_fees_grow_with_the_size_and_not_with_the_fills(session: "Session", size: int) -> None:
    session.place(size=size)
    session.run(60)
    (trade,) = session.post("Trade/search", **SPAN)["trades"]
    assert exact(trade["fees"]) == Decimal("0.36") * size
    assert exact(trade["commissions"]) == Decimal("0.25") * size


def test_a_hundred_trades_add_up_to_the_cent(make: "Callable[..., Session]") -> None:
    """Averages of thirds and sevenths are rounded once a trade; the balance is their sum."""
    session, rng = make(max_position=10_000), Random(4)
    for _ in range(100):
        bid = 27200 + rng.randrange(-9, 10)
        session.market(Snapshot(session.now + MILLISECOND, ((bid, 50),), ((bid + 1, 50),)))
        session.place(side=rng.randrange(2), size=rng.randrange(1, 8))
        session.run(60)
    trades = session.post("Trade/search", **SPAN)["trades"]
    closed = [trade for trade in trades if trade["profitAndLoss"] is not None]
    assert len(trades) >= 100
    assert 10 < len(closed) < len(trades)
    won = sum(exact(trade["profitAndLoss"]) for trade in closed)
    paid = sum(exact(trade["fees"]) + exact(trade["commissions"]) for trade in trades)
    (account,) = session.post("Account/search")["accounts"]
    assert exact(account["balance"]) == 50_000 + won - paid
    assert session.rows("account")[-1]["balance"] == f"{50_000 + won - paid:.2f}"
    assert all(exact(trade["profitAndLoss"]) * 100 % 1 == 0 for trade in closed)
