"""Whether the order flow speaks against an entry: the book at the close, the tape of some bars."""

from collections.abc import Sequence

from config.schema import Signal as Rules
from messages.market import Bar, Side


def objection(bars: Sequence[Bar], side: Side, rules: Rules) -> str:
    """What speaks against an entry at the close of the last of `bars`, in words; empty: nothing.

    Both measures run from -1 (sellers) to +1 (buyers), 0 where there is nothing to measure:
    imbalance is (bids - asks) / (bids + asks) of the sizes displayed on the five best levels at the
    close, momentum (bought - sold) / (bought + sold) by aggressor over the newest `momentum_bars`
    bars. Against a buyer speaks less than the limit's negative, against a seller more than the
    limit. A book or tape that is not known confirms nothing, unless its limit of 1 says that it is
    not asked.
    """
    book = _imbalance(bars[-1], side, rules.opposing_imbalance)
    return book or _momentum(bars[-rules.momentum_bars :], side, rules)


def _imbalance(bar: Bar, side: Side, limit: float) -> str:
    if limit == 1:
        return ""
    if not (bar.bid_depth and bar.ask_depth):
        return "the book is not known"
    found = _ratio(bar.bid_depth, bar.ask_depth)
    return f"imbalance {found:+.2f}, limit {limit:g}" if -side * found > limit else ""


def _momentum(bars: Sequence[Bar], side: Side, rules: Rules) -> str:
    limit, wanted = rules.opposing_momentum, rules.momentum_bars
    if limit == 1:
        return ""
    told = sum(_has_flow(bar) for bar in bars)
    if told < wanted:
        return f"the tape of {told} of {wanted} bars is known"
    found = _ratio(sum(bar.buy_volume for bar in bars), sum(bar.sell_volume for bar in bars))
    return f"momentum {found:+.2f}, limit {limit:g}" if -side * found > limit else ""


def _has_flow(bar: Bar) -> bool:
    """Bars of the venue have a volume of which nobody says who took it."""
    return bar.volume == bar.buy_volume + bar.sell_volume


def _ratio(buyers: int, sellers: int) -> float:
    return (buyers - sellers) / ((buyers + sellers) or 1)
