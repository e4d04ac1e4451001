"""Whether market data is real-time: pure judgement of what a probe has seen."""

from collections.abc import Iterable, Sequence

import msgspec

from actors.bar.history.diagnosis import Timeliness, timeliness
from messages.base import MILLISECOND, SECOND, Nanos
from messages.market import Bar, Tape

OLD: Nanos = 10 * SECOND
"""REST bars older than this at their freshest are behind; a quiet market prints every few s."""
ENOUGH = 5
"""Seconds that must be known from both sides before their prices are compared."""


class Rest(msgspec.Struct, frozen=True):
    """The age of the newest closed 1 s bar at each reading, and of how many seconds the hub's last
    print was the bar's close.
    """

    ages: tuple[Nanos, ...]
    agreed: int
    compared: int

    @property
    def typical(self) -> Nanos | None:
        return sorted(self.ages)[(len(self.ages) - 1) // 2] if self.ages else None

    @property
    def worst(self) -> Nanos | None:
        return max(self.ages, default=None)

    @property
    def freshest(self) -> Nanos | None:
        return min(self.ages, default=None)

    @property
    def fresh(self) -> bool:
        """Whether bars come as they close, which also shows that our clock is the venue's."""
        return self.freshest is not None and 0 <= self.freshest <= OLD


def agreement(tapes: Iterable[Tape], bars: Sequence[Bar]) -> tuple[int, int]:
    """Of the bars in whose second the hub printed: how many close at its last price; how many."""
    closes: dict[Nanos, int] = {}
    for tape in tapes:
        for each in tape.prints:
            closes[each.stamp // SECOND * SECOND] = each.price
    known = [bar for bar in bars if bar.start in closes]
    return sum(closes[bar.start] == bar.close for bar in known), len(known)


def verdict(hub: Nanos | None, rest: Rest) -> tuple[bool, str]:
    """By the median lag of prints, then by REST. Stamps that lie are found by the prices: delayed
    prints under fresh stamps do not close where the bars of those seconds do.
    """
    if hub is None:
        return False, "no prints: is the market open?"
    kind, said = timeliness(hub, hub, compared=rest.fresh)
    if kind is not Timeliness.REAL_TIME:
        return False, said
    if rest.compared >= ENOUGH and rest.agreed * 2 < rest.compared:
        words = f"{rest.agreed} of {rest.compared} seconds close at the same price"
        return False, f"not real-time: hub and REST disagree, {words}: do not trust the stamps"
    if rest.freshest is None:
        return False, "the hub is real-time, but REST has no bars of the last hour"
    words = f"real-time: prints {hub / MILLISECOND:,.0f} ms old"
    if rest.freshest > OLD:
        return False, f"hub {words}, but REST bars {rest.freshest / SECOND:,.0f} s behind"
    same = f"{rest.agreed} of {rest.compared} seconds close alike over REST"
    return True, f"{words}, {same}"
