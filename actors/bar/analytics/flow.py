"""What the tape says: who was the aggressor, how much, at what average price.

Sides are the aggressor's, as the venue gives them; nothing is inferred from price moves. A print
stamped before the present second counts in the present second (it is never dropped).
"""

from typing import NamedTuple

from actors.bar.analytics.liquidity import ratio
from actors.bar.analytics.windows import HOUR, MINUTE, RollingMaximum, RollingSums
from messages.base import SECOND, Nanos, Ticks

HORIZON: Nanos = 4 * HOUR
"""The longest window that can be asked for."""

Cell = list[int]
"""Of one price: contracts bought, contracts sold, prints bought, prints sold."""


class CumulativeDelta(NamedTuple):
    """Contracts bought and sold by aggressors; delta = bought - sold."""

    buy_volume: int
    sell_volume: int
    delta: int


class Momentum(NamedTuple):
    """(bought - sold) / (bought + sold), from -1 (all sold) to +1 (all bought), 0.0 without
    prints; and the contracts it rests on, few of which say little.
    """

    ratio: float
    volume: int


class FlowSummary(NamedTuple):
    """Volumes in contracts, counts of prints, VWAP in ticks (None without prints), the largest
    print, and prints a second of the window.
    """

    buy_volume: int
    sell_volume: int
    delta: int
    buy_prints: int
    sell_prints: int
    mean_size: float
    largest: int
    vwap: float | None
    prints_per_second: float


class TradeFlow:
    """Sums of the tape over any window up to HORIZON, in slots of a second."""

    def __init__(self) -> None:
        self._sums = RollingSums(5, HORIZON)
        self._largest = RollingMaximum(HORIZON)

    def add(self, now: Nanos, cells: dict[Ticks, Cell], largest: int) -> int:
        """Take in what traded since the last time, by price, in the second of `now`; its delta."""
        bought = sold = buys = sells = turnover = 0
        for price, (buy, sell, buyers, sellers) in cells.items():
            bought += buy
            sold += sell
            buys += buyers
            sells += sellers
            turnover += price * (buy + sell)
        self._sums.add(now, bought, sold, buys, sells, turnover)
        self._largest.add(now, largest)
        return bought - sold

    def cumulative_delta(self, now: Nanos, window: Nanos = HOUR) -> CumulativeDelta:
        """Sum over prints of size x aggressor side. Unit: contracts. Source: document 003,
        get_cumulative_delta(time_window_minutes=60).
        """
        bought, sold, *_ = self._sums.over(window, now)
        return CumulativeDelta(bought, sold, bought - sold)

    def momentum(self, now: Nanos, window: Nanos = MINUTE) -> Momentum:
        """(B - S) / (B + S) of the contracts bought and sold by aggressors. Unit: none. Source:
        document 000, trade momentum ("compares buy and sell volume"); the window is our choice.
        """
        bought, sold, *_ = self._sums.over(window, now)
        return Momentum(ratio(bought, sold), bought + sold)

    def vwap(self, now: Nanos, window: Nanos = HOUR) -> float | None:
        """sum(price x size) / sum(size) in ticks; None without prints. Source: document 000,
        future enhancements; the formula is the field's.
        """
        bought, sold, _, _, turnover = self._sums.over(window, now)
        return turnover / (bought + sold) if bought + sold else None

    def summary(self, now: Nanos, window: Nanos = HOUR) -> FlowSummary:
        """All of the above at once; mean_size = contracts / prints, prints_per_second = prints /
        seconds of the window. Source: document 003, get_trade_flow_summary(), which leaves its
        content open; the window is that of get_cumulative_delta().
        """
        bought, sold, buys, sells, turnover = self._sums.over(window, now)
        volume, prints = bought + sold, buys + sells
        return FlowSummary(
            bought,
            sold,
            bought - sold,
            buys,
            sells,
            volume / prints if prints else 0.0,
            self._largest.over(window, now),
            turnover / volume if volume else None,
            prints * SECOND / window,
        )
