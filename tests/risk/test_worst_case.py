"""Whatever the account's state, an approved entry that is stopped out with all that is open breaks
no limit: a property over random states, not over examples.
"""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from messages.base import DOLLAR
from messages.decision import Approved
from messages.position import Account
from tests.risk.bench import MES, MNQ, NOW, Desk, figures, risk

CENTS = st.integers(-60_000, 60_000).map(lambda cents: cents * 100)
NEAR = st.integers(-50_500, -45_000).map(lambda cents: cents * 100)
"""Nearly all of the daily loss used up."""


@settings(deadline=None, max_examples=200)
@given(
    realised=CENTS | NEAR,
    held=st.integers(-4, 4),
    profit=CENTS,
    above=st.integers(0, 200_000).map(lambda cents: cents * 10),
    capital=st.integers(500, 50_000),
    most=st.integers(1, 8),
    micros=st.integers(1, 8),
)
def test_an_approved_entry_can_break_no_limit(
    realised: int, held: int, profit: int, above: int, capital: int, most: int, micros: int
) -> None:
    floor, limit = 48_000 * DOLLAR, 500 * DOLLAR
    desk = Desk(
        risk(
            starting_capital=Decimal(capital),
            max_daily_loss=Decimal(500),
            max_trailing_loss=Decimal(2_000),
            starting_balance=Decimal(50_000),
            max_contracts=most,
            max_micros=micros,
        )
    )
    desk.account.figured(figures(realised, 1))
    desk.account.told(Account(7, "50K-7", floor + above, True))
    desk.hold(held, profit, MNQ)
    # what MNQ may lose to the farthest stop there is, from where it is now
    stake = max(0, abs(held) * 16 * 5_000 + (profit if held else 0))
    worst = (profit if held else 0) - stake
    verdict = desk.judge()
    if not isinstance(verdict, Approved):
        return
    out = worst - verdict.risk
    assert realised + out >= -limit
    assert floor + above + out > floor
    assert verdict.size >= 1
    assert verdict.size + abs(held) <= min(most, micros)
    assert verdict.risk == verdict.size * verdict.stop_ticks * MES.tick_value
    assert verdict.risk <= capital * Decimal("0.025") * DOLLAR
    assert desk.account.committed(NOW) == verdict.size + abs(held)
