"""The floor that trails the best end of day, checked on equity."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.risk.trail import Trail, trail
from messages.base import DOLLAR, SECOND, Message, Money
from messages.control import Alarm, AlarmKind, SessionStarted
from messages.decision import Denial, Permission
from messages.position import (
    Account,
    AccountEvent,
    DayFigures,
    HighWater,
    PositionChanged,
    PositionMarked,
    QueryAccount,
    QueryHighWater,
)
from tests.risk.bench import MES, MNQ, NOW, Desk, figures, risk
from tests.risk.room import Room

# A 50K account whose first day's best close was 50,300: the floor is 48,300.
TOPSTEP: dict[str, Any] = {
    "max_trailing_loss": Decimal(2_000),
    "starting_balance": Decimal(50_000),
    "high_balance": Decimal(50_300),
    "starting_capital": Decimal(2_000),
    "max_daily_loss": Decimal(2_000),
    "max_contracts": 1,
}
FLOOR = 48_300 * DOLLAR
RISK = 15 * DOLLAR
"""What the bench's entry of one contract has at stake."""
DAY = 24 * 3_600 * SECOND


def desk(balance: Money = 50_000 * DOLLAR, **changes: Any) -> Desk:
    made = Desk(risk(**TOPSTEP | changes))
    made.account.told(Account(7, "50K-7", balance, True))
    return made


def test_is_over_at_the_floor_and_not_a_hundredth_of_a_cent_above() -> None:
    at = desk(FLOOR)
    words = "trailing_loss used=$2000.00 limit=$2000.00 left=$0.00"
    assert at.book.permission(NOW).words == words
    assert at.measured() == (Denial.TRAILING_LOSS, 2_000 * DOLLAR, 2_000 * DOLLAR, "USD/10000")
    assert desk(FLOOR + 1).book.permission(NOW).allowed


def test_an_entry_whose_stop_would_touch_the_floor_is_denied() -> None:
    touching = desk(FLOOR + RISK)
    denied = touching.denial()
    assert (denied.code, denied.needs) == (Denial.TRAILING_LOSS, RISK)
    desk(FLOOR + RISK + 1).approval()


def test_what_is_open_elsewhere_is_at_stake_too() -> None:
    held = desk(FLOOR + RISK + 1 + 16 * 5_000, max_contracts=2)
    held.hold(1, one=MNQ)  # its stop is not known here: 16 ticks of MNQ
    held.approval()
    held = desk(FLOOR + RISK + 16 * 5_000, max_contracts=2)
    held.hold(1, one=MNQ)
    assert held.denial().code is Denial.TRAILING_LOSS


def test_open_losses_and_profits_are_in_the_equity() -> None:
    losing = desk(FLOOR + 100 * DOLLAR)
    losing.hold(1, -100 * DOLLAR, MNQ)
    assert losing.book.permission(NOW).code is Denial.TRAILING_LOSS
    losing.hold(1, -100 * DOLLAR + 1, MNQ)
    assert losing.book.permission(NOW).allowed


def test_the_floor_follows_the_end_of_a_day_and_no_high_within_it() -> None:
    made = desk(49_000 * DOLLAR, starting_balance=Decimal(60_000))
    made.book.news(NOW)
    made.account.trail = Trail(2_000 * DOLLAR, None, 49_000 * DOLLAR, True, True)
    made.account.told(Account(7, "50K-7", 52_000 * DOLLAR, True))
    made.book.news(NOW + SECOND)
    assert made.account.trail.floor() == 47_000 * DOLLAR
    made.account.told(Account(7, "50K-7", 51_000 * DOLLAR, True))
    made.book.news(NOW + DAY)
    assert made.account.trail.floor() == 49_000 * DOLLAR
    made.account.told(Account(7, "50K-7", 50_000 * DOLLAR, True))
    made.book.news(NOW + 2 * DAY)
    assert made.account.trail.floor() == 49_000 * DOLLAR, "it never falls"


def test_a_day_ends_at_17_00_chicago() -> None:
    made = desk(starting_balance=None, high_balance=Decimal(1))
    floor = made.account.trail
    assert floor is not None
    roll = NOW + (8 * 3_600 + 1_800) * SECOND  # 18:00 New York
    made.account.told(Account(7, "50K-7", 51_000 * DOLLAR, True))
    made.book.news(NOW)
    made.book.news(roll - 1)
    assert floor.high == 1_000 * DOLLAR, "the balance of the bench when the day opened"
    made.book.news(roll)
    assert floor.high == 51_000 * DOLLAR


def test_the_floor_stops_at_the_starting_balance() -> None:
    locked = trail(risk(**TOPSTEP))
    assert locked is not None
    for best, floor in ((51_999, 49_999), (52_000, 50_000), (60_000, 50_000)):
        locked.ended(best * DOLLAR)
        assert locked.floor() == floor * DOLLAR
    assert locked.used(53_000 * DOLLAR) == -1_000 * DOLLAR, "more is left than at the start"


def test_an_account_that_starts_at_zero_has_a_floor_below_it() -> None:
    xfa = trail(risk(**TOPSTEP | {"starting_balance": Decimal(0), "high_balance": None}))
    assert xfa is not None
    assert xfa.floor() == -2_000 * DOLLAR
    xfa.ended(5_000 * DOLLAR)
    assert xfa.floor() == 0


def test_the_day_opened_with_the_balance_less_what_has_been_realised_since() -> None:
    made = Desk(risk(**TOPSTEP))
    made.account.trail = fresh = Trail(2_000 * DOLLAR, None)
    made.account.figured(figures(300 * DOLLAR, 1))
    made.account.told(Account(7, "50K-7", 51_300 * DOLLAR, True))
    assert fresh.high == 51_000 * DOLLAR
    made.account.told(Account(7, "50K-7", 55_000 * DOLLAR, True))
    assert fresh.high == 51_000 * DOLLAR, "once"


def test_the_balance_alone_does_not_say_with_what_the_day_opened() -> None:
    made = Desk(risk(**TOPSTEP))
    made.account.trail = fresh = Trail(2_000 * DOLLAR, None)
    made.account.figures = None
    made.account.told(Account(7, "50K-7", 51_300 * DOLLAR, True))
    assert (fresh.high, fresh.opened) == (None, False)


@pytest.mark.parametrize(("ledger", "floor"), [(None, 48_300), (50_200, 48_300), (51_000, 49_000)])
def test_the_ledger_s_best_day_counts_where_it_is_better(ledger: int | None, floor: int) -> None:
    made = desk()
    made.account.remembered(None if ledger is None else ledger * DOLLAR)
    assert made.account.trail is not None
    assert made.account.trail.floor() == floor * DOLLAR


def test_a_loss_known_from_fills_counts_before_the_balance_shows_it() -> None:
    made = desk(FLOOR + 100 * DOLLAR)
    made.account.figured(figures(-100 * DOLLAR, 1))
    assert made.account.equity() == FLOOR
    made.account.told(Account(7, "50K-7", FLOOR, True))
    assert made.account.equity() == FLOOR, "not twice"
    made.account.figured(figures(400 * DOLLAR, 2))
    assert made.account.equity() == FLOOR, "a profit waits for the venue's word"


def test_a_new_trade_date_is_no_loss() -> None:
    made = desk()
    made.account.figured(figures(700 * DOLLAR, 3))
    made.account.told(Account(7, "50K-7", 50_700 * DOLLAR, True))
    made.account.figured(figures())
    assert made.account.equity() == 50_700 * DOLLAR


def test_a_day_without_profit_but_with_trades_is_not_a_new_one() -> None:
    made = desk()
    made.account.figured(figures(700 * DOLLAR, 3))
    made.account.told(Account(7, "50K-7", 50_700 * DOLLAR, True))
    made.account.figured(figures(0, 4))
    assert made.account.equity() == 50_000 * DOLLAR


def test_without_the_setting_there_is_no_floor() -> None:
    made = Desk()
    made.account.told(Account(7, "PRAC-7", 1, True))
    made.hold(1, -10 * DOLLAR, MNQ)
    assert made.account.trail is None
    assert made.book.permission(NOW).allowed


@given(ends=st.lists(st.integers(-10_000, 100_000), min_size=1), began=st.integers(-100, 60_000))
def test_the_floor_never_falls_and_never_passes_the_starting_balance(
    ends: list[int], began: int
) -> None:
    watched = Trail(2_000, began, began)
    floors = [watched.floor()]
    for balance in ends:
        watched.ended(balance)
        floors.append(watched.floor())
    assert floors == sorted(floors)
    assert floors[-1] == min(max([began, *ends]) - 2_000, began)


@given(equity=st.integers(-(10**9), 10**9), high=st.integers(0, 10**9))
def test_what_is_used_and_what_is_left_are_the_amount(equity: int, high: int) -> None:
    watched = Trail(2_000, None, high)
    assert watched.used(equity) + (equity - watched.floor()) == 2_000


# The room


def told(balance: int) -> AccountEvent:
    return AccountEvent(Account(7, "50K-7", balance * DOLLAR, True), NOW)


def room() -> Room:
    made = Room(risk(**TOPSTEP))
    assert QueryHighWater(NOW - (15 * 3_600 + 1_800) * SECOND) in made.tell(SessionStarted(NOW))
    return made


def permissions(said: Sequence[Message]) -> list[Denial | None]:
    return [m.code for m in said if isinstance(m, Permission)]


def test_nothing_is_entered_before_the_ledger_has_answered() -> None:
    made = room()
    made.know()
    assert permissions(made.tell(told(50_000))) == []
    assert permissions(made.tell(HighWater(50_300 * DOLLAR, NOW))) == [None]


def test_new_figures_are_followed_by_a_question_about_the_balance() -> None:
    made = room()
    made.know()
    assert QueryAccount() in made.tell(figures(-1, 1))
    assert QueryAccount() not in made.tell(DayFigures(-1, 1, 0, 0))


def test_the_tick_that_touches_the_floor_alarms_at_once_and_once() -> None:
    made = room()
    made.know()
    made.tell(told(50_000), HighWater(None, NOW))
    made.tell(told(48_400), PositionChanged(MES.id, 1, 240_000_000, NOW, 0))
    assert made.tell(PositionMarked(MES.id, 0, -100 * DOLLAR + 1)) == []
    alarm, permission = made.tell(PositionMarked(MES.id, 0, -100 * DOLLAR))
    words = "trailing_loss used=$2000.00 limit=$2000.00 left=$0.00"
    used = 2_000 * DOLLAR
    assert alarm == Alarm(AlarmKind.TRAILING_LOSS, "account", words, used, used, "USD/10000")
    assert isinstance(permission, Permission)
    assert permission.code is Denial.TRAILING_LOSS
    assert made.tell(PositionMarked(MES.id, 0, -101 * DOLLAR)) == []


def test_a_restarted_room_asks_the_ledger_again() -> None:
    made = room()
    made.know()
    made.start()
    said = made.tell()
    assert [type(m) for m in said if isinstance(m, QueryHighWater)] == [QueryHighWater]
