"""The shell that stands in the order room's place where a session only watches."""

from msgspec.structs import replace

from actors.order import entry as entries
from actors.order.entering import Rules
from actors.order.view import View
from actors.runtime.actor import Actor
from actors.runtime.context import Context
from messages.base import SECOND, Nanos
from messages.control import ActorRestarted, ExitDue, SessionStarted
from messages.decision import Approved
from messages.market import Bar, BarClosed, Side
from messages.order import (
    OrderEvent,
    OrdersFound,
    OrderType,
    Phase,
    PhaseChanged,
    QueryFailed,
    QueryOrders,
    Withheld,
)
from messages.position import PositionEvent, PositionsFound, QueryPositions

AGAIN: Nanos = 3 * SECOND
"""After a reading that failed."""


class OrderObserver(Actor):
    """Sends no order, cancel or close: says what the order room would have sent first."""

    def __init__(self, context: Context, contracts: tuple[str, ...], rules: Rules) -> None:
        super().__init__(context)
        self._rules = rules
        self._views = {contract: View(contract) for contract in contracts}
        self._bars: dict[str, Bar] = {}
        self._orders_read = False
        self._told: dict[str, PhaseChanged] = {}

    def begin(self) -> None:
        if self.context.generation > 1:
            self._read()

    def on_session_started(self, started: SessionStarted) -> None:
        self._read()

    def on_exit_due(self, due: ExitDue) -> None:
        self._read()

    def on_approved(self, approved: Approved) -> None:
        view = self._views[approved.contract]
        withheld = self._withheld(approved, view.position or 0)
        if withheld is not None:
            self.publish(withheld)
        # Who counts the approved entry as under way learns that nothing is.
        words = f"withheld: {approved.kind}"
        if entries.is_entry(approved.kind):
            self.publish(PhaseChanged(view.contract, Phase.ENTERING, words))
        self._tell(view, words)

    def on_bar_closed(self, closed: BarClosed) -> None:
        self._bars[closed.contract] = closed.bar

    def on_order_event(self, event: OrderEvent) -> None:
        if (view := self._views.get(event.order.contract)) is not None:
            view.hear_order(event.order, event.received)
            self._news(view)

    def on_position_event(self, event: PositionEvent) -> None:
        if (view := self._views.get(event.position.contract)) is not None:
            view.hear_position(event.position.size, event.received)
            self._news(view)

    def on_orders_found(self, found: OrdersFound) -> None:
        self._orders_read = True
        for view in self._views.values():
            view.hear_orders(found)
            self._news(view)

    def on_positions_found(self, found: PositionsFound) -> None:
        sizes = {position.contract: position.size for position in found.positions}
        for contract, view in self._views.items():
            view.hear_position(sizes.get(contract, 0), found.asked)
            self._news(view)

    def on_query_failed(self, failed: QueryFailed) -> None:
        """The only reading that nobody else repeats is the first."""
        if any(view.position is None for view in self._views.values()) or not self._orders_read:
            self.after(AGAIN, ExitDue("", 0))

    def on_actor_restarted(self, restarted: ActorRestarted) -> None:
        if restarted.actor != self.context.address:
            for told in self._told.values():
                self.publish(told)

    def _read(self) -> None:
        self.publish(QueryOrders())
        self.publish(QueryPositions())

    def _withheld(self, approved: Approved, position: int) -> Withheld | None:
        """The first order of what was approved; None for a way out of nothing."""
        head = (approved.contract, approved.bar_end, approved.kind)
        if entries.is_entry(approved.kind):
            rules = self._rules
            bar = self._bars.get(approved.contract)
            priced = replace(approved, price=entries.touch(bar, approved))
            order = entries.request(priced, "", rules.order_type, rules.slippage_ticks)
            brackets = -order.side * approved.stop_ticks, order.side * approved.target_ticks
            return Withheld(*head, order.type, order.side, order.size, order.limit, *brackets)
        if not position:
            return None
        side = Side.SELL if position > 0 else Side.BUY
        return Withheld(*head, OrderType.MARKET, side, abs(position))

    def _news(self, view: View) -> None:
        phase, words = self._standing(view)
        told = self._told.get(view.contract)
        if told is None or (told.phase, told.reason) != (phase, words):
            self._tell(view, words)

    def _tell(self, view: View, words: str) -> None:
        phase, _ = self._standing(view)
        told = PhaseChanged(view.contract, phase, words)
        self._told[view.contract] = told
        self.publish(told)

    def _standing(self, view: View) -> tuple[Phase, str]:
        """Where the contract stands, by the venue's word alone. What is not as the engine would
        have it stays so: nothing is entered beside it, and nothing mends it.
        """
        if view.position is None or not self._orders_read:
            return Phase.UNKNOWN, "starting"
        working = len(view.working())
        if view.position:
            held = f"the account holds {view.position:+d}"
            covered = view.covered()
            words = f"{held}, {'covered' if covered else 'NOT covered'} by its stops"
            return (Phase.PROTECTED if covered else Phase.UNKNOWN), words
        if working:
            return Phase.UNKNOWN, f"flat, with {working} working orders that are not ours"
        return Phase.FLAT, "flat"
