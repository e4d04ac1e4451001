"""A losing strategy on an account with a trailing maximum loss, against the virtual venue."""

from messages.base import DOLLAR
from messages.decision import Denial, Denied
from messages.position import AccountEvent, HighWater
from tests.simulation.bench import Bench, broken, settings
from tests.simulation.strategies import EAGER


def test_entries_end_before_the_floor_can_be_touched() -> None:
    bench = Bench(5, 240, settings(*EAGER, "risk.max_trailing_loss=25"))
    ended, report = bench.run()
    assert ended.code == 0
    assert not broken(report.violations), report.details
    assert bench.ear.of(HighWater), "the ledger has answered"
    balances = [event.account.balance for event in bench.ear.of(AccountEvent)]
    floor = balances[0] - 25 * DOLLAR
    assert floor < balances[-1] < floor + 20 * DOLLAR, balances
    last = bench.ear.of(Denied)[-1]
    assert last.code is Denial.TRAILING_LOSS
    assert (last.limit, last.used) == (25 * DOLLAR, balances[0] - balances[-1])
    assert last.used + last.needs >= last.limit
