"""The shell of the bar room."""

from collections import deque
from collections.abc import Iterable, Sequence

from actors.bar.charts import AGAIN, SETTLE
from actors.bar.history.hours import Market as Hours
from actors.bar.splice import Heard, Run, Splice
from actors.bar.telling import picture
from actors.runtime.actor import Actor
from actors.runtime.address import MODEL, RISK, SIGNAL
from actors.runtime.context import Context, Timer
from config.calendar import exchange
from config.timeframe import Timeframe
from messages.base import SECOND, Nanos
from messages.control import (
    ActorRestarted,
    CloseBarDue,
    FillFramesDue,
    PollBarsDue,
    SessionEnded,
    SessionStarted,
)
from messages.hub import Hub, HubLost, HubOpened, HubState
from messages.market import (
    Bar,
    BarClosed,
    BarsFound,
    Depth,
    Instrument,
    PastBars,
    QueryBars,
    Quote,
    Tape,
)
from messages.order import QueryFailed

LEAST_POLL = 2 * SECOND
EACH = 1 * SECOND
"""Between two looks at the venue's bars: with so long for each contract all of them together ask 30
times in 30 s, of 50 that the venue allows (gateway.md 6).
"""
REMEMBERED = 64
"""Bars kept at least for a room that is restarted."""


class BarActor(Actor):
    """Turns one contract's prints, depth and quotes into closed bars of one second and of the
    wanted timeframes, and tells the venue's own while they are away. Never drops a print.

    `contracts` is how many of these rooms share the venue's budget; `taped`: trades are subscribed
    to; `hours` tells when the market is open; `picture_every` how often the market is told in one
    message, 0 for never.
    """

    def __init__(
        self,
        context: Context,
        instrument: Instrument,
        warm_bars: int,
        contracts: int = 1,
        taped: bool = True,
        timeframes: Sequence[Timeframe] = (),
        hours: Hours = exchange,
        picture_every: Nanos = 0,
    ) -> None:
        super().__init__(context)
        self.contract = instrument.id
        self.warm_bars = warm_bars
        self.splice = Splice(taped, self.contract, timeframes, hours)
        self.charts = self.splice.charts
        self.told: deque[Bar] = deque(maxlen=max(warm_bars, REMEMBERED))
        self._hours = hours
        self._every = picture_every
        self._turn = 0
        """Which of the times that a picture is told at has been, by the venue's clock."""
        self._poll = max(LEAST_POLL, contracts * EACH)
        self._polling: Timer | None = None
        self._past: Nanos | None = None
        """From where on the past has been asked for, until it is there."""
        self._doubted = context.generation > 1
        """Whether the market hub may be away unheard of."""
        self._filling: Timer | None = None
        self._timer: Timer | None = None
        self._armed: Nanos = 0

    def begin(self) -> None:
        if self.context.generation > 1:
            self._start()

    def on_session_started(self, started: SessionStarted) -> None:
        self._start()

    def on_bars_found(self, found: BarsFound) -> None:
        if found.seconds != 1:
            for past in self.charts.found(found):
                self.publish(past)
            return
        if self._past is not None and found.since <= self._past:
            self._past = None
            self.splice.past(found.bars)
            self._remember(found.bars)
            self.publish(PastBars(self.contract, found.bars))
        self._publish(self.splice.found(found))

    def on_query_failed(self, failed: QueryFailed) -> None:
        """Without a past the first print gives the start price, and a gap is asked for again."""

    def on_tape(self, tape: Tape) -> None:
        self._hear(tape)

    def on_depth(self, depth: Depth) -> None:
        self._hear(depth)

    def on_quote(self, quote: Quote) -> None:
        self._hear(quote)

    def on_hub_opened(self, opened: HubOpened) -> None:
        if opened.hub is Hub.MARKET:
            self._doubted = False
            if self.splice.back(self.now):
                self._poll_in(self.splice.filled - self.now)

    def on_hub_lost(self, lost: HubLost) -> None:
        if lost.hub is Hub.MARKET:
            self._doubted = False
            self._lose()

    def on_hub_state(self, state: HubState) -> None:
        if self._doubted and state.hub is Hub.MARKET:
            self._doubted = False
            if not state.open:
                self._lose()

    def on_poll_bars_due(self, due: PollBarsDue) -> None:
        if self.splice.overdue(self.now):
            self._publish(self.splice.release())
        if self.splice.run is Run.RUNNING:
            return
        start, limit = self.splice.question(self.now)
        self.publish(QueryBars(self.contract, 1, start, self.now, limit))
        self._poll_in(self._poll)

    def on_fill_frames_due(self, due: FillFramesDue) -> None:
        """One question at a time, in the same steps as for a gap, until nothing is missing."""
        self._filling = None
        question = self.charts.question(self.now)
        if question is not None:
            self.publish(question)
            self._fill_in(self._poll)
        elif self.charts.missing:
            self._fill_in(AGAIN)

    def on_close_bar_due(self, due: CloseBarDue) -> None:
        self._armed = 0
        self._publish(self.splice.on_time(self.now))

    def on_session_ended(self, ended: SessionEnded) -> None:
        """No print may stay outside the bars: the forming one closes as it is."""
        self._publish(self.splice.end())

    def on_actor_restarted(self, restarted: ActorRestarted) -> None:
        """Who has lost its bars is told them again."""
        if restarted.actor in (MODEL, RISK, SIGNAL) and self.told:
            self.publish(PastBars(self.contract, tuple(self.told)))
        if restarted.actor == SIGNAL:
            for past in self.charts.past():
                self.publish(past)

    def _start(self) -> None:
        if self.warm_bars:
            self._past = self.now - self.warm_bars * SECOND
            self.publish(QueryBars(self.contract, 1, self._past, self.now, self.warm_bars))
        if self.charts.frames.every:
            self._fill_in(self._poll)
        if self.splice.run is Run.AWAY:
            self._poll_in(self._poll)

    def _remember(self, past: tuple[Bar, ...]) -> None:
        """Put the past before what has been told meanwhile."""
        first = self.told[0].start if self.told else self.now
        older = [bar for bar in past if bar.end <= first]
        self.told = deque([*older, *self.told], self.told.maxlen)

    def _lose(self) -> None:
        if self.splice.lost():
            self._poll_in(self._poll)

    def _poll_in(self, delay: Nanos) -> None:
        """One timer at a time, for the next look at the venue's bars."""
        if self._polling is not None:
            self._polling.cancel()
        self._polling = self.after(max(0, delay), PollBarsDue())

    def _fill_in(self, delay: Nanos) -> None:
        if self._filling is None:
            self._filling = self.after(delay, FillFramesDue())

    def _hear(self, message: Heard) -> None:
        splice = self.splice
        closed = splice.hear(message)
        if closed or self.charts.told or splice.ends != self._armed:
            self._publish(closed)

    def _publish(self, closed: Iterable[BarClosed]) -> None:
        framed_bars, self.charts.told = self.charts.told, []
        for framed in framed_bars:
            self.publish(framed)
            if framed.degraded:
                self._fill_in(SETTLE)
        for one in closed:
            self.told.append(one.bar)
            if self._every:
                self._picture(one.bar)
            self.publish(one)
        if self.splice.ends != self._armed:
            self._arm()

    def _picture(self, bar: Bar) -> None:
        """With the first bar that ends at or after a whole multiple of `picture_every`. Not with
        the very first: the market has hardly begun, and a snapshot's burst is under way.
        """
        turn = bar.end // self._every
        if 0 < self._turn < turn:
            self.publish(picture(self.contract, self.splice, bar, self.now, self._hours))
        self._turn = turn

    def _arm(self) -> None:
        """One timer at a time, for the end of the bar that ends next."""
        due = self.splice.due
        if due is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed = self.splice.ends
        delay = max(0, due - self.now)
        self._timer = self.after(delay, CloseBarDue(self.contract, self._armed))
