"""One contract's market picture: what its messages say, asked by call."""

from actors.bar.analytics.clusters import Cluster, order_clusters
from actors.bar.analytics.executions import Executions
from actors.bar.analytics.flow import Cell, CumulativeDelta, FlowSummary, Momentum, TradeFlow
from actors.bar.analytics.icebergs import Iceberg, Icebergs
from actors.bar.analytics.levels import PriceLevel, Turns
from actors.bar.analytics.liquidity import (
    DepthWithin,
    Imbalance,
    Impact,
    LiquidityLevel,
    Snapshot,
    depth_within,
    imbalance,
    impact,
    liquidity_levels,
    microprice,
    snapshot,
)
from actors.bar.analytics.pressure import OrderFlow, Response
from actors.bar.analytics.profile import (
    RollingProfile,
    SessionProfile,
    VolumeProfile,
    volume_profile,
)
from actors.bar.analytics.spoofing import Placements, SpoofingSign
from actors.bar.analytics.spread import SpreadAnalysis, SpreadTimes
from actors.bar.analytics.summary import Microstructure, Statistics
from actors.bar.analytics.windows import HOUR, MINUTE
from actors.bar.ladder import NEVER, Ladder, Touch
from actors.bar.picture import AHEAD
from actors.bar.timeframes.periods import trade_date_end
from messages.base import SECOND, Nanos, Ticks
from messages.hub import Stream
from messages.market import Depth, Quote, Side, Tape


class Market:
    """Takes the messages of one contract and answers every question about its book and tape.

    Time is the newest stamp of a print or row (`now`, ns UTC): windows end there, and in silence at
    the `on_time` of whoever has a clock. A stamp more than AHEAD of its receipt is cut to that, so
    one wrong stamp cannot empty the windows. A session is a CME trade date. Prices are ticks, sizes
    contracts. Not for several threads.
    """

    def __init__(self) -> None:
        self.book = Ladder(self)
        self.quote: Quote | None = None
        self.touch: Touch | None = None
        """Best bid and ask of the book as last settled; None while it is not to be relied on."""
        self.now: Nanos = 0
        self.received: Nanos = 0
        """When, by our clock, the newest message came."""
        self._ceiling: Nanos = NEVER
        self._turn: Nanos = 0
        self._session_ends: Nanos = 0
        self._cells: dict[Ticks, Cell] = {}
        self._largest = self._delta = 0
        self._flow = TradeFlow()
        self._profile = RollingProfile()
        self._session = SessionProfile()
        self._turns = Turns()
        self._spreads = SpreadTimes()
        self._order_flow = OrderFlow()
        self._response = Response()
        self._executions = Executions()
        self._icebergs = Icebergs()
        self._placements = Placements()
        self._quotes = self._prints = self._rows = self._updates = 0
        self._crossed = self._locked = self._ahead = 0
        self._quoted: tuple[Nanos, Nanos] | None = None
        self._printed: tuple[Nanos, Nanos] | None = None
        self._shown: tuple[Nanos, Nanos] | None = None

    # What comes in

    def on_quote(self, quote: Quote) -> None:
        """Merge a sparse quote, field by field. It moves no time: it is conflated, so it may have
        overtaken prints that are older.
        """
        self.quote = quote if self.quote is None else self.quote.merged(quote)
        self._quotes += 1
        self.received = quote.received
        self._quoted = quote.stamp, quote.received

    def on_tape(self, tape: Tape) -> None:
        """Count every print, in the venue's order."""
        prints, received = tape.prints, tape.received
        self.received, ceiling = received, received + AHEAD
        turns, now, cells = self._turns, self.now, self._cells
        last = turns.last
        asks, bids = self._executions.asks, self._executions.bids
        for trade in prints:
            stamp, price, size = trade.stamp, trade.price, trade.size
            if now < stamp < self._turn and stamp <= ceiling:
                self.now = now = stamp
            elif stamp > now:
                self._reach(stamp, ceiling)
                now, cells = self.now, self._cells
                asks, bids = self._executions.asks, self._executions.bids
            cell = cells.get(price)
            if cell is None:
                cell = cells[price] = [0, 0, 0, 0]
            if trade.side > 0:
                cell[0] += size
                cell[2] += 1
                asks[price] = asks.get(price, 0) + size
            else:
                cell[1] += size
                cell[3] += 1
                bids[price] = bids.get(price, 0) + size
            if size > self._largest:
                self._largest = size
            if price != last:
                turns.add(now, price)
                last = price
        if prints:
            self._prints += len(prints)
            self._printed = prints[-1].stamp, received

    def on_depth(self, depth: Depth) -> None:
        """Apply every row, in the venue's order."""
        self.expect(depth)
        self.book.apply(depth.rows, 0, NEVER)

    def expect(self, depth: Depth) -> None:
        """The rows of this record are about to be applied to `book` by someone else, who must stop
        between them (to close a bar with the book before its closer).
        """
        self.received, self._ceiling = depth.received, depth.received + AHEAD
        if depth.rows:
            self._rows += len(depth.rows)
            self._shown = depth.rows[-1].stamp, depth.received

    def on_time(self, now: Nanos) -> None:
        """The venue's time is at least this, though nothing came."""
        self._reach(now, now)

    # What the book tells while rows are applied

    def on_level(self, side: Side, price: Ticks, before: int, after: int, stamp: Nanos) -> None:
        """A level's size was `before` and is `after`."""
        if stamp > self.now:
            self._reach(stamp, self._ceiling)
        executed = self._executions.take(side, price)
        if executed:
            self._icebergs.on_row(self.now, side, price, before, after, executed)
        if after < before:
            self._placements.fell(self.now, side, price, max(0, before - after - executed), after)
        elif after > before and self.touch is not None:
            resting = self.book.bid_side if side > 0 else self.book.ask_side
            rise = after - before
            if rise * len(resting.keys) >= resting.volume - rise:
                best = self.touch.bid if side > 0 else self.touch.ask
                self._placements.placed(self.now, side, price, rise, (best - price) * int(side))

    def on_reset(self) -> None:
        """The book was dropped."""
        self._executions.forget()
        self._placements.forget()
        self._settle(None)

    def on_settled(self, stamp: Nanos) -> None:
        """All rows of a stamp are applied."""
        self._updates += 1
        touch = self.book.touch()
        if touch != self.touch:
            self._settle(touch)
        if touch is not None and touch.bid >= touch.ask:
            self._crossed += touch.bid > touch.ask
            self._locked += touch.bid == touch.ask

    # Questions about now

    def is_stale(self, now: Nanos, after: Nanos = 5 * SECOND) -> bool:
        """Whether nothing has come for longer than `after`; `now` is by the clock of `received`.
        Source: document 000, is_data_stale(); the limit is the whole feed's in regular hours.
        """
        return now - self.received > after

    def statistics(self) -> Statistics:
        """Source: document 003, get_statistics(); 000, last data timestamp and diagnostics."""
        self._flush()
        bids, asks = self.book.bid_side, self.book.ask_side
        return Statistics(
            quotes=self._quotes,
            prints=self._prints,
            rows=self._rows,
            updates=self._updates,
            resets=self.book.resets,
            stale_rows=self.book.stale_rows,
            dropped_levels=self.book.dropped_levels,
            crossed=self._crossed,
            locked=self._locked,
            ahead=self._ahead,
            whole=self.book.whole,
            touch=self.touch,
            bid_levels=len(bids.keys),
            ask_levels=len(asks.keys),
            bid_volume=bids.volume,
            ask_volume=asks.volume,
            session_volume=self._session.volume(),
            last_quote=self._quoted[0] if self._quoted else 0,
            last_print=self._printed[0] if self._printed else 0,
            last_depth=self._shown[0] if self._shown else 0,
        )

    def newest(self) -> dict[Stream, tuple[Nanos, Nanos] | None]:
        """Stamp and receipt of each stream's newest message; None before any."""
        return {
            Stream.QUOTES: self._quoted,
            Stream.TRADES: self._printed,
            Stream.DEPTH: self._shown,
        }

    def bid_ask(self) -> tuple[Ticks | None, Ticks | None]:
        """Best bid and ask in ticks: the book's, or the quote's while there is no book to rely on.
        Source: document 000, get_bid_ask.
        """
        if self.touch is not None:
            return self.touch.bid, self.touch.ask
        return (None, None) if self.quote is None else (self.quote.bid, self.quote.ask)

    def snapshot(self, levels: int = 10) -> Snapshot:
        """The best levels of both sides (liquidity.snapshot)."""
        return snapshot(self.book, levels)

    def imbalance(self, levels: int = 10) -> Imbalance | None:
        """Displayed buyers against sellers, -1 to +1 (liquidity.imbalance)."""
        return imbalance(self.book, levels)

    def depth_within(self, price_range: Ticks) -> DepthWithin:
        """Size within a distance of the best prices (liquidity.depth_within)."""
        return depth_within(self.book, price_range)

    def impact(self, side: Side, size: int) -> Impact:
        """What an order would cost in the displayed book (liquidity.impact)."""
        return impact(self.book, side, size)

    def liquidity_levels(
        self, min_volume: int = 100, levels: int = 20
    ) -> tuple[LiquidityLevel, ...]:
        """Levels that display much (liquidity.liquidity_levels)."""
        return liquidity_levels(self.book, min_volume, levels)

    def order_clusters(
        self, min_cluster_size: int = 3, price_tolerance: Ticks = 1
    ) -> tuple[Cluster, ...]:
        """Neighbouring large levels (clusters.order_clusters)."""
        return order_clusters(self.book, min_cluster_size, price_tolerance)

    # Questions about a window that ends now

    def cumulative_delta(self, window: Nanos = HOUR) -> CumulativeDelta:
        """Contracts bought less sold (flow.TradeFlow.cumulative_delta)."""
        self._flush()
        return self._flow.cumulative_delta(self.now, window)

    def trade_flow(self, window: Nanos = HOUR) -> FlowSummary:
        """The tape in sums (flow.TradeFlow.summary)."""
        self._flush()
        return self._flow.summary(self.now, window)

    def momentum(self, window: Nanos = MINUTE) -> Momentum:
        """Buyers against sellers on the tape, -1 to +1 (flow.TradeFlow.momentum)."""
        self._flush()
        return self._flow.momentum(self.now, window)

    def vwap(self, window: Nanos = HOUR) -> float | None:
        """The average price of a window (flow.TradeFlow.vwap)."""
        self._flush()
        return self._flow.vwap(self.now, window)

    def session_vwap(self) -> float | None:
        """The average price since the session began (profile.SessionProfile.vwap)."""
        self._flush()
        return self._session.vwap()

    def volume_profile(self, window: Nanos = HOUR, bins: int = 20) -> VolumeProfile | None:
        """Volume by price of a window (profile.volume_profile)."""
        self._flush()
        return self._profile.over(self.now, window, bins)

    def session_profile(self, bins: int = 20) -> VolumeProfile | None:
        """Volume by price since the session began (profile.volume_profile)."""
        self._flush()
        return volume_profile(self._session.volumes, bins)

    def support_resistance(
        self, lookback: Nanos = 2 * HOUR, min_touches: int = 3, tolerance: Ticks = 1
    ) -> tuple[PriceLevel, ...]:
        """Prices where the tape turned (levels.Turns.levels)."""
        return self._turns.levels(self.now, lookback, min_touches, tolerance)

    def spread_analysis(self, window: Nanos = 30 * MINUTE) -> SpreadAnalysis:
        """The spread by time (spread.SpreadTimes.analysis)."""
        return self._spreads.analysis(self.now, window)

    def order_flow_imbalance(self, window: Nanos = MINUTE) -> int:
        """Pressure at the best prices (pressure.OrderFlow.imbalance)."""
        return self._order_flow.imbalance(self.now, window)

    def microstructure(self, window: Nanos = 30 * MINUTE) -> Microstructure:
        """The market's state in one answer. Source: document 003,
        get_advanced_market_metrics(), whose content it leaves open: what is in it is our choice.
        """
        flow, response = self.trade_flow(window), self._response.over(self.now, window)
        near = self.imbalance()
        return Microstructure(
            self.touch,
            None if self.touch is None else microprice(self.touch),
            None if near is None else near.ratio,
            self._order_flow.imbalance(self.now, window),
            self.momentum(window).ratio,
            response.impact,
            response.r_squared,
            response.volatility,
            flow.prints_per_second,
        )

    def icebergs(
        self, min_refreshes: int = 5, volume_threshold: int = 50, window: Nanos = 10 * MINUTE
    ) -> tuple[Iceberg, ...]:
        """Levels refilled by one size (icebergs.Icebergs.found)."""
        return self._icebergs.found(self.now, min_refreshes, volume_threshold, window)

    def spoofing(
        self,
        window: Nanos = 10 * MINUTE,
        min_placement_frequency: float = 3.0,
        min_cancellation_rate: float = 0.8,
        max_time_to_cancel: Nanos = 30 * SECOND,
        min_distance_ticks: Ticks = 3,
        confidence_threshold: float = 0.7,
    ) -> tuple[SpoofingSign, ...]:
        """Large size placed and pulled (spoofing.Placements.found)."""
        return self._placements.found(
            self.now,
            window,
            min_placement_frequency,
            min_cancellation_rate,
            max_time_to_cancel,
            min_distance_ticks,
            confidence_threshold,
        )

    # Time

    def _reach(self, stamp: Nanos, ceiling: Nanos) -> None:
        """Let time come to a stamp; a stamp of the past changes nothing."""
        if stamp > ceiling:
            self._ahead += 1
            stamp = ceiling
        if stamp > self.now:
            if stamp >= self._turn:
                self._close_second(stamp)
            self.now = stamp

    def _close_second(self, stamp: Nanos) -> None:
        self._flush()
        self._response.add(self.now, self._delta, self.touch)
        self._delta = 0
        self._executions.turn()
        if stamp >= self._turn + SECOND:
            self._executions.turn()
        self._turn = stamp // SECOND * SECOND + SECOND
        if stamp >= self._session_ends:
            self._session.start()
            self._session_ends = trade_date_end(stamp)

    def _flush(self) -> None:
        """Give what traded in the present second to everyone who sums the tape."""
        cells = self._cells
        if cells:
            self._cells = {}
            self._delta += self._flow.add(self.now, cells, self._largest)
            self._profile.add(self.now, cells)
            self._session.add(cells)
            self._largest = 0

    def _settle(self, touch: Touch | None) -> None:
        """The best prices and sizes are these from now on."""
        self.touch = touch
        self._order_flow.change(self.now, touch)
        spread = None if touch is None else touch.spread
        if spread != self._spreads.current:
            self._spreads.change(self.now, spread)
