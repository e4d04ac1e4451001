"""Whether a trace is whole: its numbers, its times, its bodies, and that it never fell silent."""

import msgspec

from actors.runtime.address import PORTS
from config.schema import Watchdog
from messages.base import MILLISECOND, SECOND, Nanos
from tools.trace.findings import Findings
from tools.trace.lines import Done, Sent, room
from tools.trace.trace import Place, Trace

PATROL = "PatrolDue"
"""What a session always does while it runs, whatever the market does."""
PATROLS = 10
"""Rounds of the watchdog that may be missed before nothing at all counts as silence."""
NO_BODY = msgspec.Raw(b"null")


def quiet(watchdog: Watchdog) -> Nanos:
    """How long a running session may write nothing: an actor's patience, or some patrols."""
    patrols = PATROLS * watchdog.patrol_ms * MILLISECOND
    return max(round(watchdog.progress_s * SECOND), patrols)


class Wholeness:
    """An actor's numbers are not expected to be without a gap: it takes one for each timer that it
    sets, and one that was cancelled is never sent. A line of an actor's that has been lost shows by
    the deliveries and effects that name it.
    """

    def __init__(self, trace: Trace, findings: Findings, watchdog: Watchdog) -> None:
        self._findings = findings
        self._quiet = quiet(watchdog)
        self._thinned = trace.thinned
        self._actors = trace.receivers() - PORTS
        self._numbers: dict[str, int] = {}
        self._newest: dict[str, Nanos] = {}
        self._bodiless: dict[str, tuple[int, Sent]] = {}
        self._at: Nanos = 0
        self._patrolled = False

    def sent(self, place: Place, sent: Sent) -> None:
        sender, _, number = sent.id.rpartition(":")
        if room(sent.sender) not in self._actors:
            self._count(sender, int(number), sent)
        if not sent.timer:
            if sent.at < self._newest.get(sender, 0):
                back = (self._newest[sender] - sent.at) / MILLISECOND
                words = f"{sent.type} is {back:g} ms older than what {sender} had sent before it"
                self._findings.wrong("time runs back", sent.at, words, sent.id)
            self._newest[sender] = sent.at
        if sent.message == NO_BODY:
            count, first = self._bodiless.get(sent.type, (0, sent))
            self._bodiless[sent.type] = count + 1, first
        self._patrolled = self._patrolled or sent.type == PATROL
        self._pass(sent.at)

    def done(self, done: Done) -> None:
        self._pass(done.done)

    def close(self) -> None:
        for kind, (count, first) in self._bodiless.items():
            words = f"{count} of {kind}: the journal was overloaded"
            self._findings.wrong("body left out", first.at, words, first.id)

    def _count(self, sender: str, number: int, sent: Sent) -> None:
        expected = self._numbers.get(sender, 0) + 1
        self._numbers[sender] = max(number, expected - 1)
        if number > expected and not self._thinned:
            gone = f"{expected}" if number == expected + 1 else f"{expected} to {number - 1}"
            words = f"{sender} has no {gone}: {number - expected} lines are missing"
            self._findings.wrong("gap", sent.at, words, sent.id)
        elif number < expected:
            words = f"{sender} has sent {expected - 1} before {number}"
            self._findings.wrong("number again", sent.at, words, sent.id)

    def _pass(self, at: Nanos) -> None:
        if self._patrolled and at - self._at > self._quiet:
            silent = (at - self._at) / SECOND
            words = f"nothing for {silent:.1f} s: the journal, or the whole machine, stood still"
            self._findings.wrong("silence", at, words)
        self._at = max(at, self._at)
