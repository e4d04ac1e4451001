"""Sums over the recent past, by venue time.

Time is cut into slots (a second, unless said otherwise). A window of length W ending now is the
slot that now lies in and the W / slot - 1 before it, W rounded up to whole slots: it reaches back
between W - slot and W. What comes in is added to its slot only, so memory is bounded by the number
of slots and not by the number of events, and nothing is ever rescanned event by event.

`now` may not go back. There is no clock here: it is the stamp of what comes in.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Hashable
from operator import add, sub
from typing import Generic, TypeVar

from messages.base import SECOND, Nanos

MINUTE: Nanos = 60 * SECOND
HOUR: Nanos = 60 * MINUTE

Key = TypeVar("Key", bound=Hashable)


class Slots:
    """Slots of `slot` ns that reach back `horizon` ns (a whole number of slots)."""

    def __init__(self, horizon: Nanos, slot: Nanos = SECOND) -> None:
        self.horizon = horizon
        self.slot = slot
        self.most = 2 * (horizon // slot)
        """Slots kept at most: what no window reaches goes in one go once it is as much as what is
        kept.
        """

    def first(self, window: Nanos, now: Nanos) -> int:
        """The number of the oldest slot in the window that ends now; ValueError for a window that
        is empty or longer than the horizon.
        """
        if not 0 < window <= self.horizon:
            raise ValueError(
                f"window of {window / SECOND:g} s: give more than 0 and at most"
                f" {self.horizon / SECOND:g} s, which is what is kept"
            )
        return now // self.slot + window // -self.slot + 1


class RollingSums(Slots):
    """Sums of `width` amounts over any window up to the horizon.

    A slot that anything was added to keeps the totals before it, so a window's sums are one
    difference: O(1) to add, O(log slots) to ask.
    """

    def __init__(self, width: int, horizon: Nanos, slot: Nanos = SECOND) -> None:
        super().__init__(horizon, slot)
        self._totals = (0,) * width
        self._numbers: list[int] = []
        self._before: list[tuple[int, ...]] = []

    def add(self, now: Nanos, *amounts: int) -> None:
        """Add to each sum."""
        number = now // self.slot
        if not self._numbers or number > self._numbers[-1]:
            self._numbers.append(number)
            self._before.append(self._totals)
            if len(self._numbers) > self.most:
                self._forget(now)
        self._totals = tuple(map(add, self._totals, amounts))

    def over(self, window: Nanos, now: Nanos) -> tuple[int, ...]:
        """The sums over the window that ends now."""
        oldest = bisect_left(self._numbers, self.first(window, now))
        before = self._before[oldest] if oldest < len(self._before) else self._totals
        return tuple(map(sub, self._totals, before))

    def _forget(self, now: Nanos) -> None:
        """Drop what no window reaches."""
        gone = bisect_left(self._numbers, self.first(self.horizon, now))
        del self._numbers[:gone], self._before[:gone]


class RollingMaximum(Slots):
    """The largest amount over any window up to the horizon.

    Kept are only the slots that no later one exceeds, so amounts fall from old to new and a
    window's largest is its oldest kept slot's.
    """

    def __init__(self, horizon: Nanos, slot: Nanos = SECOND) -> None:
        super().__init__(horizon, slot)
        self._numbers: list[int] = []
        self._largest: list[int] = []

    def add(self, now: Nanos, amount: int) -> None:
        """Take in an amount above 0."""
        while self._largest and self._largest[-1] <= amount:
            self._numbers.pop()
            self._largest.pop()
        number = now // self.slot
        if not self._numbers or number > self._numbers[-1]:
            self._numbers.append(number)
            self._largest.append(amount)
        if len(self._numbers) > self.most:
            gone = bisect_left(self._numbers, self.first(self.horizon, now))
            del self._numbers[:gone], self._largest[:gone]

    def over(self, window: Nanos, now: Nanos) -> int:
        """The largest in the window that ends now; 0 if nothing is in it."""
        oldest = bisect_left(self._numbers, self.first(window, now))
        return self._largest[oldest] if oldest < len(self._largest) else 0


class RollingTable(Slots, Generic[Key]):
    """Sums of `width` amounts by key over any window up to the horizon.

    Each slot has its own table; the sums of all closed slots within the horizon are kept beside
    them, so asking for the whole horizon costs O(keys), for less O(keys of the slots asked for).
    """

    def __init__(self, width: int, horizon: Nanos, slot: Nanos = SECOND) -> None:
        super().__init__(horizon, slot)
        self.width = width
        self._number = 0
        self._present: dict[Key, list[int]] = {}
        self._closed: deque[tuple[int, dict[Key, list[int]]]] = deque()
        self._sums: dict[Key, list[int]] = {}

    def cell(self, now: Nanos, key: Key) -> list[int]:
        """The key's amounts in the present slot, for the caller to add to (nothing below 0)."""
        if now // self.slot > self._number:
            self._reach(now)
        cell = self._present.get(key)
        if cell is None:
            cell = self._present[key] = [0] * self.width
        return cell

    def over(self, window: Nanos, now: Nanos) -> dict[Key, list[int]]:
        """The sums by key over the window that ends now, keys without any left out."""
        self._reach(now)
        first = self.first(window, now)
        found: dict[Key, list[int]] = {}
        if not self._closed or first <= self._closed[0][0]:
            _merge(found, self._sums)
        else:
            for number, table in reversed(self._closed):
                if number < first:
                    break
                _merge(found, table)
        _merge(found, self._present)
        return found

    def _reach(self, now: Nanos) -> None:
        """Close the present slot if now lies beyond it, and let go of what is too old."""
        number = now // self.slot
        if number > self._number:
            if self._present:
                self._closed.append((self._number, self._present))
                _merge(self._sums, self._present)
                self._present = {}
            self._number = number
        oldest = self.first(self.horizon, now)
        while self._closed and self._closed[0][0] < oldest:
            for key, amounts in self._closed.popleft()[1].items():
                left = list(map(sub, self._sums[key], amounts))
                if any(left):
                    self._sums[key] = left
                else:
                    del self._sums[key]


def _merge(into: dict[Key, list[int]], table: dict[Key, list[int]]) -> None:
    for key, amounts in table.items():
        sums = into.get(key)
        into[key] = amounts[:] if sums is None else list(map(add, sums, amounts))
