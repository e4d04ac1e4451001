"""Whether each message came to exactly one end at each receiver, and names a cause that was in hand
when it was sent.
"""

from collections import Counter

import msgspec

from actors.runtime.address import PORTS
from actors.runtime.delivery import Outcome
from config.schema import Watchdog
from messages.base import MILLISECOND, SECOND, Nanos
from messages.control import ActorFailed
from tools.trace.findings import Findings
from tools.trace.lines import Done, Sent, room
from tools.trace.trace import Place, Trace
from tools.trace.words import span

OVERTAKEN: Nanos = 100 * MILLISECOND
"""Mailboxes keep their order within a type, but for threads that send in the same instant: where
one sent so much later is done, this one will never be."""


class _Open(msgspec.Struct):
    """A delivery without an end so far; `effect` is the first message that names it as a cause."""

    sent: Sent
    effect: Sent | None = None


class Handling:
    def __init__(self, trace: Trace, findings: Findings, watchdog: Watchdog) -> None:
        self._trace = trace
        self._findings = findings
        self._progress = round(watchdog.progress_s * SECOND)
        self._known = trace.receivers()
        self._open: dict[tuple[str, str], _Open] = {}
        self._newest: dict[tuple[str, str], Nanos] = {}
        self._slowest: dict[str, Done] = {}

    def sent(self, place: Place, sent: Sent) -> None:
        if sent.causes:
            self._check_causes(place, sent)
        for receiver in sent.receivers:
            self._open[sent.id, receiver] = _Open(sent)

    def done(self, done: Done) -> None:
        found = self._open.pop((done.id, done.receiver), None)
        if found is None:
            self._check_unexpected(done)
            return
        kind = done.receiver, done.type
        self._newest[kind] = max(found.sent.at, self._newest.get(kind, 0))
        if found.effect is not None and (
            done.outcome is Outcome.CONFLATED or found.effect.at < done.started
        ):
            self._blame(found.effect, done.id, f"which {done.receiver} took up only later")
        if done.outcome is Outcome.CONFLATED:
            return
        if done.outcome is Outcome.DEAD:
            words = f"{done.type} at {done.receiver}: {done.error}"
            self._findings.wrong("dead letter", done.done, words, done.id)
        self._time(done)

    def close(self, ended: bool) -> None:
        """`ended`: the session came to its end, so that nothing may be under way."""
        flight: Counter[tuple[str, str]] = Counter()
        first: dict[tuple[str, str], Sent] = {}
        for (id, receiver), found in self._open.items():
            kind, at = (receiver, found.sent.type), found.sent.at
            # A port has several workers, and one may wait long for the venue.
            overtaken = receiver not in PORTS and self._newest.get(kind, 0) > at + OVERTAKEN
            if ended or overtaken:
                words = f"{found.sent.type} to {receiver} has no end"
                self._findings.wrong("unaccounted", at, words, id)
            else:
                flight[kind] += 1
                first.setdefault(kind, found.sent)
        for (receiver, type_), count in flight.items():
            sent = first[receiver, type_]
            self._findings.note("in flight", sent.at, f"{count} {type_} to {receiver}", sent.id)
        for receiver, done in self._slowest.items():
            words = f"{receiver}: {span(done.took)} for {done.type}"
            self._findings.note("slowest", done.done, words, done.id)

    def _check_causes(self, place: Place, sent: Sent) -> None:
        """A handler's messages name the message in hand, then those conflated into it. A timer
        names what was in hand when it was set, an actor's failure what it was at, and the answers
        of a virtual port come after the request has been taken.
        """
        here = room(sent.sender)
        later = sent.timer or here in PORTS or sent.type == ActorFailed.__name__
        for rank, cause in enumerate(sent.causes):
            if (found := self._open.get((cause, here))) is not None:
                found.effect = found.effect or sent
                continue
            known = self._trace.place(cause)
            if known is None:
                if not self._given_up(cause):
                    self._blame(sent, cause, "which is not in the trace")
            elif known > place:
                self._blame(sent, cause, "which comes later")
            elif not self._trace.ended(cause, here):
                self._blame(sent, cause, f"which {here} never received")
            elif rank == 0 and not later:
                self._blame(sent, cause, f"which {here} was done with")

    def _given_up(self, cause: str) -> bool:
        """Whether it may have been market data of a thinned segment: nobody's but a socket's."""
        sender = room(cause.rpartition("#")[0])
        return self._trace.thinned and sender not in self._known

    def _blame(self, effect: Sent, cause: str, why: str) -> None:
        words = f"{effect.type} of {effect.sender} names {cause} as a cause, {why}"
        self._findings.wrong("wrong edge", effect.at, words, effect.id)

    def _check_unexpected(self, done: Done) -> None:
        sent = self._trace.message(done.id)
        if sent is None:
            words = f"{done.type} ended at {done.receiver}, and was never sent"
        elif done.receiver in sent.receivers:
            words = f"{done.type} ended twice at {done.receiver}"
        else:
            words = f"{done.type} ended at {done.receiver}, to whom it was not sent"
        self._findings.wrong("unaccounted", done.done, words, done.id)

    def _time(self, done: Done) -> None:
        slowest = self._slowest.get(done.receiver)
        if done.took > (0 if slowest is None else slowest.took):
            self._slowest[done.receiver] = done
        if done.took > self._progress:
            words = f"{done.receiver} was {span(done.took)} with {done.type}"
            tell = self._findings.note if done.receiver in PORTS else self._findings.wrong
            tell("slow handler", done.done, words, done.id)
