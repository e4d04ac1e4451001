"""Support and resistance: prices at which the tape turned several times."""

from collections import deque
from typing import NamedTuple

from actors.bar.analytics.windows import HOUR
from messages.base import Nanos, Ticks
from messages.market import Side

REVERSAL: Ticks = 4
"""How far price must come back from an extreme to make it a turn: a point of ES."""
MOST_TURNS = 20_000
"""Turns kept; beyond it the oldest goes."""


class Turn(NamedTuple):
    """An extreme of the tape that price came back from; `side` is BUY for a low (buyers turned
    it), SELL for a high.
    """

    stamp: Nanos
    price: Ticks
    side: Side


class PriceLevel(NamedTuple):
    """A price that was touched `touches` times: `lows` turns up from it, `highs` down from it.

    `price` is the mean of the turns, to the nearest tick. Support (BUY) lies at or below the last
    price, resistance (SELL) above it.
    """

    side: Side
    price: Ticks
    touches: int
    lows: int
    highs: int
    last: Nanos


class Turns:
    """Finds the turns of the tape as it comes: one comparison a price change."""

    def __init__(self, reversal: Ticks = REVERSAL) -> None:
        self.reversal = reversal
        self.turns: deque[Turn] = deque(maxlen=MOST_TURNS)
        self.last: Ticks | None = None
        self._high: tuple[Ticks, Nanos] = (0, 0)
        self._low: tuple[Ticks, Nanos] = (0, 0)
        self._rising: bool | None = None

    def add(self, now: Nanos, price: Ticks) -> None:
        """Take in a print's price. A turn counts from its extreme's first touch on."""
        if self.last is None:
            self._high = self._low = (price, now)
        self.last = price
        high, low = self._high, self._low
        if price > high[0]:
            self._high = high = (price, now)
        elif price < low[0]:
            self._low = low = (price, now)
        if self._rising is not False and high[0] - price >= self.reversal:
            self._turn(high, Side.SELL)
            self._rising, self._low = False, (price, now)
        elif self._rising is not True and price - low[0] >= self.reversal:
            self._turn(low, Side.BUY)
            self._rising, self._high = True, (price, now)

    def levels(
        self, now: Nanos, lookback: Nanos = 2 * HOUR, min_touches: int = 3, tolerance: Ticks = 1
    ) -> tuple[PriceLevel, ...]:
        """Groups of at least `min_touches` turns within the lookback, most touches first (equal
        ones: nearer to the last price first).

        Turns sorted by price; a group takes the next one while it lies at most 2 x `tolerance`
        above its lowest, so every turn is within about `tolerance` of the middle. Unit: ticks.
        Source: document 003, get_support_resistance_levels(lookback_minutes=120, min_touches=3,
        price_tolerance=0.1); 0.1 is one tick of gold. What the levels are worth is not claimed: in
        a random walk turns cluster too.
        """
        found: list[PriceLevel] = []
        group: list[Turn] = []
        recent = [turn for turn in self.turns if turn.stamp > now - lookback]
        for turn in sorted(recent, key=lambda turn: turn.price):
            if group and turn.price > group[0].price + 2 * tolerance:
                found += self._level(group, min_touches)
                group = []
            group.append(turn)
        found += self._level(group, min_touches)
        last = self.last or 0
        return tuple(sorted(found, key=lambda level: (-level.touches, abs(level.price - last))))

    def _turn(self, extreme: tuple[Ticks, Nanos], side: Side) -> None:
        """The first move begins where the tape does, which is no turn."""
        price, stamp = extreme
        if self._rising is not None:
            self.turns.append(Turn(stamp, price, side))

    def _level(self, group: list[Turn], min_touches: int) -> list[PriceLevel]:
        if self.last is None or len(group) < max(1, min_touches):
            return []
        lows = sum(turn.side is Side.BUY for turn in group)
        price = (2 * sum(turn.price for turn in group) + len(group)) // (2 * len(group))
        side = Side.BUY if price <= self.last else Side.SELL
        touches, latest = len(group), max(turn.stamp for turn in group)
        return [PriceLevel(side, price, touches, lows, touches - lows, latest)]
