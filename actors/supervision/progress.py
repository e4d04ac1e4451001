"""Actors that make none. Pure.

Health is progress, not a heartbeat: an actor that hangs in a handler, or whose thread is gone, has
work before it and finishes nothing.
"""

from collections.abc import Iterable

from actors.runtime.address import Address
from actors.runtime.runtime import Progress
from messages.base import Nanos


class Stalls:
    """Watches successive readings; `limit` is how long an actor may finish nothing while it has
    work.
    """

    def __init__(self, limit: Nanos) -> None:
        self._limit = limit
        self._moved: dict[Address, tuple[int, int, Nanos]] = {}

    def check(self, rows: Iterable[Progress], now: Nanos) -> list[Progress]:
        """The addresses that have hung by now."""
        return [row for row in rows if self._stalled(row, now)]

    def _stalled(self, row: Progress, now: Nanos) -> bool:
        generation, handled, since = self._moved.get(row.address, (-1, -1, now))
        idle = not row.running and not row.queued
        if idle or (generation, handled) != (row.generation, row.handled):
            self._moved[row.address] = (row.generation, row.handled, now)
            return False
        return now - since >= self._limit
