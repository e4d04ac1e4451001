"""The answers that gather several measures: one contract's microstructure and its statistics."""

from typing import NamedTuple

from actors.bar.ladder import Touch
from messages.base import Nanos


class Microstructure(NamedTuple):
    """How the market trades now (touch, microprice, imbalance of ten levels) and has over a window
    (the rest); what each is, its own module says. Ticks and contracts; None where there is no book.
    """

    touch: Touch | None
    microprice: float | None
    imbalance: float | None
    order_flow_imbalance: int
    trade_imbalance: float
    impact: float | None
    r_squared: float | None
    volatility: float
    prints_per_second: float


class Statistics(NamedTuple):
    """Counts since the object was made, the state of the book, and each stream's last stamp (0 if
    none came). `crossed` and `locked` count updates that left the book so; `ahead` stamps that were
    cut because they lay in the future.
    """

    quotes: int
    prints: int
    rows: int
    updates: int
    resets: int
    stale_rows: int
    dropped_levels: int
    crossed: int
    locked: int
    ahead: int
    whole: bool
    touch: Touch | None
    bid_levels: int
    ask_levels: int
    bid_volume: int
    ask_volume: int
    session_volume: int
    last_quote: Nanos
    last_print: Nanos
    last_depth: Nanos
