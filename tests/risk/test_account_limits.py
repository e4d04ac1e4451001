"""Balance, losses in a row, trades a day, the pause after a loss, the venue's lock, the order
rate.
"""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from messages.base import DOLLAR, MILLISECOND, SECOND
from messages.decision import Denial, SignalKind
from messages.order import Phase
from messages.position import Account
from tests.risk.bench import BALANCE, MES, MNQ, NOW, Desk, bar, figures, risk, signal


def test_denies_at_the_minimum_balance_and_allows_just_above() -> None:
    desk = Desk(risk(min_balance=Decimal(1000)))
    assert desk.measured() == (Denial.MIN_BALANCE, BALANCE, BALANCE, "USD/10000")
    desk.account.account = Account(7, "PRAC-7", BALANCE + 1, True)
    desk.approval()


def test_a_minimum_below_zero_admits_an_account_that_starts_at_zero() -> None:
    desk = Desk(risk(min_balance=Decimal(-2000)))
    desk.account.account = Account(7, "XFA-7", 0, True)
    desk.approval()


@pytest.mark.parametrize(("losses", "allowed"), [(4, True), (5, False), (6, False)])
def test_denies_at_the_maximum_of_consecutive_losses(losses: int, allowed: bool) -> None:
    desk = Desk()
    desk.account.figured(figures(consecutive_losses=losses))
    if allowed:
        desk.approval()
    else:
        assert desk.measured() == (Denial.CONSECUTIVE_LOSSES, losses, 5, "losses")


def test_denies_at_the_maximum_of_trades_of_the_day() -> None:
    desk = Desk(risk(max_trades_per_day=3))
    desk.account.figured(figures(round_trips=2))
    assert desk.book.permission(NOW).allowed
    desk.account.figured(figures(round_trips=3))
    assert desk.measured() == (Denial.TRADES_PER_DAY, 3, 3, "trades")


def test_open_and_beginning_trades_count_among_the_day_s() -> None:
    desk = Desk(risk(max_trades_per_day=2, max_contracts=4))
    desk.hold(1, one=MNQ)
    desk.approval()
    desk.phase(Phase.ENTERING)
    desk.hold(0)
    assert desk.measured(signal())[:3] == (Denial.TRADES_PER_DAY, 2, 2)


def test_pauses_after_a_loss_and_not_a_nanosecond_longer() -> None:
    desk = Desk(risk(cooldown_s=5.0))
    desk.account.figured(figures(last_loss=NOW - 5 * SECOND + 1))
    assert desk.measured() == (Denial.COOLDOWN, 4999, 5000, "ms")
    desk.account.figured(figures(last_loss=NOW - 5 * SECOND))
    desk.approval()


def test_a_loss_stamped_ahead_of_our_clock_pauses_from_now() -> None:
    desk = Desk(risk(cooldown_s=5.0))
    desk.account.figured(figures(last_loss=NOW + 200 * MILLISECOND))
    assert desk.measured()[:2] == (Denial.COOLDOWN, 0)


def test_a_locked_account_cannot_trade(desk: Desk) -> None:
    assert desk.account.account is not None
    desk.account.account = replace(desk.account.account, can_trade=False)
    assert desk.measured() == (Denial.CANNOT_TRADE, 0, 0, "")


def test_the_minute_s_approvals_end_entries_but_never_exits() -> None:
    desk = Desk(risk(max_orders_per_minute=3))
    for second in range(3):
        desk.approval(signal(SignalKind.EXIT_LONG), NOW + second * SECOND)
    assert desk.measured(now=NOW + 2 * SECOND) == (Denial.ORDER_RATE, 3, 3, "orders")
    desk.approval(signal(SignalKind.EXIT_LONG), NOW + 2 * SECOND)


def test_an_approval_leaves_the_minute_after_sixty_seconds() -> None:
    desk = Desk(risk(max_orders_per_minute=1))
    desk.approval(signal(SignalKind.EXIT_LONG), NOW)
    almost = NOW + 60 * SECOND - 1
    assert desk.measured(signal(at=almost), almost)[0] == Denial.ORDER_RATE
    later = NOW + 60 * SECOND
    desk.approval(signal(at=later), later)
    assert list(desk.account.approvals) == [later]


def test_denials_do_not_count_as_orders() -> None:
    desk = Desk(risk(max_orders_per_minute=1))
    holding = desk.account.holdings[MES.id]
    holding.bar = bar(NOW, bid=0)
    for _ in range(5):
        assert desk.denial().code is Denial.STALE_DATA
    holding.bar = bar(NOW)
    assert desk.approval().risk == 15 * DOLLAR
