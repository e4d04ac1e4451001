"""A market fed by hand: seconds after T, ticks, contracts."""

from collections.abc import Mapping

from actors.bar.analytics.market import Market
from actors.bar.ladder import NEVER, Ladder
from messages.base import MILLISECOND, SECOND, Nanos, Ticks
from messages.market import Depth, DepthKind, DepthRow, Print, Quote, Side, Tape

T: Nanos = 1_790_000_000 * SECOND
MES = "CON.F.US.MES.Z26"
BUY, SELL = Side.BUY, Side.SELL
KINDS = {BUY: DepthKind.BID, SELL: DepthKind.ASK}
Sizes = Mapping[Ticks, int]


def at(seconds: float) -> Nanos:
    return T + round(seconds * 1_000) * MILLISECOND


def whole(stamp: Nanos, bids: Sizes, asks: Sizes) -> tuple[DepthRow, ...]:
    """A reset and the book that follows it."""
    return (
        DepthRow(stamp, DepthKind.RESET, 0, 0),
        *(DepthRow(stamp, DepthKind.BID, price, size) for price, size in bids.items()),
        *(DepthRow(stamp, DepthKind.ASK, price, size) for price, size in asks.items()),
    )


def ladder(bids: Sizes, asks: Sizes) -> Ladder:
    made = Ladder()
    made.apply(whole(T, bids, asks), 0, NEVER)
    return made


class Feed:
    """Sends a Market what the venue would, received as it is stamped."""

    def __init__(self) -> None:
        self.market = Market()

    def book(self, seconds: float, bids: Sizes, asks: Sizes) -> None:
        self.rows(seconds, *whole(at(seconds), bids, asks))

    def level(self, seconds: float, side: Side, price: Ticks, size: int) -> None:
        self.rows(seconds, DepthRow(at(seconds), KINDS[side], price, size))

    def rows(self, seconds: float, *rows: DepthRow) -> None:
        self.market.on_depth(Depth(MES, at(seconds), rows))

    def trade(self, seconds: float, price: Ticks, size: int, side: Side) -> None:
        self.trades(seconds, (price, size, side))

    def trades(self, seconds: float, *trades: tuple[Ticks, int, Side]) -> None:
        stamp = at(seconds)
        self.market.on_tape(Tape(MES, stamp, tuple(Print(stamp, *trade) for trade in trades)))

    def quote(self, seconds: float, bid: Ticks | None = None, ask: Ticks | None = None) -> None:
        self.market.on_quote(Quote(MES, at(seconds), at(seconds), bid, ask))
