"""Whether the newest bar is as new as it should be."""

from typing import NamedTuple

from actors.bar.history.hours import Market, open_time
from messages.base import SECOND, Nanos
from messages.market import Bar

QUIET = 60 * SECOND
"""The longest silence of prints that is normal, and more: 43 s in a recorded hour of ES."""


class Freshness(NamedTuple):
    """`age`: how long ago the newest bar ended; `behind`: for how much of that the market was open.
    Both None without a bar.
    """

    age: Nanos | None
    behind: Nanos | None
    stale: bool


def freshness(newest: Bar | None, now: Nanos, market: Market, quiet: Nanos = QUIET) -> Freshness:
    """Stale without a bar, and when, by the hours of the market, the next bar should have been
    there: one width and `quiet` after the newest. Source: gateway.md 9, the venue's bars may stall.
    """
    if newest is None:
        return Freshness(None, None, True)
    behind = open_time(newest.end, now, market)
    return Freshness(now - newest.end, behind, behind > newest.end - newest.start + quiet)
