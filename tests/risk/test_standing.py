"""What an operator is told that can be lost today."""

from decimal import Decimal
from typing import Any

import pytest

from actors.risk.standing import standing
from messages.base import DOLLAR
from messages.position import Account, DayFigures
from tests.risk.bench import MES, figures, risk

ACCOUNT = Account(7, "50K-7", 50_000 * DOLLAR, True)
TRAILING: dict[str, Any] = {
    "max_trailing_loss": Decimal(2_000),
    "starting_balance": Decimal(50_000),
}


def told(
    day: DayFigures | None, high: int | None = None, balance: int = 50_000, **changes: Any
) -> list[str]:
    account = Account(7, "50K-7", balance * DOLLAR, True)
    return standing(account, day, high, (MES,), risk(**changes))


def test_the_daily_loss_that_is_left_is_named_with_what_one_trade_may_lose() -> None:
    assert told(figures(-18_000)) == [
        "at most $48.20 can be lost today (daily_loss binds first)",
        "daily_loss used=$1.80 limit=$50.00 left=$48.20",
        "one trade risks at most $25.00 at its stop, slippage and fees apart",
        "account 50K-7, balance $50000.00",
    ]


def test_the_limit_that_leaves_least_binds() -> None:
    lines = told(figures(), balance=48_030, **TRAILING)
    assert lines[0] == "at most $30.00 can be lost today (trailing_loss binds first)"
    assert lines[2] == ("trailing_loss used=$1970.00 limit=$2000.00 left=$30.00 floor=$48000.00")
    lines = told(figures(), balance=48_070, **TRAILING)
    assert lines[0] == "at most $50.00 can be lost today (daily_loss binds first)"


def test_a_trade_risks_no_more_than_what_is_left() -> None:
    lines = told(figures(-30 * DOLLAR))
    assert "one trade risks at most $20.00 at its stop, slippage and fees apart" in lines


def test_the_ledger_s_best_day_and_today_s_opening_lift_the_floor() -> None:
    changes = TRAILING | {"starting_balance": None}
    assert told(figures(), 50_500 * DOLLAR, **changes)[2].endswith("floor=$48500.00")
    assert told(figures(-100 * DOLLAR), None, **changes)[2].endswith("floor=$48100.00")
    assert told(figures(100 * DOLLAR), None, **changes)[2].endswith("floor=$47900.00")


@pytest.mark.parametrize("lost", [50, 51])
def test_nothing_is_left_once_the_limit_is_used_up(lost: int) -> None:
    assert told(figures(-lost * DOLLAR))[0].startswith("at most $0.00 can be lost today")


def test_what_is_not_known_is_said() -> None:
    first = told(None)[0]
    assert first.endswith("; what the day has lost so far is not known yet")
