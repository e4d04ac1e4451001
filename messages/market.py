"""What the market says: instruments, quotes, prints, depth, bars, and whether it is open."""

from collections.abc import Sequence
from decimal import Decimal
from enum import IntEnum, StrEnum

from messages.base import Message, Money, Nanos, Ticks, Value


class Side(IntEnum):
    """Which way: an order's side, a print's aggressor, the sign of a position."""

    BUY = 1
    SELL = -1

    @property
    def opposite(self) -> "Side":
        return Side(-self.value)


class Instrument(Value, frozen=True):
    """A contract as the venue lists it. `tick_size` is decimal text, `tick_value` is per
    contract.
    """

    id: str
    symbol: str
    name: str
    tick_size: str
    tick_value: Money

    def ticks(self, price: Decimal) -> Ticks:
        """A price on the grid in ticks; ValueError names a price off the grid."""
        quotient, rest = divmod(price, Decimal(self.tick_size))
        if rest:
            raise ValueError(f"{self.id}: price {price} is not a multiple of {self.tick_size}")
        return int(quotient)

    def price(self, ticks: Ticks) -> Decimal:
        return Decimal(self.tick_size) * ticks


class Quote(Message, frozen=True):
    """The top of the book, sparse: a field that is None has not changed. Ticks; `volume` is the
    session's.
    """

    contract: str
    stamp: Nanos
    received: Nanos
    bid: Ticks | None = None
    ask: Ticks | None = None
    last: Ticks | None = None
    volume: int | None = None

    def merged(self, newer: "Quote") -> "Quote":
        """This quote updated by a newer one, field by field: nothing known is forgotten."""
        return Quote(
            self.contract,
            newer.stamp,
            newer.received,
            self.bid if newer.bid is None else newer.bid,
            self.ask if newer.ask is None else newer.ask,
            self.last if newer.last is None else newer.last,
            self.volume if newer.volume is None else newer.volume,
        )


class Print(Value, frozen=True):
    """One trade on the tape; `side` is the aggressor's."""

    stamp: Nanos
    price: Ticks
    size: int
    side: Side


class Tape(Message, frozen=True):
    """The prints of one hub record, in the venue's order. Never conflated, never dropped."""

    contract: str
    received: Nanos
    prints: tuple[Print, ...]


class DepthKind(StrEnum):
    BID = "bid"
    ASK = "ask"
    RESET = "reset"


class DepthRow(Value, frozen=True):
    """The new total size displayed at a price (0 deletes the level), or a reset of the whole
    book.
    """

    stamp: Nanos
    kind: DepthKind
    price: Ticks
    size: int
    best: bool = False


class Depth(Message, frozen=True):
    """The depth rows of one hub record, in the venue's order."""

    contract: str
    received: Nanos
    rows: tuple[DepthRow, ...]

    @staticmethod
    def folded(waiting: Sequence["Depth"]) -> "Depth":
        """One message for several of a contract, oldest first: after the newest reset, the newest
        row of each level, in the venue's order. It leaves the same book behind.
        """
        rows: dict[tuple[DepthKind, Ticks], DepthRow] = {}
        for depth in waiting:
            for row in depth.rows:
                if row.kind is DepthKind.RESET:
                    rows.clear()
                rows.pop((row.kind, row.price), None)
                rows[row.kind, row.price] = row
        newest = waiting[-1]
        return Depth(newest.contract, newest.received, tuple(rows.values()))


DATA: frozenset[type[Message]] = frozenset({Quote, Tape, Depth})
"""What the venue streams of the market: of all messages by far the most, and the only ones that
may be given up where there is no room to keep them.
"""


class Bar(Value, frozen=True):
    """One bar over [start, end). Prices in ticks; volume fields in contracts.

    `turnover` is the sum of price x size (VWAP = turnover / volume). The book fields are the state
    at the close: best prices and sizes, and the displayed size over the five best levels of each
    side; 0 where unknown.
    """

    start: Nanos
    end: Nanos
    open: Ticks
    high: Ticks
    low: Ticks
    close: Ticks
    volume: int
    buy_volume: int = 0
    sell_volume: int = 0
    trades: int = 0
    turnover: int = 0
    bid: Ticks = 0
    ask: Ticks = 0
    bid_size: int = 0
    ask_size: int = 0
    bid_depth: int = 0
    ask_depth: int = 0


class BarClosed(Message, frozen=True):
    """`degraded`: the venue's own bar, told later in place of a tape that was away. It carries no
    flow and no book, and is nothing to enter on.
    """

    contract: str
    bar: Bar
    degraded: bool = False


class FrameClosed(Message, frozen=True):
    """A bar of a wanted timeframe (`trading.timeframes`, in its own spelling: 5min), or its
    correction by late prints: in a frame that ends by time, one with the start of an earlier one
    replaces it. `degraded`: our tape did not run through all of it, so it may lack prints or flow.
    The book at its close is in the bar of one second that ends with it, not here.
    """

    contract: str
    timeframe: str
    bar: Bar
    revision: int = 0
    degraded: bool = False


class PastFrames(Message, frozen=True):
    """All bars of a timeframe that are kept, oldest first, in place of what was told of it before:
    the venue's from before the start and for what was degraded, our own otherwise.
    """

    contract: str
    timeframe: str
    bars: tuple[Bar, ...]


class QueryBars(Message, frozen=True):
    """Ask the venue for bars of `seconds` width that open in [start, end]; the newest `limit` of
    them.
    """

    contract: str
    seconds: int
    start: Nanos
    end: Nanos
    limit: int


class BarsFound(Message, frozen=True):
    """Bars that open from `since` on and were closed at `asked`, when the question left; oldest
    first. They carry no flow and no book fields.
    """

    contract: str
    seconds: int
    bars: tuple[Bar, ...]
    asked: Nanos
    since: Nanos


class PastBars(Message, frozen=True):
    """The newest one-second bars of a contract, oldest first, for whoever has not seen them: at the
    start the venue's own, after a restart those that were told since.
    """

    contract: str
    bars: tuple[Bar, ...]


class MarketStatus(StrEnum):
    OPEN = "open"
    BREAK = "break"
    """The daily pause between two trade dates."""
    CLOSED = "closed"
    """The weekend."""
    HALTED = "halted"
    """The venue refuses orders in the exchange's hours."""
    UNKNOWN = "unknown"
    """No data has come yet, or no price for too long."""


class MarketStatusChanged(Message, frozen=True):
    contract: str
    status: MarketStatus
    reason: str
