"""A contract's market in one message: every measure asked once, with its defaults."""

from actors.bar.analytics.market import Market
from actors.bar.history.diagnosis import Seen, diagnose
from actors.bar.history.freshness import freshness
from actors.bar.history.hours import Market as Hours
from actors.bar.splice import Splice
from messages.base import Nanos
from messages.market import Bar
from messages.picture import (
    BookState,
    DataState,
    Marked,
    MarketPicture,
    Shown,
    StreamSeen,
    TapeState,
)


def picture(
    contract: str, splice: Splice, newest: Bar | None, now: Nanos, hours: Hours
) -> MarketPicture:
    """`newest` is the newest bar told, `now` our clock's time."""
    market = splice.market
    return MarketPicture(
        contract,
        market.now,
        _data(splice, newest, now, hours),
        _book(market),
        _tape(market),
        tuple(
            Marked(one.side, one.price, one.price, 1, one.size) for one in market.liquidity_levels()
        ),
        tuple(
            Marked(one.side, one.low, one.high, one.levels, one.size)
            for one in market.order_clusters()
        ),
        tuple(
            Marked(one.side, one.price, one.price, one.touches, 0)
            for one in market.support_resistance()
        ),
        tuple(
            Marked(one.side, one.price, one.price, one.refreshes, one.executed, one.confidence)
            for one in market.icebergs()
        ),
        tuple(
            Marked(one.side, one.price, one.price, one.placements, round(one.size), one.confidence)
            for one in market.spoofing()
        ),
    )


def _data(splice: Splice, newest: Bar | None, now: Nanos, hours: Hours) -> DataState:
    newest_of = splice.market.newest().items()
    seen = {stream: None if at is None else Seen(*at) for stream, at in newest_of}
    found = diagnose(now, seen, least_lag=splice.picture.lag)
    fresh = freshness(newest, now - splice.picture.lag, hours)
    late, strays = splice.charts.late
    return DataState(
        tuple(
            StreamSeen(one.stream, one.stamp, one.silence, one.lag, one.stale)
            for one in found.streams
        ),
        found.stale,
        found.timeliness,
        found.words,
        fresh.behind,
        fresh.stale,
        splice.picture.bars.late,
        late,
        strays,
    )


def _book(market: Market) -> BookState:
    shown, counts, micro = market.snapshot(), market.statistics(), market.microstructure()
    return BookState(
        shown.whole,
        tuple(Shown(*level) for level in shown.bids),
        tuple(Shown(*level) for level in shown.asks),
        micro.imbalance,
        micro.microprice,
        market.spread_analysis().mean,
        market.order_flow_imbalance(),
        counts.crossed,
        counts.locked,
        counts.stale_rows,
        counts.dropped_levels,
    )


def _tape(market: Market) -> TapeState:
    flow, profile, micro = market.trade_flow(), market.volume_profile(), market.microstructure()
    area = None if profile is None else profile.value_area
    return TapeState(
        flow.buy_volume,
        flow.sell_volume,
        flow.buy_prints + flow.sell_prints,
        flow.largest,
        market.momentum().ratio,
        flow.vwap,
        None if profile is None else profile.point_of_control,
        None if area is None else area.low,
        None if area is None else area.high,
        micro.impact,
        micro.r_squared,
        micro.volatility,
        market.statistics().session_volume,
        market.session_vwap(),
    )
