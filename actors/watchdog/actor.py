"""The watchdog room's shell."""

from actors.runtime.actor import Actor
from actors.runtime.context import Context
from actors.watchdog.cover import Cover
from actors.watchdog.feed import Feed
from actors.watchdog.hubs import Hubs
from messages.base import MILLISECOND, SECOND, Nanos
from messages.control import Alarm, AlarmKind, PatrolDue, SessionStarted
from messages.hub import HubActivity, HubLost, HubOpened
from messages.market import Quote, Tape
from messages.order import OrderEvent, OrdersFound, QueryOrders
from messages.position import Mismatch, PositionEvent, PositionsFound, QueryPositions

JUMP = 1 * SECOND
"""A patrol this late means that the machine slept or was starved."""
EARLY = 0.85
"""The share of the time allowed without cover after which the alarm is raised: by the end of the
time a flatten must have begun.
"""


class WatchdogActor(Actor):
    """Measures ages, silences and cover on a round of its own, and raises alarms with numbers."""

    def __init__(
        self,
        context: Context,
        contracts: tuple[str, ...],
        stale_s: float,
        unprotected_s: float,
        patrol_ms: int,
        max_contracts: int,
    ) -> None:
        super().__init__(context)
        stale, unprotected = int(stale_s * SECOND), int(EARLY * unprotected_s * SECOND)
        restarted = context.generation > 1
        self.feeds = {c: Feed(c, stale, self.now, restarted) for c in contracts}
        self.covers = {c: Cover(c, unprotected, max_contracts) for c in contracts}
        self.hubs = Hubs(stale, restarted)
        self._every = patrol_ms * MILLISECOND
        self._last: Nanos = 0

    def begin(self) -> None:
        if self.context.generation > 1:
            self.publish(QueryOrders())
            self.publish(QueryPositions())
            self._patrol_again()

    def on_session_started(self, started: SessionStarted) -> None:
        for feed in self.feeds.values():
            feed.heard(self.now)
        self._patrol_again()

    def on_patrol_due(self, due: PatrolDue) -> None:
        late = self.now - self._last - self._every
        if late >= JUMP:
            words = f"the watchdog's round came {late / SECOND:.1f} s late"
            self.publish(
                Alarm(AlarmKind.CLOCK_JUMP, "clock", words, late // MILLISECOND, 1_000, "ms")
            )
        for contract in self.feeds:
            self.perform(self.feeds[contract].check(self.now))
            self.perform(self.covers[contract].check(self.now))
        self.perform(self.hubs.check(self.now))
        self._patrol_again()

    def on_quote(self, quote: Quote) -> None:
        self.feeds[quote.contract].heard(quote.received)

    def on_tape(self, tape: Tape) -> None:
        self.feeds[tape.contract].heard(tape.received)

    def on_hub_activity(self, activity: HubActivity) -> None:
        for feed in self.feeds.values():
            feed.book_heard(activity.last_depth)

    def on_order_event(self, event: OrderEvent) -> None:
        if (cover := self.covers.get(event.order.contract)) is not None:
            cover.order(event.order, event.received)

    def on_orders_found(self, found: OrdersFound) -> None:
        for cover in self.covers.values():
            cover.orders(found)

    def on_position_event(self, event: PositionEvent) -> None:
        if (cover := self.covers.get(event.position.contract)) is not None:
            cover.hold(event.position.size, event.received)

    def on_positions_found(self, found: PositionsFound) -> None:
        sizes = {position.contract: position.size for position in found.positions}
        for contract, cover in self.covers.items():
            cover.hold(sizes.get(contract, 0), found.asked)

    def on_hub_opened(self, opened: HubOpened) -> None:
        self.perform(self.hubs.opened(opened.hub))

    def on_hub_lost(self, lost: HubLost) -> None:
        self.hubs.lost(lost.hub, lost.reason, self.now)

    def on_mismatch(self, mismatch: Mismatch) -> None:
        words = f"the engine held {mismatch.engine:+d}, the venue says {mismatch.venue:+d}"
        self.publish(Alarm(AlarmKind.MISMATCH, mismatch.contract, words))

    def _patrol_again(self) -> None:
        self._last = self.now
        self.after(self._every, PatrolDue())
