"""The inputs of the network: names, units, and their values from closed bars alone.

`values` looks at the newest PAST bars; models/batch.py gives the same numbers for a whole session
at once. Ratios are used instead of contracts and moves are taken in units of the volatility, so
that a busier or wilder market than the training one stays within the scaler's range.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import log, sqrt

from msgspec import Struct

from messages.market import Bar

LIVE = 17
"""Newest bars that must carry flow and book: they cannot come from the venue's history."""
PAST = 33
"""Newest bars needed in all; beyond LIVE only the close counts, so history serves."""
SPANS = (2, 4, 8, 16)
MOVES = (1, 2, 4, 8, 16)
LEAST_VOLATILITY = 0.25
"""Ticks a second; moves in a market quieter than this are not blown up."""


class Feature(Struct, frozen=True):
    """One input as the model card states it."""

    name: str
    unit: str
    meaning: str


FEATURES: tuple[Feature, ...] = (
    *(
        Feature(f"flow_{k}", "ratio -1..1", f"signed volume / volume of the last {k} s")
        for k in SPANS
    ),
    Feature("flow_4_8", "ratio -1..1", "signed volume / volume from 8 s to 4 s ago"),
    Feature("flow_8_16", "ratio -1..1", "signed volume / volume from 16 s to 8 s ago"),
    Feature("depth", "ratio -1..1", "(bids - asks) / both, displayed on five levels at the close"),
    Feature("depth_4", "ratio -1..1", "mean of depth over the last 4 closes"),
    Feature("depth_16", "ratio -1..1", "mean of depth over the last 16 closes"),
    Feature("touch", "ratio -1..1", "(bid size - ask size) / both, at the best prices"),
    *(
        Feature(f"move_{k}", "volatilities", f"change of the mid over {k} s / (volatility x √{k})")
        for k in MOVES
    ),
    Feature("volatility", "ticks", "root mean square of the change from close to close, 32 s"),
    Feature("burst", "log ratio", "ln((4 x volume of 4 s + 1) / (volume of 16 s + 1))"),
)
NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)


def known(bar: Bar) -> bool:
    """Whether a bar carries a usable book. History bars do not, nor does a crossed market."""
    return bar.bid_size > 0 and bar.ask_size > 0 and bar.bid < bar.ask


def values(bars: Sequence[Bar]) -> tuple[float, ...]:
    """The features at the close of the last of PAST consecutive bars, in the order of FEATURES.

    The newest LIVE of them must be `known`.
    """
    signed = [bar.buy_volume - bar.sell_volume for bar in bars[-16:]]
    volume = [bar.volume for bar in bars[-16:]]
    depths = [_balance(bar.bid_depth, bar.ask_depth) for bar in bars[-16:]]
    last = bars[-1]
    mid = last.bid + last.ask
    volatility = _volatility(bars)
    scale = 2 * max(volatility, LEAST_VOLATILITY)
    return (
        *(_ratio(sum(signed[-k:]), sum(volume[-k:])) for k in SPANS),
        _ratio(sum(signed[-8:-4]), sum(volume[-8:-4])),
        _ratio(sum(signed[:8]), sum(volume[:8])),
        depths[-1],
        sum(depths[-4:]) / 4,
        sum(depths) / 16,
        _balance(last.bid_size, last.ask_size),
        *((mid - bars[-1 - k].bid - bars[-1 - k].ask) / (scale * sqrt(k)) for k in MOVES),
        volatility,
        log((4 * sum(volume[-4:]) + 1) / (sum(volume) + 1)),
    )


def _volatility(bars: Sequence[Bar]) -> float:
    closes = [bar.close for bar in bars[-PAST:]]
    return sqrt(sum((after - before) ** 2 for before, after in pairwise(closes)) / (PAST - 1))


def _ratio(signed: int, total: int) -> float:
    return signed / total if total else 0.0


def _balance(bids: int, asks: int) -> float:
    return _ratio(bids - asks, bids + asks)
