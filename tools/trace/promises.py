"""The promises of a session, judged from its trace by the same code that judges them in it
(actors/session/invariants.py), with the spells that its counts do not tell one by one.
"""

from decimal import Decimal, InvalidOperation
from typing import get_args

from pydantic import ValidationError

from actors.runtime.delivery import Finished, Published
from actors.session.breaches import Breach, Spells
from actors.session.invariants import Invariants
from actors.session.limits import Limits
from actors.session.protection import EXCESS
from config.schema import Risk, Settings
from messages.base import Nanos
from messages.control import EngineState
from messages.market import Depth, Quote, Tape
from messages.order import Order
from tools.trace.findings import Findings
from tools.trace.lines import Done, Header, Sent
from tools.trace.trace import Place, Trace
from tools.trace.words import span

FRESH, PROTECTED = "FRESH", "PROTECTED"


def settings_of(header: Header) -> Settings | None:
    """The settings that a trace was made with; None where its header holds none that are known
    here.
    """
    try:
        risk = {key: _typed(key, value) for key, value in header.config.get("risk", {}).items()}
        return Settings.model_validate({**header.config, "risk": risk})
    except (ValidationError, InvalidOperation):
        return None


def _typed(key: str, value: object) -> object:
    """A risk setting as the schema has it: JSON has money as text, which other settings are too."""
    known = Risk.model_fields.get(key)
    kinds = () if known is None else (known.annotation, *get_args(known.annotation))
    return Decimal(value) if isinstance(value, str) and Decimal in kinds else value


class Promises:
    def __init__(self, trace: Trace, findings: Findings, limits: Limits) -> None:
        self._findings = findings
        self._limits = limits
        self._fresh = not trace.thinned
        self._bare = Spells()
        self._orphaned = Spells()
        self._invariants = Invariants(limits, looks=(self._look,))

    def sent(self, place: Place, sent: Sent) -> None:
        body = None if sent.type == Depth.__name__ else sent.body  # no promise speaks of depth
        if isinstance(body, Quote | Tape):
            self._check_silence(body, sent)
        head = (sent.id, sent.type, sent.sender, sent.receivers, sent.causes, sent.root, sent.at)
        self._invariants.record(Published(*head, body))

    def done(self, done: Done) -> None:
        if done.type == "Latch":
            times = (done.sent, done.started, done.done, done.depth)
            head = (done.id, done.type, done.receiver, done.generation, done.root)
            self._invariants.record(Finished(*head, *times, done.outcome))

    def close(self, ended: bool, running: bool) -> None:
        """`running`: the session goes on, so its end is not judged."""
        invariants = self._invariants
        if not running:
            invariants.close()
        for breach in invariants.breaches.newest:
            if breach.invariant != FRESH or self._fresh:
                self._findings.wrong(breach.invariant, breach.at, breach.words)
        view, at, course = invariants.view, invariants.at, invariants.course
        for contract in sorted(view.contracts()):
            legs = list(view.orphans(contract))
            if (
                legs
                and not course.observing
                and (ended or at - self._orphaned.since.get(contract, at) > EXCESS)
            ):
                words = f"{contract}: {_named(legs)} still at work while flat"
                self._findings.wrong("orphan", at, words)
        if not (running or course.observing) and course.state is not EngineState.FLAT:
            for contract, size in view.positions.items():
                if size:
                    mine = [order for order in view.orders.values() if order.contract == contract]
                    words = f"{contract}: {size:+} with {_named(mine) or 'no order'} at work"
                    self._findings.wrong("left open", at, words)

    def _look(self, at: Nanos) -> None:
        view = self._invariants.view
        for contract in view.contracts():
            bare = self._bare.mark(contract, view.uncovered(contract) > 0, at)
            if bare > self._limits.unprotected and not self._broken(contract, at):
                words = f"{contract}: {span(bare)} without cover, a way out had begun in time"
                self._findings.note("unprotected", at, words)
            legs = any(view.orphans(contract))
            orphaned = self._orphaned.mark(contract, legs, at)
            if orphaned > EXCESS:
                words = f"{contract}: a leg worked on for {span(orphaned)} while flat"
                self._findings.wrong("orphan", at, words)

    def _broken(self, contract: str, at: Nanos) -> bool:
        """Whether the spell that ended now is counted as a violation already."""
        newest = self._invariants.breaches.newest
        return any(_speaks(breach, contract, at) for breach in newest)

    def _check_silence(self, data: Quote | Tape, sent: Sent) -> None:
        newest = self._invariants.feed.newest.get(data.contract)
        silent = 0 if newest is None else data.received - newest
        if silent > self._limits.stale and self._fresh:
            words = f"{data.contract}: no quote or print for {span(silent)}"
            self._findings.note("stale", sent.at, words, sent.id)


def _speaks(breach: Breach, contract: str, at: Nanos) -> bool:
    return (
        breach.invariant == PROTECTED
        and breach.at == at
        and breach.words.startswith(f"{contract}:")
    )


def _named(orders: list[Order]) -> str:
    return ", ".join(f"{order.type.value} {order.id}" for order in orders)
