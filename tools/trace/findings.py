"""What the doctor has found: a row each, and one for those that are too many to tell."""

from collections import Counter
from enum import StrEnum
from typing import NamedTuple

from messages.base import Nanos

TOLD = 20
"""Rows of one severity and kind that are told; the rest is counted."""


class Severity(StrEnum):
    WRONG = "WRONG"
    NOTE = "NOTE"


class Finding(NamedTuple):
    """`what` is the kind of it, `at` when it was certain, `id` the message to look at, if any."""

    severity: Severity
    what: str
    at: Nanos
    words: str
    id: str = ""


class Findings:
    def __init__(self) -> None:
        self._told: list[Finding] = []
        self._counts: Counter[tuple[Severity, str]] = Counter()
        self._newest: dict[tuple[Severity, str], Nanos] = {}

    def wrong(self, what: str, at: Nanos, words: str, id: str = "") -> None:
        self._add(Finding(Severity.WRONG, what, at, words, id))

    def note(self, what: str, at: Nanos, words: str, id: str = "") -> None:
        self._add(Finding(Severity.NOTE, what, at, words, id))

    def rows(self) -> list[Finding]:
        """What is wrong first, each severity in the order of time."""
        more = [
            Finding(severity, what, self._newest[severity, what], f"and {count - TOLD} more")
            for (severity, what), count in self._counts.items()
            if count > TOLD
        ]
        return sorted([*self._told, *more], key=lambda one: (one.severity is Severity.NOTE, one.at))

    def _add(self, finding: Finding) -> None:
        kind = finding.severity, finding.what
        self._counts[kind] += 1
        self._newest[kind] = max(finding.at, self._newest.get(kind, 0))
        if self._counts[kind] <= TOLD:
            self._told.append(finding)
