"""One contract's desk: what the venue says, and which of its parts concludes from it. Pure: events
and time in, effects out.
"""

from collections.abc import Sequence

from actors.order import entry as entries
from actors.order.cover import Cover
from actors.order.entering import Entering, Rules
from actors.order.exit import FILL
from actors.order.inheritance import OVERLAP
from actors.order.leaving import WayOut
from actors.order.pace import Pace
from actors.order.standing import Standing
from actors.order.tags import Tags
from actors.runtime.effect import Effect
from messages.base import Nanos
from messages.control import CoverDue, EntryDue, ExitDue
from messages.decision import Approved
from messages.market import Bar, Instrument
from messages.order import (
    CancelResult,
    CloseResult,
    Fill,
    FillsFound,
    Intent,
    ModifyResult,
    Order,
    OrderLate,
    OrdersFound,
    Outcome,
    Phase,
    PhaseChanged,
    PlaceResult,
    Purpose,
    QueryOrders,
)
from messages.position import Position


class Desk:
    def __init__(self, instrument: Instrument, rules: Rules, pace: Pace, tags: Tags) -> None:
        self.contract = instrument.id
        self.standing = Standing(instrument.id)
        self.way_out = WayOut(self.standing, pace, tags, rules.adopted)
        self._view = self.standing.view
        self._cover = Cover(
            self.standing, self.way_out, rules.bracket_deadline, instrument.tick_value
        )
        self._entering = Entering(self.standing, self.way_out, rules, tags)

    def approve(self, approved: Approved, tag: str, latched: bool, now: Nanos) -> list[Effect]:
        if entries.is_entry(approved.kind):
            return self._entering.approve(approved, tag, latched, now)
        standing = self.standing
        if not self._view.position and standing.phase is Phase.FLAT:
            words = f"nothing to exit: {standing.reason}"
            return [PhaseChanged(self.contract, standing.phase, words)]
        return self.leave(f"exit: {approved.kind.value}", now)

    def leave(
        self, reason: str, now: Nanos, number: int | None = None, adopting: bool = False
    ) -> list[Effect]:
        """Begin the way out, or join the one under way."""
        return self.way_out.leave(reason, now, number, adopting)

    def stand_down(self, now: Nanos) -> list[Effect]:
        """Another way to flat has taken over: two closes at once would open the other side."""
        self.way_out.stand_down()
        self.standing.stand_down(now)
        return [self.standing.enter(Phase.UNKNOWN, "the emergency lane has taken over")]

    def closed_bar(self, bar: Bar) -> None:
        self._entering.closed(bar)

    def inherit(self, intents: Sequence[Intent]) -> list[Effect]:
        """Take over what a predecessor had sent and never saw proven: it is looked for at once."""
        mine = tuple(intent for intent in intents if intent.request.contract == self.contract)
        self.standing.inheritance.take(mine)
        return [QueryOrders(self.standing.since(), urgent=True)] if mine else []

    # Answers and reminders

    def placed(self, result: PlaceResult, latched: bool, now: Nanos) -> list[Effect]:
        if result.purpose is Purpose.ENTRY:
            return self._entering.placed(result, latched, now)
        return self._cover.placed(result, now)

    def modified(self, result: ModifyResult, now: Nanos) -> list[Effect]:
        """The order's own news shows what became of it: refused or unanswered, it is looked at."""
        return [] if result.outcome is Outcome.ACCEPTED else self._settle(now)

    def cancelled(self, result: CancelResult, now: Nanos) -> list[Effect]:
        return self.way_out.cancelled(result, now)

    def closed(self, result: CloseResult, now: Nanos) -> list[Effect]:
        return self.way_out.closed(result, now)

    def query_failed(self, code: str, now: Nanos) -> list[Effect]:
        return self.way_out.query_failed(code, now)

    def entry_due(self, due: EntryDue, now: Nanos) -> list[Effect]:
        return self._entering.due(due, now)

    def cover_due(self, due: CoverDue, now: Nanos) -> list[Effect]:
        return self._cover.due(now)

    def exit_due(self, due: ExitDue, now: Nanos) -> list[Effect]:
        return self.way_out.due(due, now)

    # What the venue says

    def order(self, order: Order, at: Nanos, now: Nanos) -> list[Effect]:
        was = self._view.orders.get(order.id)
        if not self._view.hear_order(order, at):
            return [self._late(order, was)]
        return self._settle(now)

    def orders_found(self, found: OrdersFound, now: Nanos) -> list[Effect]:
        entry = self.standing.entry
        if entry is not None and found.since is not None and found.since <= entry.sent:
            entry.searched = max(entry.searched, found.asked)
        late: list[Effect] = [
            self._late(order, self._view.orders.get(order.id))
            for order in self._view.hear_orders(found)
        ]
        if self.standing.bracket is not None:
            self.standing.bracket.read(found)
        self.way_out.orders_read(found.asked)
        return late + self.standing.inheritance.read(found) + self._settle(now)

    def position(self, held: Position, at: Nanos, now: Nanos, read: bool) -> list[Effect]:
        """`read`: by an answer, which was asked for at `at`; else by an event."""
        if not self._view.hear_position(held.size, at, held.average, read):
            return []
        self.way_out.position_read(at, read)
        return self._settle(now)

    def fill(self, fill: Fill, now: Nanos) -> list[Effect]:
        """Remember what the entry cost: its bracket is measured from there. A fill may be told
        before the entry's id is known, and after its bracket is.
        """
        entry = self.standing.entry
        if entry is None or entry.order not in (None, fill.order):
            return []
        if fill.id not in {known.id for known in entry.fills}:
            entry.fills += (fill,)
        return self._settle(now)

    def fills_found(self, found: FillsFound, now: Nanos) -> list[Effect]:
        """The trade date's fills: those since the present entry can be its own."""
        entry = self.standing.entry
        if entry is None:
            return []
        ours = [
            fill
            for fill in found.fills
            if fill.contract == self.contract and fill.stamp >= entry.sent - OVERLAP
        ]
        return [effect for fill in ours for effect in self.fill(fill, now)]

    def _settle(self, now: Nanos) -> list[Effect]:
        """Draw the conclusions from what is known now."""
        standing = self.standing
        if self.way_out.exit is not None:
            said = self.way_out.step(now)
            taken_over = self.way_out.exit is None and standing.held
            return said + self._cover.settle(now) if taken_over else said
        self._entering.find()
        if self._view.position is None or standing.phase is Phase.UNKNOWN:
            return []
        if not self._view.position:
            if standing.phase is Phase.FLAT and standing.entry is None:
                orphans = self._view.working()
                return self.leave("orphan", now, adopting=True) if orphans else []
            return self._sweep(now) if standing.held else self._entering.settle_flat(now)
        if standing.phase is Phase.FLAT:
            return self.leave("unexpected position", now, adopting=True)
        return self._cover.settle(now)

    def _sweep(self, now: Nanos) -> list[Effect]:
        """The position is gone. Our own other leg is cancelled at once, if the fills say so too;
        the venue cancels its own some 15 ms after the first fills.
        """
        bracket, working = self.standing.bracket, self._view.working()
        left = tuple(o.id for o in working if bracket and o.id not in bracket.cancelled)
        if not (left and self._view.agreed):
            return self.way_out.leave("sweep", now, pause=FILL)
        return self.way_out.sweep(left, now)

    def _late(self, order: Order, was: Order | None) -> OrderLate:
        before = "" if was is None else f"{was.status.value} {was.filled}"
        return OrderLate(self.contract, order.id, before, f"{order.status.value} {order.filled}")
