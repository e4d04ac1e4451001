"""The engine's own count of broken promises (design.md 1): a state machine over the records.

It reads what was sent and what became of it, never an actor's state; tests/oracle.py computes the
same from the venue's journal.
"""

from collections.abc import Callable, Iterable

from actors.runtime.delivery import Published, Record
from actors.runtime.runtime import Accounts
from actors.session.breaches import Breaches, Handler, Handlers
from actors.session.course import Course
from actors.session.deliveries import Deliveries
from actors.session.earnings import Earnings
from actors.session.entries import Entries
from actors.session.feed import Feed
from actors.session.limits import Limits
from actors.session.protection import Protection
from actors.session.venue import VenueView
from messages.base import Message, Nanos
from messages.control import EngineState

VENUE = ("PositionEvent", "PositionsFound", "OrderEvent", "OrdersFound")
"""Messages that change what is known of the venue."""


class Invariants:
    """Feed it every record, then `close` it once. `more` are handlers to run after its own; `looks`
    are called with the time after each change of `view`.
    """

    def __init__(
        self,
        limits: Limits,
        more: Iterable[Handlers] = (),
        looks: Iterable[Callable[[Nanos], None]] = (),
        view: VenueView | None = None,
    ) -> None:
        self.view = VenueView() if view is None else view
        self.breaches = Breaches()
        self.feed = Feed()
        self.earnings = Earnings()
        self.deliveries = Deliveries()
        self.course = Course()
        self.protection = Protection(self.view, limits, self.breaches)
        self.entries = Entries(self.feed, limits, self.breaches)
        self.at: Nanos = 0
        self._looks = (self.protection.look, *looks)
        parts = (self.feed, self.earnings, self.course, self.protection, self.entries)
        self._handlers = _joined([*(part.handlers() for part in parts), *more])
        for name in VENUE:
            self._handlers[name] = (self._venue, *self._handlers.get(name, ()))

    def record(self, record: Record) -> None:
        if isinstance(record, Published):
            self.at = record.at
            self.deliveries.published(record)
            if (message := record.message) is not None:
                for handle in self._handlers.get(record.type, ()):
                    handle(message, record)
        else:
            self.deliveries.finished(record)
            if record.type == "Latch":
                self.entries.finished(record)

    def violations(self) -> dict[str, int]:
        """The counts as of the newest record, what is overdue and not over included."""
        overdue = self.protection.overdue(self.at)
        counts = self.breaches.counts
        return {name: count + overdue.get(name, 0) for name, count in counts.items()}

    def close(self, accounts: Accounts | None = None) -> None:
        """The session is over; `accounts` are the runtime's books after its stop."""
        at = self.at
        self.protection.close(at)
        self.course.close()
        state, held = self.course.state, self.view.positions
        if self.course.observing:
            pass  # the account is to be left as it is
        elif state is not EngineState.FLAT:
            self.breaches.add("ENDS_FLAT", at, f"the session ended {state}")
        elif not self.view.flat:
            self.breaches.add("ENDS_FLAT", at, f"the session ended FLAT, the venue holds {held}")
        for words in self.earnings.disagreements(self.view.flat):
            self.breaches.add("AGREED", at, words)
        if accounts is not None:
            for words in self.deliveries.disagreements(accounts):
                self.breaches.add("ACCOUNTED", at, words)

    def _venue(self, message: Message, record: Published) -> None:
        self.view.take(message)
        if self.course.observing:
            return  # nobody here answers for its positions
        for look in self._looks:
            look(record.at)


def _joined(tables: Iterable[Handlers]) -> dict[str, tuple[Handler, ...]]:
    """One table of all handlers of each type, in the order given."""
    joined: dict[str, tuple[Handler, ...]] = {}
    for table in tables:
        for name, handler in table.items():
            joined[name] = (*joined.get(name, ()), handler)
    return joined
