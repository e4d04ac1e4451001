"""The seam between the engine and a strategy: a view of the market in, a wish or a reason out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from config.timeframe import parse
from messages.decision import (
    NoPrediction,
    NoSignal,
    Prediction,
    Signal,
    SignalKind,
    SignalRefusal,
)
from messages.market import Bar, Instrument, Side
from messages.picture import MarketPicture

RECENT = 600
"""One-second bars that a view holds at most."""


@dataclass(frozen=True, slots=True)
class View:
    """What a strategy may know of one contract as its bar closes.

    `size` is the position, signed. `busy` names what is under way or not known yet (empty:
    nothing): while it is set `size` is not to be relied on, and only FLATTEN is acted on. `allowed`
    tells whether entries are allowed. `degraded`: the bar is the venue's own, told late, without
    flow and book.

    `recent`: the newest closed bars, oldest first, `bar` the last, RECENT at most. Bars that the
    venue told (the past at the start, an outage) carry neither flow nor book, and where nothing
    traded the venue has none.

    `market`: the newest picture of book, tape and patterns, told every `trading.picture_s` seconds
    and as old as its `at` says; None before the first.
    """

    contract: str
    bar: Bar
    prediction: Prediction | NoPrediction
    size: int
    busy: str
    allowed: bool
    degraded: bool = False
    recent: tuple[Bar, ...] = ()
    frames: Mapping[str, tuple[Bar, ...]] = field(default_factory=dict)
    market: MarketPicture | None = None

    def bars(self, timeframe: str) -> tuple[Bar, ...]:
        """The newest closed bars of one of `trading.timeframes`, such as "5min", oldest first, 300
        at most. One that late prints correct, or the venue completes, is replaced. LookupError for
        a timeframe that the settings do not name.
        """
        name = str(parse(timeframe))
        if name not in self.frames:
            known = ", ".join(self.frames) or "none"
            raise LookupError(f"{name} is not among trading.timeframes ({known})")
        return self.frames[name]

    def enter(self, side: Side, reason: str) -> Signal:
        """An entry; for a strategy that is flat."""
        kind = SignalKind.LONG_ENTRY if side is Side.BUY else SignalKind.SHORT_ENTRY
        return self.signal(kind, reason)

    def leave(self, reason: str) -> Signal:
        """The way out of the position; for a strategy that has one."""
        return self.signal(SignalKind.EXIT_LONG if self.size > 0 else SignalKind.EXIT_SHORT, reason)

    def signal(self, kind: SignalKind, reason: str, confidence: float = 1.0) -> Signal:
        """Any wish. The confidence, 0 to 1, is told in log and trace; nothing is decided by it."""
        return Signal(self.contract, self.bar.end, kind, confidence, self.bar.close, reason)

    def nothing(self, detail: str = "", code: SignalRefusal = SignalRefusal.STRATEGY) -> NoSignal:
        """No wish, and why."""
        return NoSignal(self.contract, self.bar.end, code, detail)


class Strategy(Protocol):
    """Decides for one contract. Pure: no clock, no I/O, no threads. It may remember what it has
    seen, but a restarted room makes it anew; `recent` is there again.

    It is shown every bar that has a prediction or a refusal of one, once. The room withholds what
    does not fit: anything but FLATTEN while the contract is busy, a kind of signal that contradicts
    the position, and entries while they are not allowed, the bar is degraded, or the order flow is
    to confirm them and does not (a reversal becomes its exit).
    """

    def decide(self, view: View) -> Signal | NoSignal: ...


StrategyFactory: TypeAlias = Callable[[Instrument], Strategy]
"""Makes the strategy of one contract; a restarted room makes a new one."""
