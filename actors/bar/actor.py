"""The shell of the bar room."""

from collections.abc import Iterable

from actors.bar.picture import Picture
from actors.runtime.actor import Actor
from actors.runtime.context import Context, Timer
from messages.base import SECOND, Nanos
from messages.control import CloseBarDue, SessionEnded, SessionStarted
from messages.hub import Hub, HubLost
from messages.market import Bar, BarClosed, BarsFound, Depth, Instrument, QueryBars, Quote, Tape
from messages.order import QueryFailed


class BarActor(Actor):
    """Turns one contract's prints, depth and quotes into closed one-second bars. Never drops a
    print.
    """

    def __init__(self, context: Context, instrument: Instrument, warm_bars: int) -> None:
        super().__init__(context)
        self.contract = instrument.id
        self.warm_bars = warm_bars
        self.picture = Picture()
        self._timer: Timer | None = None
        self._armed: Nanos = 0

    def on_session_started(self, started: SessionStarted) -> None:
        if self.warm_bars:
            start = started.at - self.warm_bars * SECOND
            self.publish(QueryBars(self.contract, 1, start, started.at, self.warm_bars))

    def on_bars_found(self, found: BarsFound) -> None:
        if found.bars:
            self.picture.bars.start_price(found.bars[-1].close)
        self._publish(())

    def on_query_failed(self, failed: QueryFailed) -> None:
        """Without a past the first print gives the start price: nothing to mend here."""

    def on_tape(self, tape: Tape) -> None:
        self._publish(self.picture.on_tape(tape.prints, tape.received))

    def on_depth(self, depth: Depth) -> None:
        self._publish(self.picture.on_depth(depth.rows, depth.received))

    def on_quote(self, quote: Quote) -> None:
        self.picture.on_quote(quote)
        self._publish(())

    def on_hub_lost(self, lost: HubLost) -> None:
        if lost.hub is Hub.MARKET:
            self.picture.on_break()

    def on_close_bar_due(self, due: CloseBarDue) -> None:
        self._armed = 0
        self._publish(self.picture.on_time(self.now))

    def on_session_ended(self, ended: SessionEnded) -> None:
        """No print may stay outside the bars: the forming one closes as it is."""
        if self.picture.due is not None:
            self._publish(self.picture.on_time(self.picture.due))

    def _publish(self, closed: Iterable[Bar]) -> None:
        for bar in closed:
            self.publish(BarClosed(self.contract, bar))
        if self.picture.bars.end != self._armed:
            self._arm()

    def _arm(self) -> None:
        """One timer at a time, for the end of the forming bar."""
        due = self.picture.due
        if due is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed = self.picture.bars.end
        delay = max(0, due - self.now)
        self._timer = self.after(delay, CloseBarDue(self.contract, self._armed))
