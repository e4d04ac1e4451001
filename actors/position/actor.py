"""The position room's shell."""

from actors.position.holdings import Holdings
from actors.runtime.actor import Actor
from actors.runtime.context import Context, Timer
from config.calendar import trade_date_start
from messages.base import MILLISECOND, SECOND, Nanos
from messages.control import (
    ActorRestarted,
    BooksClosed,
    CloseBooks,
    CompareDue,
    PollOrdersDue,
    ReconcileDue,
    SessionStarted,
)
from messages.hub import Hub, HubLost, HubOpened, HubQuiet, HubRefreshed, HubState
from messages.market import Instrument, Quote
from messages.order import (
    NO_BUDGET,
    FillEvent,
    FillsFound,
    OrderEvent,
    OrdersFound,
    PhaseChanged,
    QueryFailed,
    QueryFills,
    QueryOrders,
)
from messages.position import PositionEvent, PositionsFound, QueryPositions

SETTLE = 500 * MILLISECOND
"""How far apart the venue's two accounts of one event (its fill, its position) may be."""
RETRY = 1 * SECOND
"""After a whole question of which a part has failed; twice as long after the next, and four times
after each further one. Parts that are asked for again and again use up what the whole needs.
"""
CLOSING = 2 * SECOND
"""Between two questions at the session's end, where nothing changes any more but an answer may be
lost.
"""
WATCH = 1_300 * MILLISECOND
"""Between two looks at positions while nobody tells of them, or perhaps nobody does; at orders too
while one is held. A stop that is gone, and a position that somebody else has opened, must be known
in time for a way out to begin within 2 s.
"""
FULL = 12
"""Every how many of them orders and fills are asked for as well: with a position held 96 requests
in a minute, of the 100 that routine look-ups may use (gateway/limiter.py).
"""
INSIST = 3 * SECOND
"""Between two urgent looks, where the routine budget is used up."""
UNANSWERED = 15 * SECOND
"""A question older than this is not waited for: a new one would make its answer void."""


class PositionActor(Actor):
    """Keeps the position, its profit and the day's figures; the venue always wins.

    `told`: there is a user hub that tells of orders and positions. While it is away, or where there
    is none, they are asked for; also while the market hub is silent, because both may be deaf.
    """

    def __init__(
        self,
        context: Context,
        instruments: tuple[Instrument, ...],
        reconcile_s: float,
        session_start: Nanos,
        told: bool = True,
    ) -> None:
        super().__init__(context)
        self.holdings = Holdings(instruments, session_start)
        self._every = int(reconcile_s * SECOND)
        self._fills: FillsFound | None = None
        self._positions: PositionsFound | None = None
        self._asking = False
        self._asked: Nanos = 0
        self._owing = False
        """Whether a question has failed, and its answer is still wanted."""
        self._failures = 0
        self._again: Nanos = 0
        """Before this time it is not asked again."""
        self._comparing = False
        self._closing = False
        """Whether the session is over and waits for the last figures."""
        self._day = trade_date_start(self.now)
        self._away = not told
        """Whether nobody tells of orders and positions."""
        self._quiet = False
        """Whether perhaps nobody does: the other hub is silent."""
        self._insisted: Nanos = 0
        """When a look was last taken although the routine budget was used up."""
        self._polling: Timer | None = None
        """The next look meanwhile."""
        self._polls = 0
        self._looked: Nanos = 0
        """When the newest look that is not answered yet was made; 0: none."""
        self._looked_at: Nanos = 0
        self._doubted = context.generation > 1
        """Whether it may be away unheard of."""

    def begin(self) -> None:
        if self.context.generation > 1:
            self._start()

    def on_session_started(self, started: SessionStarted) -> None:
        self._start()

    def on_hub_opened(self, opened: HubOpened) -> None:
        if opened.hub is Hub.USER:
            self._doubted = self._away = False
            self._rest()
            self._ask()

    def on_hub_refreshed(self, refreshed: HubRefreshed) -> None:
        if refreshed.hub is Hub.USER:
            self._ask()

    def on_hub_lost(self, lost: HubLost) -> None:
        if lost.hub is Hub.USER:
            self._doubted = False
            self._miss()

    def on_hub_quiet(self, news: HubQuiet) -> None:
        self._quiet = news.quiet
        if self._quiet and self._polling is None:
            seen = max(self._asked, self._looked_at)
            self._poll_again(max(0, seen + WATCH - self.now))
        self._rest()

    def on_hub_state(self, state: HubState) -> None:
        if self._doubted and state.hub is Hub.USER:
            self._doubted = False
            if not state.open:
                self._miss()

    def on_poll_orders_due(self, due: PollOrdersDue) -> None:
        self._polls += 1
        wanted = self._polls % FULL == 0 or self._lacking()
        if wanted and (not self._asking or self.now - self._asked >= UNANSWERED):
            self._ask()
        elif self.now - self._looked >= 2 * WATCH:
            self._look()
        self._poll_again()

    def on_reconcile_due(self, due: ReconcileDue) -> None:
        if self._day != (day := trade_date_start(self.now)):
            self._day = day
            self.perform(self.holdings.start_day(day))
        if not self._away and (not self.holdings.ready or self.holdings.held()):
            self._ask()
        self.after(self._every, ReconcileDue())

    def on_compare_due(self, due: CompareDue) -> None:
        self._comparing = False
        if self._closing or self._unsettled():
            self._ask()
        if self._closing:
            self._compare_soon(CLOSING)

    def on_close_books(self, close: CloseBooks) -> None:
        self._asking = False
        self._closing = True
        self._ask()
        self._compare_soon(CLOSING)

    def on_fill_event(self, event: FillEvent) -> None:
        self.perform(self.holdings.fill(event.fill))
        self._compare_soon()

    def on_position_event(self, event: PositionEvent) -> None:
        self.holdings.position(event.position, event.received)
        self._compare_soon()

    def on_order_event(self, event: OrderEvent) -> None:
        self.holdings.order(event.order)

    def on_orders_found(self, found: OrdersFound) -> None:
        for order in found.orders:
            self.holdings.order(order)

    def on_phase_changed(self, change: PhaseChanged) -> None:
        self.holdings.phase(change)

    def on_quote(self, quote: Quote) -> None:
        self.perform(self.holdings.quote(quote))

    def on_fills_found(self, found: FillsFound) -> None:
        if found.asked >= self._asked:
            self._fills = found
            self._reconcile()

    def on_positions_found(self, found: PositionsFound) -> None:
        # The order room asks for positions too: a newer answer is as good as one's own, an older
        # one does not go with the fills asked for now.
        if found.asked >= self._looked:
            self._looked = 0
        if found.asked >= self._asked:
            self._positions = found
            self._reconcile()
        if not self._asking:
            self.holdings.positions(found)
            self._compare_soon(0 if self._away else SETTLE)

    def on_query_failed(self, failed: QueryFailed) -> None:
        if failed.query == QueryPositions.__name__:
            self._looked = 0
            self._insist(failed.code)
        if self._asking and failed.query in (QueryFills.__name__, QueryPositions.__name__):
            self._asking = False
            self._owing = True
            self._again = self.now + (RETRY << min(self._failures, 2))
            self._failures += 1
            if not self._away:
                self._compare_soon()

    def on_actor_restarted(self, restarted: ActorRestarted) -> None:
        if restarted.actor != self.context.address:
            self.perform(self.holdings.again())

    def _start(self) -> None:
        self._ask()
        self.after(self._every, ReconcileDue())
        if self._away:
            self._poll_again()

    def _miss(self) -> None:
        """Nobody tells of orders and positions from here on: look at once, and again and again."""
        if not self._away:
            self._away = True
            self._ask()
            self._poll_again()

    def _rest(self) -> None:
        """Look no more where all is told again."""
        if self._polling is not None and not (self._away or self._quiet):
            self._polling.cancel()
            self._polling = None

    def _poll_again(self, delay: Nanos = WATCH) -> None:
        if self._polling is not None:
            self._polling.cancel()
        self._polling = self.after(delay, PollOrdersDue())

    def _lacking(self) -> bool:
        """Whether the first whole answer is still wanted."""
        return not self.holdings.ready and self.now >= max(self._again, self._asked + RETRY)

    def _insist(self, code: str) -> None:
        """Where nobody tells of positions, not to look is not to see: what routine look-ups may no
        longer use, the urgent ones may, more rarely.
        """
        if code == NO_BUDGET and self._polling is not None and self.now - self._insisted >= INSIST:
            self._insisted = self.now
            self._look(urgent=True)

    def _look(self, urgent: bool = False) -> None:
        """Is there a position, and is it covered?"""
        self._looked = self._looked_at = self.now
        self.publish(QueryPositions(urgent=urgent))
        if self.holdings.exposed():
            self.publish(QueryOrders(urgent=urgent))

    def _ask(self) -> None:
        if not (self._closing and self._asking):  # else an answer to either question will do
            self._asked = self.now
            self._fills = self._positions = None
        self._asking = True
        # At the end there is nothing left to save requests for.
        self.publish(QueryFills(trade_date_start(self.now), urgent=self._closing))
        self.publish(QueryPositions(urgent=self._closing))
        if not (self._closing or self._failures):
            self.publish(QueryOrders())  # for the order room and the watchdog: a look at the whole

    def _reconcile(self) -> None:
        if not self._asking or self._fills is None or self._positions is None:
            return
        self._asking = self._owing = False
        self._again = self._failures = 0
        said, again = self.holdings.reconcile(
            self._fills.fills, self._positions.positions, self._positions.asked
        )
        self.perform(said)
        if again:
            self._compare_soon()
        elif self._closing and not self._unsettled() and not self.holdings.held():
            self._closing = False
            self.publish(BooksClosed())

    def _compare_soon(self, delay: Nanos = SETTLE) -> None:
        if not self._comparing and (self._closing or self._unsettled()):
            self._comparing = True
            wait = 0 if self._closing else self._again - self.now
            self.after(max(delay, wait), CompareDue())

    def _unsettled(self) -> bool:
        holdings = self.holdings
        return self._owing or not holdings.ready or holdings.disagrees() or holdings.doubtful()
