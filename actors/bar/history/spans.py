"""Sets of instants as spans of time."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from messages.base import Nanos


class Span(NamedTuple):
    """[start, end)"""

    start: Nanos
    end: Nanos


class Spans:
    """Spans that neither overlap nor touch, in order."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._starts: list[Nanos] = []
        self._ends: list[Nanos] = []
        for start, end in spans:
            self.add(start, end)

    def __iter__(self) -> Iterator[Span]:
        return map(Span, self._starts, self._ends)

    def add(self, start: Nanos, end: Nanos) -> None:
        """Unite with [start, end); an empty one changes nothing."""
        if start >= end:
            return
        first, last = bisect_left(self._ends, start), bisect_right(self._starts, end)
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    def cover(self, start: Nanos, end: Nanos) -> bool:
        """Whether all of [start, end) is in."""
        return not self.holes(start, end)

    def holes(self, start: Nanos, end: Nanos) -> list[Span]:
        """What of [start, end) is not in, in order."""
        found: list[Span] = []
        for number in range(bisect_right(self._ends, start), len(self._starts)):
            if self._starts[number] >= end:
                break
            if start < self._starts[number]:
                found.append(Span(start, self._starts[number]))
            start = self._ends[number]
        if start < end:
            found.append(Span(start, end))
        return found

    def forget(self, before: Nanos) -> None:
        """Take out what lies before an instant."""
        gone = bisect_right(self._ends, before)
        del self._starts[:gone], self._ends[:gone]
        if self._starts:
            self._starts[0] = max(self._starts[0], before)
