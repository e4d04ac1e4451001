"""A market faster than its source: the same events in the same order, closer together."""

from dataclasses import replace

import pytest

from tools.simulator.generator import Generator
from tools.simulator.market import BUY, MarketEvent, MarketSource, Print
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


class Last:
    """A MarketSource with one print, 360 ns after its start."""

    def __init__(self) -> None:
        self.at: int | None = None

    def start(self, now: int) -> None:
        self.at = now + 360

    def next_time(self) -> int | None:
        return self.at

    def take(self, until: int) -> list[MarketEvent]:
        if self.at is None or self.at > until:
            return []
        at, self.at = self.at, None
        return [Print(at, 27200, 1, BUY)]


def test_an_event_comes_at_its_ns_and_not_before() -> None:
    source = Paced(Last(), 36)
    source.start(START)
    assert source.next_time() == START + 10
    assert source.take(START + 9) == []
    assert source.take(START + 10) == [Print(START + 10, 27200, 1, BUY)]
    assert source.next_time() is None


def test_it_never_runs_ahead() -> None:
    source = Paced(Generator(3), 36)
    source.start(START)
    for until in range(START, START + SECOND // 10, 333_333):
        assert all(event.at <= until for event in source.take(until))
        following = source.next_time()
        assert following is not None
        assert following > until
