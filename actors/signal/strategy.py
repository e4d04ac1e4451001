"""The seam between the engine and a strategy: a view of the market in, a wish or a reason out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from messages.decision import NoPrediction, NoSignal, Prediction, Signal
from messages.market import Bar, Instrument


@dataclass(frozen=True, slots=True)
class View:
    """What a strategy may know of one contract as its bar closes.

    `size` is the position, signed. `busy` names what is under way or not known yet (empty:
    nothing): while it is set `size` is not to be relied on, and only FLATTEN is acted on. `allowed`
    tells whether entries are allowed. `degraded`: the bar is the venue's own, told late, without
    flow and book.
    """

    contract: str
    bar: Bar
    prediction: Prediction | NoPrediction
    size: int
    busy: str
    allowed: bool
    degraded: bool = False


class Strategy(Protocol):
    """Decides for one contract. Pure: no clock, no I/O, no threads; it may remember earlier views.

    It is shown every bar that has a prediction or a refusal of one, once. The room withholds what
    does not fit: anything but FLATTEN while the contract is busy, a kind of signal that contradicts
    the position, and entries while they are not allowed or the bar is degraded (a reversal becomes
    its exit).
    """

    def decide(self, view: View) -> Signal | NoSignal: ...


StrategyFactory: TypeAlias = Callable[[Instrument], Strategy]
"""Makes the strategy of one contract; a restarted room makes a new one."""
