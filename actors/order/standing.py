"""Where one contract stands, for the parts of its desk that share it."""

from actors.order.bracket import Bracket
from actors.order.entry import Entry
from actors.order.inheritance import OVERLAP, Inheritance
from actors.order.view import View
from messages.base import SECOND, Nanos
from messages.order import Intent, IntentUnplaced, Outcome, Phase, PhaseChanged

PROOF = 10 * SECOND
"""How long an unanswered entry is searched for before the contract is flattened on the doubt."""
UNLISTED = 5 * SECOND
"""How long after its sending an order may still be missing from a search (gateway.md 12.3)."""


class Standing:
    def __init__(self, contract: str) -> None:
        self.contract = contract
        self.view = View(contract)
        self.phase = Phase.UNKNOWN
        self.reason = "starting"
        self.inheritance = Inheritance()
        self.entry: Entry | None = None
        self.bracket: Bracket | None = None
        """The bracket that is ours to keep; None where the venue keeps it."""
        self.uncovered_since: Nanos | None = None
        self.held = False
        """Whether the present entry's position has been seen."""
        self.long: bool | None = None
        """Which way it went when position and orders first agreed on it."""
        self.protected = False
        """Whether its bracket has been seen whole."""
        self.verified = False
        """Whether its prices have been compared with its fill: later ones may be a person's."""

    def enter(self, phase: Phase, reason: str) -> PhaseChanged:
        self.phase = phase
        self.reason = reason
        return PhaseChanged(self.contract, phase, reason)

    def begin(self, entry: Entry, bracket: Bracket | None) -> None:
        self.entry = entry
        self.bracket = bracket
        self.held = self.protected = self.verified = False
        self.long = None

    def take(self, bracket: Bracket) -> None:
        """A position is taken over, to be kept by this bracket."""
        self.view.accept()
        self.entry = self.uncovered_since = None
        self.bracket = bracket
        self.held = True
        self.long = None
        self.protected = self.view.covered()

    def end(self) -> None:
        """Nothing is held and nothing is under way."""
        self.view.accept()
        self.forget()
        self.held = self.protected = False

    def forget(self) -> None:
        self.entry = self.bracket = self.uncovered_since = None

    def since(self) -> Nanos | None:
        """From when on orders are to be searched for that tell of the present position."""
        sent = [] if self.entry is None else [self.entry.sent]
        if self.bracket is not None and (first := self.bracket.since()) is not None:
            sent.append(first)
        began = [] if self.inheritance.since is None else [self.inheritance.since]
        began += [min(sent) - OVERLAP] if sent else []
        return min(began, default=None)

    def doubtful(self, now: Nanos) -> bool:
        """Whether an entry or a leg may still come to life although the venue does not show it
        yet. Time alone proves nothing: a search must have been answered without it, one that was
        not made too soon.
        """
        return self.inheritance.doubtful or bool(self._unproven(now))

    def stand_down(self, now: Nanos) -> None:
        """Forget what is under way, but not what may still come to life of it."""
        self.inheritance.add(self._unproven(now))
        self.forget()

    def _unproven(self, now: Nanos) -> tuple[Intent, ...]:
        entry, bracket = self.entry, self.bracket
        legs = () if bracket is None else bracket.unproven(self.view, now)
        if entry is None or entry.outcome in (Outcome.ACCEPTED, Outcome.REFUSED):
            return legs
        found = self.view.by_tag(entry.request.tag) is not None
        looked_for = entry.searched >= entry.sent + UNLISTED
        if found or (looked_for and now - entry.sent >= PROOF):
            return legs
        return (Intent(entry.request, entry.sent), *legs)

    def unplaced(self) -> list[IntentUnplaced]:
        """The entry, if it is without an answer and no longer doubtful, and nothing is known that
        it could have become.
        """
        entry = self.entry
        if entry is None or entry.outcome in (Outcome.ACCEPTED, Outcome.REFUSED):
            return []
        if entry.order is not None or entry.fills:
            return []
        words = "searched for, and the venue has no order with its tag"
        return [IntentUnplaced(self.contract, entry.request.tag, words)]
