"""The watchdog room's shell."""

from collections.abc import Collection

from actors.runtime.actor import Actor
from actors.runtime.address import HUB, RISK
from actors.runtime.context import Context
from actors.watchdog.cover import Cover
from actors.watchdog.feed import Feed
from actors.watchdog.hubs import Hubs
from actors.watchdog.market import Market
from actors.watchdog.quiet import Quiet
from config.calendar import Calendar
from messages.base import MILLISECOND, SECOND, Nanos
from messages.control import ActorRestarted, Alarm, AlarmKind, PatrolDue, SessionStarted
from messages.hub import Hub, HubActivity, HubLost, HubOpened, HubState, Stream
from messages.market import MarketStatus, Quote, Tape
from messages.order import OrderEvent, OrdersFound, PlaceResult, QueryOrders
from messages.position import Mismatch, PositionEvent, PositionsFound, QueryPositions

JUMP = 1 * SECOND
"""A patrol this late means that the machine slept or was starved."""
OUTSIDE = 3
"""Outside the market's busy hours data may be silent for so many times as long (design.md 5)."""
MARKET_CLOSED = "market_closed"
"""The code of a place that the venue refuses for a closed market (gateway.md 3.6)."""
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
        hours: Calendar,
        streams: Collection[Stream],
        hubs: Collection[Hub],
        doubted: bool = False,
    ) -> None:
        super().__init__(context)
        self._stale, unprotected = int(stale_s * SECOND), int(EARLY * unprotected_s * SECOND)
        # Alarms of an earlier process or generation may stand: the first good readings clear them.
        doubted = doubted or context.generation > 1
        self.feeds = {c: Feed(c, self.now, streams, doubted) for c in contracts}
        self.markets = {c: Market(c) for c in contracts}
        self.covers = {c: Cover(c, unprotected, max_contracts) for c in contracts}
        self.hubs = Hubs(self._stale, doubted, hubs)
        self.quiet = Quiet(self.now)
        self._hours = hours
        self._asked: set[Hub] = set()
        """Hubs whose state somebody wants to know."""
        self._every = patrol_ms * MILLISECOND
        self._last: Nanos = 0

    def begin(self) -> None:
        if self.context.generation > 1:
            self.publish(QueryOrders())
            self.publish(QueryPositions())
            self._patrol_again()

    def on_session_started(self, started: SessionStarted) -> None:
        for feed in self.feeds.values():
            feed.expect(self.now)
        self._patrol_again()

    def on_patrol_due(self, due: PatrolDue) -> None:
        late = self.now - self._last - self._every
        if late >= JUMP:
            words = f"the watchdog's round came {late / SECOND:.1f} s late"
            self.publish(
                Alarm(AlarmKind.CLOCK_JUMP, "clock", words, late // MILLISECOND, 1_000, "ms")
            )
        hours = self._hours.market(self.now)
        limit = self._stale if self._hours.regular(self.now) else OUTSIDE * self._stale
        for contract, feed in self.feeds.items():
            cover = self.covers[contract]
            idle = hours is not MarketStatus.OPEN and not cover.position
            self.perform(feed.check(self.now, limit, idle))
            self.perform(cover.check(self.now))
            silence = feed.silence(self.now, self._stale)
            self.perform(self.markets[contract].check(hours, silence))
        self.perform(self.hubs.check(self.now))
        self._patrol_again()

    def on_quote(self, quote: Quote) -> None:
        self.feeds[quote.contract].quoted(quote)

    def on_tape(self, tape: Tape) -> None:
        self.feeds[tape.contract].printed(tape)
        self.markets[tape.contract].printed(tape.received)

    def on_place_result(self, result: PlaceResult) -> None:
        if result.code == MARKET_CLOSED:
            self.markets[result.contract].refused(f"an order was refused: {result.message}")

    def on_hub_activity(self, activity: HubActivity) -> None:
        for feed in self.feeds.values():
            feed.book_heard(activity.last_depth)
        self.perform(self.hubs.measured(activity, self.now))
        expected = self._hours.market(self.now) is MarketStatus.OPEN
        self.perform(self.quiet.measured(activity, expected, self.now))
        if activity.hub in self._asked:
            self._asked.discard(activity.hub)
            self.publish(HubState(activity.hub, activity.open))

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
        if opened.hub is Hub.MARKET:
            for feed in self.feeds.values():
                feed.begin(self.now)

    def on_hub_lost(self, lost: HubLost) -> None:
        self.hubs.lost(lost.hub, lost.reason, self.now)

    def on_mismatch(self, mismatch: Mismatch) -> None:
        words = f"the engine held {mismatch.engine:+d}, the venue says {mismatch.venue:+d}"
        self.publish(Alarm(AlarmKind.MISMATCH, mismatch.contract, words))

    def on_actor_restarted(self, restarted: ActorRestarted) -> None:
        """What it has missed is told once more, by the next round and the next measurement."""
        self._asked = set(Hub)
        self.quiet.again()
        if restarted.actor in (RISK, HUB):
            for market in self.markets.values():
                market.again()

    def _patrol_again(self) -> None:
        self._last = self.now
        self.after(self._every, PatrolDue())
