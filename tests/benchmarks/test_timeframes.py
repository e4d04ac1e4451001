"""Bars of three timeframes stay as fast as they were, beside plain Python in the same run."""

import pytest

from tests.benchmarks.markets import simulated
from tests.benchmarks.timeframes import COMMITTED, speeds, tapes

WORSE = 1.5
"""How much worse than the committed ratio is a failure (design: budgets)."""


@pytest.mark.slow
@pytest.mark.realtime
def test_no_ratio_to_the_floor_is_worse_than_committed() -> None:
    found = speeds(tapes(simulated(600)), rounds=4)
    ratios = {way: found[way] / found["floor"] for way in COMMITTED}
    limits = {way: committed / WORSE for way, committed in COMMITTED.items()}
    assert {way: ratio for way, ratio in ratios.items() if ratio < limits[way]} == {}
