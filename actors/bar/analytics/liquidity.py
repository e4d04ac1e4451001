"""What the displayed book holds: imbalance, depth near the best, the cost of an order, big levels.

Prices and distances in ticks, sizes in contracts. Displayed size is an offer that can be withdrawn:
nothing here says what would trade.
"""

from typing import NamedTuple

from actors.bar.ladder import BookSide, Ladder, Level, Touch
from messages.base import Ticks
from messages.market import Side


class Snapshot(NamedTuple):
    """The best levels of both sides, best first. `touch` is None while the book is not whole or a
    side is empty; the levels are shown all the same.
    """

    whole: bool
    touch: Touch | None
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class Imbalance(NamedTuple):
    """Contracts on each side, and (bid - ask) / (bid + ask) from -1 (all asks) to +1 (all bids)."""

    bid_volume: int
    ask_volume: int
    ratio: float


class DepthWithin(NamedTuple):
    """Levels and contracts within a distance of the best price, each side."""

    bid_levels: int
    ask_levels: int
    bid_volume: int
    ask_volume: int


class Impact(NamedTuple):
    """What an order would do to the book as displayed now.

    `average` is the mean fill price in ticks, `slippage` its distance from the best price, worse
    being positive, both 0.0 if nothing would fill; `worst` is the last price reached (None
    likewise).
    """

    filled: int
    unfilled: int
    levels: int
    average: float
    worst: Ticks | None
    slippage: float


class LiquidityLevel(NamedTuple):
    """A level that holds much: its side, distance in ticks from its side's best, and share of the
    contracts in the levels looked at.
    """

    side: Side
    price: Ticks
    size: int
    distance: Ticks
    share: float


def snapshot(book: Ladder, levels: int = 10) -> Snapshot:
    """The best `levels` levels of each side as they are now. Source: document 003,
    get_orderbook_snapshot.
    """
    bids, asks = book.bid_side.levels(levels), book.ask_side.levels(levels)
    return Snapshot(book.whole, book.touch(), tuple(bids), tuple(asks))


def imbalance(book: Ladder, levels: int = 10) -> Imbalance | None:
    """(B - A) / (B + A), B and A being the contracts in the best `levels` levels of each side; None
    while the book has no touch. Unit: none, -1 to +1. Window: now. Source: document 000 (positive
    means more buyers) and 003, get_market_imbalance(levels=10).
    """
    if book.touch() is None:
        return None
    bid, ask = _volume(book.bid_side.levels(levels)), _volume(book.ask_side.levels(levels))
    return Imbalance(bid, ask, ratio(bid, ask))


def depth_within(book: Ladder, price_range: Ticks) -> DepthWithin:
    """Levels and contracts at most `price_range` ticks from the best of their side. Window: now.
    Source: document 003, get_orderbook_depth(price_range).
    """
    bids, asks = book.bid_side.within(price_range), book.ask_side.within(price_range)
    return DepthWithin(len(bids), len(asks), _volume(bids), _volume(asks))


def impact(book: Ladder, side: Side, size: int) -> Impact:
    """Walk an order of `size` contracts through the other side of the displayed book.

    average = sum(price x filled) / filled; slippage = (average - best) x side, in ticks. Window:
    now. Hidden size, other orders and replenishment are not in it, so it is what a level book can
    say and not a forecast. Source: document 003, market impact. ValueError for a size below 1.
    """
    if size < 1:
        raise ValueError(f"impact of {size} contracts: give at least 1")
    resting = book.ask_side if side is Side.BUY else book.bid_side
    left, cost, levels, worst = size, 0, 0, resting.best
    for key in reversed(resting.keys):
        price = key * int(resting.side)
        taken = min(left, resting.sizes[price])
        left, cost, levels, worst = left - taken, cost + taken * price, levels + 1, price
        if not left:
            break
    filled = size - left
    if not filled or resting.best is None:
        return Impact(0, size, 0, 0.0, None, 0.0)
    slippage = (cost - resting.best * filled) * int(side) / filled
    return Impact(filled, left, levels, cost / filled, worst, slippage)


def liquidity_levels(
    book: Ladder, min_volume: int = 100, levels: int = 20
) -> tuple[LiquidityLevel, ...]:
    """Those of the best `levels` levels of each side that display at least `min_volume` contracts,
    largest first (equal ones: nearer first, bids first). Window: now. Source: document 003,
    get_liquidity_levels(min_volume=100, levels=20).

    100 contracts are much at a level of GC or MGC, little in ES and nothing in a crypto perpetual:
    the number belongs to the instrument.
    """
    found = [*_large(book.bid_side, min_volume, levels), *_large(book.ask_side, min_volume, levels)]
    return tuple(sorted(found, key=lambda level: (-level.size, level.distance, -level.side)))


def microprice(touch: Touch) -> float:
    """(bid x ask size + ask x bid size) / (bid size + ask size), in ticks: the mid, leaning to the
    thinner side. Source: the size-weighted mid of the field (Gatheral and Oomen 2010).
    """
    weighted = touch.bid * touch.ask_size + touch.ask * touch.bid_size
    return weighted / (touch.bid_size + touch.ask_size)


def ratio(positive: int, negative: int) -> float:
    """(p - n) / (p + n), 0.0 for nothing at all."""
    total = positive + negative
    return (positive - negative) / total if total else 0.0


def _large(side: BookSide, min_volume: int, levels: int) -> list[LiquidityLevel]:
    near = side.levels(levels)
    total = _volume(near)
    return [
        LiquidityLevel(side.side, price, size, abs(price - near[0].price), size / total)
        for price, size in near
        if size >= min_volume
    ]


def _volume(levels: list[Level]) -> int:
    return sum(size for _, size in levels)
