"""The venue does what it is asked to and answers too late, while somebody goes on trading: what the
hub tells must do, in time for every promise.
"""

import pytest

from messages.order import CloseContract
from tests.simulation.bench import Bench, broken, settings
from tests.simulation.strategies import EAGER
from tools.simulate.mishaps import fault


@pytest.mark.parametrize("overrides", [(), EAGER])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_stranger_is_closed_out_though_no_answer_comes(
    seed: int, overrides: tuple[str, ...]
) -> None:
    bench = Bench(seed, 150, settings(*overrides))
    for name in ("external_order", "delay_response"):
        fault(bench.session, name, 60, 20.0)
    ended, report = bench.run()
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert len(bench.ear.of(CloseContract)) > 5
    assert (ended.code, ended.state) == (0, "FLAT")
