"""How price answers to orders: order flow imbalance, price impact, realised volatility."""

from math import sqrt
from typing import NamedTuple

from actors.bar.analytics.windows import HOUR, MINUTE, RollingSums
from actors.bar.ladder import Touch
from messages.base import Nanos


class PriceResponse(NamedTuple):
    """Over seconds in which something traded or the mid moved.

    `impact` is Kyle's lambda, ticks a contract (None while signed volume has not varied),
    `r_squared` the share of the mid's variance that signed volume explains (None likewise, or if
    the mid stood still), `volatility` the realised one over the window, in ticks.
    """

    impact: float | None
    r_squared: float | None
    volatility: float
    seconds: int


class OrderFlow:
    """Changes at the best prices, summed over any window up to an hour, in slots of a second."""

    def __init__(self) -> None:
        self._sums = RollingSums(1, HOUR)
        self._last: Touch | None = None

    def change(self, now: Nanos, touch: Touch | None) -> None:
        """The best prices and sizes are these from now on; None: there are none."""
        last, self._last = self._last, touch
        if last is not None and touch is not None:
            self._sums.add(now, contribution(last, touch))

    def imbalance(self, now: Nanos, window: Nanos = MINUTE) -> int:
        """Sum of e over the changes of the best bid and ask (see `contribution`). Unit: contracts,
        positive for buying pressure. Source: Cont, Kukanov and Stoikov (2014), "The price impact of
        order book events".
        """
        return self._sums.over(window, now)[0]


def contribution(old: Touch, new: Touch) -> int:
    """e = [b' >= b] B' - [b' <= b] B - [a' <= a] A' + [a' >= a] A, with prices b, a and sizes B, A
    before, primed after: bids that come and asks that go count up.
    """
    up = new.bid_size * (new.bid >= old.bid) + old.ask_size * (new.ask >= old.ask)
    down = old.bid_size * (new.bid <= old.bid) + new.ask_size * (new.ask <= old.ask)
    return up - down


class Response:
    """Signed volume and mid changes second by second, over any window up to an hour."""

    def __init__(self) -> None:
        self._sums = RollingSums(6, HOUR)
        self._mid: int | None = None

    def add(self, now: Nanos, delta: int, touch: Touch | None) -> None:
        """The second of `now` ends: contracts bought less sold in it, and its last best prices.

        Half ticks inside. A second without a book is left out, and the first one after it has no
        change.
        """
        mid = None if touch is None else touch.bid + touch.ask
        last, self._mid = self._mid, mid
        if mid is None or last is None:
            return
        move = mid - last
        if delta or move:
            self._sums.add(now, 1, delta, move, delta * delta, delta * move, move * move)

    def over(self, now: Nanos, window: Nanos = 30 * MINUTE) -> PriceResponse:
        """Least squares with intercept of mid change y on signed volume q, by the second:

        impact = (n Sqy - Sq Sy) / (n Sqq - Sq^2), r_squared = the same numerator squared over (n
        Sqq - Sq^2)(n Syy - Sy^2), volatility = sqrt(Syy).

        Source: Kyle (1985) for the model, least squares by the second for the estimate; realised
        variance as in the field. Document 003, get_advanced_market_metrics().
        """
        n, q, y, qq, qy, yy = self._sums.over(window, now)
        covariance, variance, moved = n * qy - q * y, n * qq - q * q, n * yy - y * y
        return PriceResponse(
            covariance / variance / 2 if variance else None,
            covariance * covariance / (variance * moved) if variance and moved else None,
            sqrt(yy) / 2,
            n,
        )
