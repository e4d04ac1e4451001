"""Whether a position is covered: its bracket verified, and missed when it is gone. Pure."""

from actors.order import entry as entries
from actors.order.leaving import WayOut
from actors.order.standing import Standing
from actors.runtime.effect import After, Effect
from messages.base import MILLISECOND, Nanos
from messages.control import Alarm, AlarmKind, CoverDue
from messages.order import Phase, QueryOrders
from messages.position import QueryPositions

LOOK = 300 * MILLISECOND
"""Time between looks at the venue while a position is not covered."""


class Cover:
    """`deadline`: how long a new bracket may take to be seen whole."""

    def __init__(self, standing: Standing, way_out: WayOut, deadline: Nanos) -> None:
        self._standing = standing
        self._view = standing.view
        self._way_out = way_out
        self._deadline = deadline

    def settle(self, now: Nanos) -> list[Effect]:
        """Conclude from what is known of a position that is held."""
        standing, view = self._standing, self._view
        standing.held = True
        entry = standing.entry
        whole = view.covered() if standing.protected or entry is None else view.bracketed()
        if not whole:
            return self._missed(now)
        standing.uncovered_since = None
        if entry is not None and not standing.verified:
            wrong = entries.misplaced(entry, list(view.orders.values()))
            if wrong:
                alarm = Alarm(AlarmKind.BRACKET_LOST, standing.contract, wrong)
                return [alarm, *self._way_out.leave(f"bracket misplaced: {wrong}", now)]
            standing.verified = any(fill.order == entry.order for fill in entry.fills)
        standing.protected = True
        if standing.phase is Phase.PROTECTED:
            return []
        return [standing.enter(Phase.PROTECTED, "bracket verified")]

    def _missed(self, now: Nanos) -> list[Effect]:
        if self._standing.uncovered_since is not None:
            return []
        self._standing.uncovered_since = now
        return [After(LOOK, CoverDue(self._standing.contract))]

    def due(self, now: Nanos) -> list[Effect]:
        """A position was uncovered a while ago: is it still? A bracket that was once there is given
        one look, a new one until its deadline.
        """
        standing = self._standing
        since = standing.uncovered_since
        if since is None or self._way_out.exit is not None or not self._view.position:
            return []
        limit = 2 * LOOK if standing.protected else self._deadline
        if now - since >= limit:
            return [self._alarm(now - since, limit), *self._way_out.leave("bracket lost", now)]
        asked = [QueryOrders(urgent=True), QueryPositions(urgent=True)]
        return [*asked, After(LOOK, CoverDue(standing.contract))]

    def _alarm(self, missing: Nanos, limit: Nanos) -> Alarm:
        spent = missing // MILLISECOND
        words = f"position {self._view.position:+d} without its bracket for {spent} ms"
        return Alarm(
            AlarmKind.BRACKET_LOST,
            self._standing.contract,
            words,
            spent,
            limit // MILLISECOND,
            "ms",
        )
