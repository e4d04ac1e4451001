"""Book, analytics, timeframes and BarActor stay as fast as they were, beside plain Python."""

import pytest

from tests.benchmarks import burst
from tests.benchmarks.markets import simulated
from tests.benchmarks.measures import COMPARED, committed, ratios, speeds, worse


@pytest.mark.slow
@pytest.mark.alone
def test_no_ratio_to_the_floor_is_worse_than_committed() -> None:
    assert worse(ratios(speeds(simulated(600), rounds=4)), committed()) == {}


def test_a_ratio_half_as_good_is_worse_and_a_slightly_lower_one_is_not() -> None:
    kept = {"book": 0.30, "tape": 0.30}
    assert set(worse({"book": 0.15, "tape": 0.25}, kept)) == {"book"}


def test_every_compared_figure_has_a_committed_ratio() -> None:
    assert set(committed()) == {each.name for each in COMPARED}


@pytest.mark.slow
@pytest.mark.alone
def test_in_a_burst_no_contract_is_lost_and_no_bar_late() -> None:
    if not burst.present():
        pytest.skip(f"no recording {burst.NAME}")
    found = burst.measure()
    assert found.busiest > 11_000
    assert found.bars >= burst.SECONDS - 1
    assert found.lost == 0
    assert found.most_ms <= burst.BUDGET_MS
