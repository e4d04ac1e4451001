"""Book and analytics stay as fast as they were, measured against plain Python in the same run."""

import pytest

from tests.benchmarks.market_picture import COMPARED, speeds
from tests.benchmarks.markets import simulated

WORSE = 1.5
"""How much worse than the committed ratio is a failure (design: budgets)."""


@pytest.mark.slow
@pytest.mark.realtime
def test_no_ratio_to_the_floor_is_worse_than_committed() -> None:
    found = speeds(simulated(600), rounds=4)
    ratios = {way: found[way] / found[floor] for way, floor, _, _ in COMPARED}
    limits = {way: committed / WORSE for way, _, _, committed in COMPARED}
    assert {way: ratio for way, ratio in ratios.items() if ratio < limits[way]} == {}
