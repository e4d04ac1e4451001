"""A market faster than its source: the same events in the same order, closer together."""

from dataclasses import replace

import pytest

from tools.simulator.generator import Generator
from tools.simulator.market import MarketEvent, MarketSource
from tools.simulator.pace import Paced

START = 1_795_186_800 * 10**9
SECOND = 10**9


def told(source: MarketSource, seconds: float, step: int) -> list[MarketEvent]:
    """Events of the first seconds, taken as a venue does or in steps of `step` ns."""
    source.start(START)
    end, events = START + round(seconds * SECOND), []
    while (at := source.next_time()) is not None and at <= end:
        events += source.take(min(at + step, end))
    return events


@pytest.mark.parametrize("step", [0, 7, 1_000_003])
def test_ten_seconds_in_one(step: int) -> None:
    slow, fast = told(Generator(3), 10, 0), told(Paced(Generator(3), 10), 1, step)
    assert len(slow) > 100
    assert fast == [replace(event, at=START + (event.at - START) // 10) for event in slow]


def test_it_never_runs_ahead() -> None:
    source = Paced(Generator(3), 36)
    source.start(START)
    for until in range(START, START + SECOND // 10, 333_333):
        assert all(event.at <= until for event in source.take(until))
        following = source.next_time()
        assert following is not None
        assert following > until
