"""Violations of the promises of design.md 1: how many of each, and what the newest ones were."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from actors.runtime.delivery import Published
from messages.base import Nanos

Handler: TypeAlias = Callable[[Any, Published], None]
"""Takes a message and the record it came in."""

Handlers: TypeAlias = Mapping[str, Handler]
"""Handlers by the name of the message type."""

INVARIANTS = (
    "PROTECTED",
    "BOUNDED",
    "ONE_ORDER",
    "AGREED",
    "LATCHED",
    "ENDS_FLAT",
    "FRESH",
    "ACCOUNTED",
)
NOT_MEASURED = ("REPLAYABLE", "RECOVERS")
"""REPLAYABLE needs a second run; RECOVERS needs to know when a fault healed, which the venue's
journal tells and the engine's records do not."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One violation: when it was certain, and its figures in words."""

    at: Nanos
    invariant: str
    words: str


class Breaches:
    """Counts every violation and keeps the newest `kept` in full."""

    def __init__(self, kept: int = 200) -> None:
        self.counts = dict.fromkeys(INVARIANTS, 0)
        self.newest: deque[Breach] = deque(maxlen=kept)

    def add(self, invariant: str, at: Nanos, words: str) -> None:
        self.counts[invariant] += 1
        self.newest.append(Breach(at, invariant, words))


class Spells:
    """How long conditions have held, by key."""

    def __init__(self) -> None:
        self.since: dict[str, Nanos] = {}
        self._longest: Nanos = 0

    def mark(self, key: str, holds: bool, at: Nanos) -> Nanos:
        """The condition holds or not as of `at`: the length of the spell that this ends, else 0."""
        if holds:
            self.since.setdefault(key, at)
            return 0
        began = self.since.pop(key, None)
        if began is None:
            return 0
        self._longest = max(self._longest, at - began)
        return at - began

    def longest(self, at: Nanos) -> Nanos:
        """The longest spell so far, those that still last as of `at` included."""
        return max([self._longest, *(at - began for began in self.since.values())])
