"""What the venue has to do later, in time order; equal times keep the order they were noted in."""

import heapq
from collections.abc import Callable
from itertools import count

Task = Callable[[int], None]
"""Called with the time it was due (ns UTC)."""


class Agenda:
    """A heap of (due, task); deterministic, since equal times are settled by a counter."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Task]] = []
        self._order = count()

    def add(self, due: int, task: Task) -> None:
        heapq.heappush(self._heap, (due, next(self._order), task))

    def next_time(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    def run_one(self) -> None:
        """Run the task that is due first."""
        due, _, task = heapq.heappop(self._heap)
        task(due)
