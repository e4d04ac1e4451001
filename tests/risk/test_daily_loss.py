"""The most that one trade date may lose."""

from decimal import Decimal

import pytest

from config.schema import Risk
from messages.base import DOLLAR, Money
from messages.control import Alarm, AlarmKind
from messages.decision import Approved, Denial
from messages.position import Reconciled
from tests.risk.bench import MES, MNQ, Desk, figures, risk, signal

CENT: Money = DOLLAR // 100
LIMIT = 50 * DOLLAR


def two_of_mnq(limit: Decimal) -> Risk:
    """$15 a trade: one MES or two MNQ, whose stop of 12 ticks costs $6 each."""
    share = Decimal("0.015")
    return risk(max_daily_loss=limit, max_contracts=3, max_risk_per_trade=share)


def test_denies_at_the_limit_to_the_cent(desk: Desk) -> None:
    desk.account.figured(figures(realised=-LIMIT))
    assert desk.measured() == (Denial.DAILY_LOSS, LIMIT, LIMIT, "USD/10000")


def test_allows_what_just_fits_and_denies_a_cent_more(desk: Desk) -> None:
    desk.account.figured(figures(realised=-35 * DOLLAR))
    assert desk.approval().risk == 15 * DOLLAR
    desk = Desk()
    desk.account.figured(figures(realised=-35 * DOLLAR - CENT))
    denied = desk.denial()
    assert (denied.code, denied.needs) == (Denial.DAILY_LOSS, 15 * DOLLAR)
    assert denied.used == 35 * DOLLAR + CENT


def test_the_account_as_a_whole_is_refused_at_the_limit_not_a_cent_before(desk: Desk) -> None:
    desk.account.figured(figures(realised=-LIMIT + CENT))
    assert desk.book.permission(0).allowed
    desk.account.figured(figures(realised=-LIMIT))
    assert desk.book.permission(0).code is Denial.DAILY_LOSS


def test_counts_open_positions_and_offsets_their_profit(desk: Desk) -> None:
    desk.account.figured(figures(realised=-30 * DOLLAR))
    desk.hold(1, -20 * DOLLAR, MNQ)
    assert desk.book.permission(0).code is Denial.DAILY_LOSS
    desk.hold(1, 20 * DOLLAR, MNQ)
    assert desk.book.permission(0).allowed


def test_a_profit_of_the_day_does_not_raise_the_limit() -> None:
    desk = Desk(risk(max_daily_loss=Decimal("14.99")))
    desk.account.figured(figures(realised=500 * DOLLAR))
    assert desk.measured()[:3] == (Denial.DAILY_LOSS, 0, 149_900)


def test_what_other_contracts_may_still_lose_is_needed_too() -> None:
    # MNQ: two contracts of $6 on the way, MES: $15.
    for limit, allowed in ((Decimal(27), True), (Decimal("26.99"), False)):
        desk = Desk(two_of_mnq(limit))
        assert desk.approval(signal(contract=MNQ.id)).risk == 12 * DOLLAR
        assert isinstance(desk.judge(), Approved) is allowed


def test_an_open_loss_is_not_counted_twice_with_the_stop_that_it_nears() -> None:
    desk = Desk(two_of_mnq(Decimal(27)))
    desk.approval(signal(contract=MNQ.id))
    desk.hold(2, -4 * DOLLAR, MNQ)
    assert desk.approval().used == 4 * DOLLAR  # 4 lost, 8 more at the stop, 15 of this trade


@pytest.mark.parametrize("size", [1, -1])
def test_a_position_of_unknown_stop_counts_with_the_farthest_one(size: int) -> None:
    desk = Desk()
    desk.hold(size, 0, MNQ)  # adopted: 16 ticks, $8
    desk.account.figured(figures(realised=-27 * DOLLAR))
    assert desk.approval().risk == 15 * DOLLAR
    desk = Desk()
    desk.hold(size, 0, MNQ)
    desk.account.figured(figures(realised=-27 * DOLLAR - CENT))
    assert desk.denial().needs == 23 * DOLLAR


def test_the_loss_of_a_closed_position_counts_until_the_figures_hold_it(desk: Desk) -> None:
    desk.hold(1, -LIMIT)
    desk.hold(0)
    assert desk.book.permission(0).code is Denial.DAILY_LOSS
    desk.account.figured(figures(realised=-10 * DOLLAR))
    assert desk.account.loss() == 10 * DOLLAR


def test_a_reading_of_the_venue_settles_what_a_position_showed_last(desk: Desk) -> None:
    desk.hold(1, -LIMIT)
    desk.account.reconciled(Reconciled(MES.id, 1, False))
    assert desk.account.loss() == LIMIT
    desk.account.reconciled(Reconciled(MES.id, 0, True))
    assert (desk.account.loss(), desk.account.flat()) == (0, True)


@pytest.mark.parametrize("size", [1, -1])
def test_a_breach_in_a_position_alarms_once_and_again_for_the_next_position(size: int) -> None:
    desk = Desk()
    desk.hold(size, -LIMIT + 1)
    assert desk.book.watch() == []
    desk.hold(size, -LIMIT)
    words = "daily_loss used=$50.00 limit=$50.00 left=$0.00"
    breach = Alarm(AlarmKind.DAILY_LOSS, "account", words, LIMIT, LIMIT, "USD/10000")
    assert desk.book.watch() == [breach]
    desk.hold(size, -LIMIT - 1)
    assert desk.book.watch() == []
    desk.hold(0)
    assert desk.book.watch() == []
    desk.hold(size, -LIMIT)
    assert len(desk.book.watch()) == 1


def test_a_breach_without_a_position_needs_no_alarm(desk: Desk) -> None:
    desk.account.figured(figures(realised=-2 * LIMIT))
    assert desk.book.watch() == []
