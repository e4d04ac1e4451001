"""The shell of the risk room."""

from collections.abc import Sequence

from actors.risk.account import unknown_account, unseen
from actors.risk.book import Book
from actors.runtime.actor import Actor
from actors.runtime.address import POSITION, SIGNAL
from actors.runtime.context import Context
from config.calendar import trade_date_start
from config.schema import Api, Risk, Trading
from messages.base import SECOND, Nanos
from messages.control import ActorRestarted, Latch, Leased, RollDue, SessionStarted, Unlatch
from messages.decision import Signal
from messages.hub import Hub, HubLost, HubOpened, HubState
from messages.market import BarClosed, Instrument, MarketStatusChanged, PastBars
from messages.order import OrderEvent, PhaseChanged, PlaceResult, StopMoved
from messages.position import (
    AccountEvent,
    DayFigures,
    HighWater,
    PositionChanged,
    PositionMarked,
    QueryAccount,
    QueryHighWater,
    Reconciled,
)

ROLL: Nanos = SECOND
"""How often the clock alone is looked at: session window, cooldown, trade date."""

ASK_AGAIN: Nanos = 10 * SECOND
"""How long an answer about the account may take before it is asked for once more."""


class RiskActor(Actor):
    """Judges every signal against the account's limits. Sends no orders."""

    def __init__(
        self,
        context: Context,
        risk: Risk,
        trading: Trading,
        instruments: Sequence[Instrument],
        api: Api,
        doubted: bool = False,
        lease: Nanos | None = None,
    ) -> None:
        super().__init__(context)
        self.account = unknown_account(instruments, risk, restarted=context.generation > 1)
        self.account.blind = unseen(api)
        doubted = doubted or self.account.restarted
        self.book = Book(self.account, risk, trading, doubted, lease)
        self._doubted = set(Hub) if self.account.restarted else set()
        """Hubs that may be open unheard of."""
        self.asked: Nanos | None = None

    def begin(self) -> None:
        self.after(ROLL, RollDue())
        if self.account.restarted:
            self._begin()

    def on_session_started(self, started: SessionStarted) -> None:
        self._begin()
        self._tell()

    def on_signal(self, signal: Signal) -> None:
        self.publish(self.book.judge(signal, self.now))

    def on_bar_closed(self, closed: BarClosed) -> None:
        self.account.closed(closed)

    def on_past_bars(self, past: PastBars) -> None:
        self.account.past(past)

    def on_market_status_changed(self, change: MarketStatusChanged) -> None:
        self.account.market(change)
        self._tell()

    def on_hub_opened(self, opened: HubOpened) -> None:
        self._open(opened.hub)

    def on_hub_lost(self, lost: HubLost) -> None:
        self._doubted.discard(lost.hub)
        self.account.lost(lost.hub, lost.reason)
        self._tell()

    def on_hub_state(self, state: HubState) -> None:
        if state.hub in self._doubted and state.open:
            self._open(state.hub)

    def on_position_marked(self, mark: PositionMarked) -> None:
        self.account.marked(mark)
        self.perform(self.book.watch())
        self._tell()

    def on_position_changed(self, change: PositionChanged) -> None:
        self.account.changed(change)
        self.perform(self.book.watch())
        self._tell()

    def on_phase_changed(self, change: PhaseChanged) -> None:
        self.account.phase_changed(change)
        self._tell()

    def on_stop_moved(self, move: StopMoved) -> None:
        self.account.moved(move, self.now)
        self._tell()

    def on_place_result(self, result: PlaceResult) -> None:
        self.account.placed(result, self.now)
        self._tell()

    def on_order_event(self, event: OrderEvent) -> None:
        self.account.ordered(event.order, self.now)
        self._tell()

    def on_day_figures(self, figures: DayFigures) -> None:
        before = self.account.figures
        self.account.figured(figures)
        if self.account.trail is not None and figures != before:
            self._ask()  # the balance that goes with them
        self._tell()

    def on_high_water(self, high: HighWater) -> None:
        self.account.remembered(high.balance)
        self._tell()

    def on_account_event(self, event: AccountEvent) -> None:
        self.account.told(event.account)
        self._tell()

    def on_reconciled(self, reading: Reconciled) -> None:
        self.account.reconciled(reading)
        self._tell()

    def on_leased(self, leased: Leased) -> None:
        self.account.leased = leased.asked
        self._tell()

    def on_latch(self, latch: Latch) -> None:
        self.account.latch(latch.code, latch.words, self.now)
        self._tell()

    def on_unlatch(self, unlatch: Unlatch) -> None:
        self.account.latches.pop(unlatch.code, None)
        self._tell()

    def on_actor_restarted(self, restarted: ActorRestarted) -> None:
        if restarted.actor == POSITION:
            self.account.doubt_positions()
        if restarted.actor == SIGNAL:
            self.book.repeat()
        self._tell()

    def on_roll_due(self, due: RollDue) -> None:
        self.after(ROLL, due)
        late = self.asked is not None and self.now - self.asked >= ASK_AGAIN
        if self.account.account is None and late:
            self._ask()
        self._tell()

    def _open(self, hub: Hub) -> None:
        self._doubted.discard(hub)
        self.account.opened(hub)
        self._tell()

    def _begin(self) -> None:
        self._ask()
        if self.account.trail is not None:
            self.publish(QueryHighWater(trade_date_start(self.now)))

    def _ask(self) -> None:
        self.asked = self.now
        self.publish(QueryAccount())

    def _tell(self) -> None:
        self.perform(self.book.news(self.now))
