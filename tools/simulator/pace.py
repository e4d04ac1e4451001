"""A market played faster than its source has it: a busy session on demand."""

from dataclasses import replace

from tools.simulator.market import MarketEvent, MarketSource


class Paced:
    """A MarketSource `speed` times as fast as `source`: the same events, closer together."""

    def __init__(self, source: MarketSource, speed: int) -> None:
        self._source = source
        self._speed = speed
        self._began = 0

    def start(self, now: int) -> None:
        self._began = now
        self._source.start(now)

    def next_time(self) -> int | None:
        at = self._source.next_time()
        return None if at is None else self._shown(at)

    def take(self, until: int) -> list[MarketEvent]:
        """Events that the source stamps alike still come together, for they are shown alike."""
        last = self._began + (until - self._began + 1) * self._speed - 1
        return [replace(event, at=self._shown(event.at)) for event in self._source.take(last)]

    def _shown(self, at: int) -> int:
        return self._began + (at - self._began) // self._speed
