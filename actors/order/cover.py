"""Whether a position is covered: its bracket kept or verified, and missed when it is gone. Pure."""

from actors.order import entry as entries
from actors.order.entry import Entry
from actors.order.leaving import WayOut
from actors.order.standing import Standing
from actors.runtime.effect import After, Effect
from messages.base import FINE, MILLISECOND, Money, Nanos, Ticks
from messages.control import Alarm, AlarmKind, CoverDue
from messages.order import (
    Order,
    OrderStatus,
    OrderType,
    Phase,
    PlaceResult,
    QueryOrders,
    StopMoved,
)
from messages.position import QueryPositions

LOOK = 300 * MILLISECOND
"""Time between looks at the venue while a position is not covered."""


class Cover:
    """`deadline`: how long a new bracket may take to be seen whole, and a bracket to be made to fit
    the position. `tick_value`: of one contract.
    """

    def __init__(
        self, standing: Standing, way_out: WayOut, deadline: Nanos, tick_value: Money
    ) -> None:
        self._standing = standing
        self._view = standing.view
        self._way_out = way_out
        self._deadline = deadline
        self._tick_value = tick_value
        self._unfit_since: Nanos | None = None
        self._levels: dict[int, Ticks] = {}
        """Where each stop was last seen."""

    def settle(self, now: Nanos) -> list[Effect]:
        """Conclude from what is known of a position that is held."""
        standing, view, entry = self._standing, self._view, self._standing.entry
        standing.held = True
        if self._stopped_short():
            return self._way_out.leave("stopped with more filled than the stop held", now)
        if self._turned():
            standing.uncovered_since = standing.uncovered_since or now  # it waits for no thrift
            return self._way_out.leave("position turned by another hand", now)
        said: list[Effect] = self._moved()
        if standing.bracket is not None:
            said += standing.bracket.tend(view, now)
        whole = view.covered() if standing.protected or entry is None else view.bracketed()
        if not whole:
            return said + self._missed(now)
        standing.uncovered_since = None
        said += self._fitted(now)
        if entry is not None and not standing.verified:
            orders = list(view.orders.values())
            wrong = entries.misplaced(entry, orders)
            if wrong:
                alarm = Alarm(AlarmKind.BRACKET_LOST, standing.contract, wrong)
                return [*said, alarm, *self._way_out.leave(f"bracket misplaced: {wrong}", now)]
            standing.verified = entries.accounted(entry, orders)
        standing.protected = True
        if standing.phase is Phase.PROTECTED:
            return said
        return [*said, standing.enter(Phase.PROTECTED, "bracket verified")]

    def placed(self, result: PlaceResult, now: Nanos) -> list[Effect]:
        """The answer to a leg of ours."""
        bracket = self._standing.bracket
        if bracket is None:
            return []
        refused = bracket.placed(result, now)
        if refused and self._way_out.exit is None:
            words = f"{refused} {result.message}".rstrip()
            alarm = Alarm(AlarmKind.BRACKET_LOST, self._standing.contract, words)
            return [alarm, *self._way_out.leave(refused, now)]
        return []

    def due(self, now: Nanos) -> list[Effect]:
        """A position was uncovered, or its bracket did not fit it, a while ago: is it still so?"""
        standing = self._standing
        bare, unfit = standing.uncovered_since, self._unfit_since
        if self._way_out.exit is not None or not self._view.position:
            return []
        if bare is not None and now - bare >= (limit := self._limit()):
            words = f"position {self._view.position:+d} without its bracket"
            alarm = self._alarm(words, now - bare, limit)
            return [alarm, *self._way_out.leave("bracket lost", now)]
        if unfit is not None and now - unfit >= self._deadline and self._view.overcovered():
            words = f"orders to close more than position {self._view.position:+d}"
            alarm = self._alarm(words, now - unfit, self._deadline)
            return [alarm, *self._way_out.leave("bracket too large", now)]
        if bare is None and unfit is None:
            return []
        since = standing.since() if standing.bracket is not None else None
        asked = [QueryOrders(since, urgent=True), QueryPositions(urgent=True)]
        return [*asked, After(LOOK, CoverDue(standing.contract))]

    def _limit(self) -> Nanos:
        """A bracket that was once there is given one look, one that is being made its deadline."""
        bracket, entry = self._standing.bracket, self._standing.entry
        growing = entry is not None and self._working(entry) and bracket is not None
        making = growing or (bracket is not None and bracket.changing)
        return self._deadline if making or not self._standing.protected else 2 * LOOK

    def _working(self, entry: Entry) -> bool:
        known = self._view.orders.get(entry.order or 0)
        return known is not None and known.status.working

    def _missed(self, now: Nanos) -> list[Effect]:
        if self._standing.uncovered_since is not None:
            return []
        self._standing.uncovered_since = now
        return [After(LOOK, CoverDue(self._standing.contract))]

    def _fitted(self, now: Nanos) -> list[Effect]:
        """Look again where the bracket covers, but does not fit."""
        bracket = self._standing.bracket
        unfit = self._view.overcovered() or (
            bracket is not None and not bracket.settled(self._view)
        )
        if not unfit:
            self._unfit_since = None
        elif self._unfit_since is None:
            self._unfit_since = now
            return [After(LOOK, CoverDue(self._standing.contract))]
        return []

    def _stopped_short(self) -> bool:
        """Whether the stop has filled, in part at least, while the entry still works; or whole, and
        there is a position left that it was not large enough for.
        """
        stops = [order for order in self._view.orders.values() if self._own_stop(order)]
        entry = self._standing.entry
        if entry is not None and self._working(entry):
            return any(order.filled for order in stops)
        return self._view.agreed and any(o.status is OrderStatus.FILLED for o in stops)

    def _turned(self) -> bool:
        """Whether the position goes the other way than it did: its legs would now enlarge it."""
        standing, view = self._standing, self._view
        if not view.agreed:
            return False  # an old word may be of another position
        long = (view.position or 0) > 0
        if standing.long is None:
            standing.long = long
        return standing.long is not long

    def _own_stop(self, order: Order) -> bool:
        """Whether an order is the stop of the position in hand."""
        if order.type not in entries.STOPS:
            return False
        entry, bracket = self._standing.entry, self._standing.bracket
        child = entry is not None and order.parent is not None and order.parent == entry.order
        return child or (bracket is not None and bracket.stops(order))

    def _moved(self) -> list[Effect]:
        """Tell of stops that another hand has moved. None of ours ever gets another price."""
        rows = [row for row in self._view.stops() if row.type is not OrderType.TRAILING_STOP]
        now = {row.id: row.stop for row in rows if row.stop is not None}
        said: list[Effect] = []
        for row in rows:
            was = self._levels.get(row.id)
            if was is not None and row.stop is not None and row.stop != was:
                said += self._tell(row, was, row.stop)
        self._levels = now
        return said

    def _tell(self, row: Order, was: Ticks, stop: Ticks) -> list[Effect]:
        contract, position = self._standing.contract, self._view.position or 0
        risk = (self._view.average - stop * FINE) * position * self._tick_value // FINE
        words = f"stop {row.id} was moved from {was} to {stop} ticks by another hand"
        return [
            StopMoved(contract, row.id, was, stop, risk),
            Alarm(AlarmKind.STOP_MOVED, contract, words, abs(stop - was), 0, "ticks"),
        ]

    def _alarm(self, words: str, spent: Nanos, limit: Nanos) -> Alarm:
        after, most = spent // MILLISECOND, limit // MILLISECOND
        told = f"{words} for {after} ms"
        return Alarm(AlarmKind.BRACKET_LOST, self._standing.contract, told, after, most, "ms")
