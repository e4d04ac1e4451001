"""One contract's market in one message: book, tape, patterns, and how its data does.

What each figure is, docs/market-picture.md says. Prices and distances in ticks (averages as
floats), sizes in contracts, times in ns UTC by the venue, spans in ns; None where it is not known.
"""

from messages.base import Message, Nanos, Ticks, Value
from messages.hub import Stream
from messages.market import Side


class Shown(Value, frozen=True):
    """A level of the book."""

    price: Ticks
    size: int


class Marked(Value, frozen=True):
    """A price, or a run of them, that stands out. `count` says how often, or how many levels: the
    refills of an iceberg, the placements of a spoofed level, the touches of support (BUY) and
    resistance (SELL), the levels of a cluster, 1 for one large level. `confidence` (0 to 1) ranks
    icebergs and spoofing; 1.0 for the rest.
    """

    side: Side
    low: Ticks
    high: Ticks
    count: int
    size: int
    confidence: float = 1.0


class StreamSeen(Value, frozen=True):
    """`silence`: how long nothing has come by our clock; `lag`: how late the newest was."""

    stream: Stream
    stamp: Nanos | None
    silence: Nanos | None
    lag: Nanos | None
    stale: bool


class DataState(Value, frozen=True):
    """`stale`: nothing at all has come for 5 s. `timeliness`: real-time, lagging, delayed, unknown.
    `bars_behind`: for how much of the time since the newest bar the market was open.
    """

    streams: tuple[StreamSeen, ...]
    stale: bool
    timeliness: str
    words: str
    bars_behind: Nanos | None
    bars_stale: bool
    late_prints: int
    """Prints that came after their second's bar had closed, and stand in the next one."""
    corrections: int
    """Prints that have corrected a closed bar of a longer timeframe."""
    strays: int
    """Of these, too late for their own bar: they stand in the oldest that is remembered."""


class BookState(Value, frozen=True):
    """The ten best levels a side, best first, and what they say; `spread` is the mean of 30 min."""

    whole: bool
    bids: tuple[Shown, ...]
    asks: tuple[Shown, ...]
    imbalance: float | None
    microprice: float | None
    spread: float | None
    order_flow_imbalance: int
    crossed: int
    locked: int
    stale_rows: int
    dropped_levels: int


class TapeState(Value, frozen=True):
    """Volumes, delta, VWAP and profile over 60 min, momentum over 1 min, price impact (ticks a
    contract), its r squared and realised volatility over 30 min; of the session volume and VWAP.
    """

    buy_volume: int
    sell_volume: int
    prints: int
    largest: int
    momentum: float
    vwap: float | None
    point_of_control: Ticks | None
    value_low: Ticks | None
    value_high: Ticks | None
    impact: float | None
    r_squared: float | None
    volatility: float
    session_volume: int
    session_vwap: float | None


class MarketPicture(Message, frozen=True):
    """What the bar room knows at a bar's end, every `trading.picture_s` seconds, with the default
    windows and limits of docs/market-picture.md.
    """

    contract: str
    at: Nanos
    data: DataState
    book: BookState
    tape: TapeState
    liquidity: tuple[Marked, ...]
    clusters: tuple[Marked, ...]
    support_resistance: tuple[Marked, ...]
    icebergs: tuple[Marked, ...]
    spoofing: tuple[Marked, ...]
