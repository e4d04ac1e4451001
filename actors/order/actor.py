"""The order room's shell."""

from collections.abc import Callable, Sequence

from actors.order.desk import Desk
from actors.order.entering import Rules
from actors.order.pace import Pace
from actors.order.tags import Tags
from actors.runtime.actor import Actor
from actors.runtime.address import ORDER
from actors.runtime.context import Context
from actors.runtime.effect import Effect
from messages.base import Nanos
from messages.control import (
    ActorRestarted,
    CoverDue,
    EntryDue,
    ExitDue,
    Flatten,
    Flattened,
    FlattenFailed,
    Latch,
    SessionStarted,
    Unlatch,
)
from messages.decision import Approved
from messages.market import BarClosed, Instrument
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    CloseResult,
    FillEvent,
    FillsFound,
    IntentsFound,
    ModifyOrder,
    ModifyResult,
    OrderEvent,
    OrdersFound,
    Phase,
    PhaseChanged,
    PlaceOrder,
    PlaceResult,
    QueryFailed,
    QueryIntents,
    QueryOrders,
)
from messages.position import Position, PositionEvent, PositionsFound, QueryPositions

_QUESTIONS = (QueryOrders, QueryPositions)
_CHANGES = (PlaceOrder, ModifyOrder, CancelOrder, CloseContract)
_ASKED = tuple(question.__name__ for question in _QUESTIONS)


class OrderActor(Actor):
    """Sends every order there is, and assumes no outcome."""

    def __init__(
        self,
        context: Context,
        instruments: Sequence[Instrument],
        rules: Rules,
        flatten_on_start: bool,
    ) -> None:
        super().__init__(context)
        self._pace = Pace()
        self._tags = Tags()
        self.desks = {one.id: Desk(one, rules, self._pace, self._tags) for one in instruments}
        self._flatten_on_start = flatten_on_start
        self._latches: set[str] = set()
        self._flattens: dict[int, tuple[str, Nanos]] = {}

    def begin(self) -> None:
        if self.context.generation > 1:
            self._rebuild("restarted", adopting=True)

    def on_session_started(self, started: SessionStarted) -> None:
        self._rebuild("start", adopting=not self._flatten_on_start)

    def on_intents_found(self, found: IntentsFound) -> None:
        self._all(lambda desk: desk.inherit(found.intents))

    def on_approved(self, approved: Approved) -> None:
        desk = self.desks[approved.contract]
        latched = bool(self._latches)
        self._perform(desk, desk.approve(approved, self._tags.next(self.now), latched, self.now))

    def on_bar_closed(self, closed: BarClosed) -> None:
        self.desks[closed.contract].closed_bar(closed.bar)

    def on_latch(self, latch: Latch) -> None:
        self._latches.add(latch.code)

    def on_unlatch(self, unlatch: Unlatch) -> None:
        self._latches.discard(unlatch.code)

    def on_flatten(self, flatten: Flatten) -> None:
        if flatten.number in self._flattens:
            return
        self._flattens[flatten.number] = (flatten.reason, self.now)
        reason = f"flatten: {flatten.reason}"
        self._all(lambda desk: desk.leave(reason, self.now, flatten.number))

    def on_flatten_failed(self, failed: FlattenFailed) -> None:
        """This room has missed its deadline and stands down for the lane; if the lane fails too, it
        tries again.
        """
        if failed.way == ORDER:
            self._flattens.pop(failed.number, None)
            self._all(lambda desk: desk.stand_down(self.now))
        else:
            self.on_flatten(Flatten(failed.number, f"the lane has failed: {failed.reason}"))

    def on_flattened(self, flattened: Flattened) -> None:
        """The lane says flat: so must the venue, to this room."""
        for desk in self.desks.values():
            if desk.standing.phase is Phase.UNKNOWN:
                self._perform(desk, desk.leave("after the emergency lane", self.now))

    def on_place_result(self, result: PlaceResult) -> None:
        desk = self.desks[result.contract]
        self._perform(desk, desk.placed(result, bool(self._latches), self.now))

    def on_cancel_result(self, result: CancelResult) -> None:
        desk = self.desks[result.contract]
        self._perform(desk, desk.cancelled(result, self.now))

    def on_modify_result(self, result: ModifyResult) -> None:
        desk = self.desks[result.contract]
        self._perform(desk, desk.modified(result, self.now))

    def on_close_result(self, result: CloseResult) -> None:
        desk = self.desks[result.contract]
        self._perform(desk, desk.closed(result, self.now))

    def on_order_event(self, event: OrderEvent) -> None:
        if (desk := self.desks.get(event.order.contract)) is not None:
            self._perform(desk, desk.order(event.order, event.received, self.now))

    def on_fill_event(self, event: FillEvent) -> None:
        if (desk := self.desks.get(event.fill.contract)) is not None:
            self._perform(desk, desk.fill(event.fill, self.now))

    def on_fills_found(self, found: FillsFound) -> None:
        self._pace.count(1, self.now)
        for desk in self.desks.values():
            self._perform(desk, desk.fills_found(found, self.now))

    def on_position_event(self, event: PositionEvent) -> None:
        position = event.position
        if (desk := self.desks.get(position.contract)) is not None:
            self._perform(desk, desk.position(position, event.received, self.now, read=False))

    def on_orders_found(self, found: OrdersFound) -> None:
        self._pace.count(1 if found.since is None else 2, self.now)
        self._all(lambda desk: desk.orders_found(found, self.now))

    def on_positions_found(self, found: PositionsFound) -> None:
        self._pace.count(1, self.now)
        held = {position.contract: position for position in found.positions}

        def tell(desk: Desk) -> list[Effect]:
            position = held.get(desk.contract, Position(desk.contract, 0, 0))
            return desk.position(position, found.asked, self.now, read=True)

        self._all(tell)

    def on_query_failed(self, failed: QueryFailed) -> None:
        self._pace.failed(failed, self.now)
        if failed.urgent and failed.query in _ASKED:
            self._all(lambda desk: desk.query_failed(failed.code, self.now))

    def on_entry_due(self, due: EntryDue) -> None:
        desk = self.desks[due.contract]
        self._perform(desk, desk.entry_due(due, self.now))

    def on_cover_due(self, due: CoverDue) -> None:
        desk = self.desks[due.contract]
        self._perform(desk, desk.cover_due(due, self.now))

    def on_exit_due(self, due: ExitDue) -> None:
        desk = self.desks[due.contract]
        self._perform(desk, desk.exit_due(due, self.now))

    def on_actor_restarted(self, restarted: ActorRestarted) -> None:
        if restarted.actor != self.context.address:
            for desk in self.desks.values():
                at = desk.standing
                self.publish(PhaseChanged(desk.contract, at.phase, at.reason))

    def _rebuild(self, reason: str, adopting: bool) -> None:
        """From ledger and venue: no contract is flat before both have answered."""
        for desk in self.desks.values():
            desk.standing.inheritance.asked = True
        self.publish(QueryIntents())
        self._all(lambda desk: desk.leave(reason, self.now, adopting=adopting))

    def _all(self, ask: Callable[[Desk], list[Effect]]) -> None:
        """Let every desk act, and put a question that several of them have once: its answer goes to
        all.
        """
        said: list[Effect] = []
        for desk in self.desks.values():
            effects = ask(desk)
            said += [e for e in effects if not (isinstance(e, _QUESTIONS) and e in said)]
        self._send(said)
        if any(desk.way_out.done for desk in self.desks.values()):
            self._report_flattened()

    def _perform(self, desk: Desk, effects: list[Effect]) -> None:
        self._send(effects)
        if desk.way_out.done:
            self._report_flattened()

    def _send(self, effects: list[Effect]) -> None:
        self._pace.count(sum(isinstance(effect, _CHANGES) for effect in effects), self.now)
        self.perform(effects)

    def _report_flattened(self) -> None:
        """A flatten is done when no contract's exit still works for it."""
        for desk in self.desks.values():
            desk.way_out.done = ()
        exits = [desk.way_out.exit for desk in self.desks.values()]
        pending = {number for exit in exits if exit for number in exit.numbers}
        for number in tuple(self._flattens):
            if number not in pending:
                reason, since = self._flattens.pop(number)
                self.publish(Flattened(number, reason, self.now - since))
