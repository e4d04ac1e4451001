"""Ten contracts in one engine on real sockets, for some seconds; the benchmark runs for longer."""

import pytest

from tests.benchmarks.many_contracts import SYMBOLS, measure

SECONDS = 8.0
EVENTS = 400
"""A second and contract, at least: the start and the end are in the mean."""


@pytest.mark.alone
@pytest.mark.slow
def test_ten_contracts_of_500_events_a_second_lose_no_print_and_no_delivery() -> None:
    load = measure(len(SYMBOLS), 8, SECONDS, "trading.timeframes=[1min, 5min, 1hr]")
    assert len(SYMBOLS) == 10
    assert load.events >= EVENTS
    assert (load.lost_prints, load.lost_deliveries) == (0, 0)
    assert load.bars >= SECONDS - 3
    assert load.code == 0
