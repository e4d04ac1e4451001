"""One contract's desk: brings bar, prediction and position together, and answers every bar once."""

from collections import deque
from collections.abc import Sequence
from typing import TypeAlias

from msgspec.structs import replace

from actors.signal.confirmation import objection
from actors.signal.frames import Frames
from actors.signal.strategy import RECENT, Strategy, View
from config.schema import Signal as Rules
from messages.base import SECOND, Nanos
from messages.decision import (
    Approved,
    Denied,
    NoPrediction,
    NoSignal,
    Prediction,
    Signal,
    SignalKind,
    SignalRefusal,
)
from messages.market import Bar, Side
from messages.order import Phase
from messages.picture import MarketPicture

Answer: TypeAlias = Signal | NoSignal

TAKEN_UP: Nanos = 2 * SECOND
"""How long an approved signal keeps the contract busy if the order room shows no phase for it."""

EXIT_OF = {
    SignalKind.REVERSE_TO_LONG: SignalKind.EXIT_SHORT,
    SignalKind.REVERSE_TO_SHORT: SignalKind.EXIT_LONG,
}
"""What is left of a reversal where entries are not."""

ENTERS = {
    SignalKind.LONG_ENTRY: Side.BUY,
    SignalKind.REVERSE_TO_LONG: Side.BUY,
    SignalKind.SHORT_ENTRY: Side.SELL,
    SignalKind.REVERSE_TO_SHORT: Side.SELL,
}
"""The signals that open a position, and its side."""

PRESUMES = {
    SignalKind.LONG_ENTRY: 0,
    SignalKind.SHORT_ENTRY: 0,
    SignalKind.EXIT_LONG: 1,
    SignalKind.REVERSE_TO_SHORT: 1,
    SignalKind.EXIT_SHORT: -1,
    SignalKind.REVERSE_TO_LONG: -1,
}
"""The sign of the position that a signal presumes; FLATTEN presumes none."""


class Desk:
    """The state of one contract's decisions. Position and phase are unknown until told, and an
    unknown position is never taken for flat.
    """

    def __init__(
        self, contract: str, strategy: Strategy, rules: Rules, timeframes: Sequence[str] = ()
    ) -> None:
        self.contract = contract
        self.frames = Frames(timeframes)
        self.market: MarketPicture | None = None
        self.size: int | None = None
        self.phase: Phase | None = None
        self._strategy = strategy
        self._rules = rules
        self._recent: deque[Bar] = deque(maxlen=RECENT)
        self._approved: Nanos | None = None
        self._bar: Bar | None = None
        self._degraded = False
        """Whether that bar is the venue's own, told in place of the tape's."""
        self._early: Prediction | NoPrediction | None = None
        self._answered: Nanos = 0

    def past(self, bars: Sequence[Bar]) -> None:
        """Bars of before, oldest first; where there are bars already, these stay."""
        first = self._recent[0].start if self._recent else None
        older = (bar for bar in bars if first is None or bar.end <= first)
        self._recent = deque([*older, *self._recent], RECENT)

    def closed(self, bar: Bar, allowed: bool, degraded: bool = False) -> list[Answer]:
        """A bar has closed. Its answer waits for its prediction; one that still waits is answered
        without, because a decision on an overtaken bar would be stale.
        """
        if bar.end <= self._newest():
            return []
        while self._recent and self._recent[-1].end > bar.start:
            self._recent.pop()  # told of the past, and now with flow and book
        self._recent.append(bar)
        answers: list[Answer] = []
        if self._bar is not None:
            why = "overtaken by the next bar"
            answers.append(self._no(self._bar.end, SignalRefusal.NO_PREDICTION, why))
        early, self._early, self._bar = self._early, None, bar
        self._degraded = degraded
        if early is None:
            return answers
        if early.bar_end > bar.end:
            self._early = early
        elif early.bar_end == bar.end:
            answers.append(self._decide(bar, early, allowed))
        else:
            why = "its bar did not reach the room"
            answers.append(self._no(early.bar_end, SignalRefusal.BUSY, why))
        return answers

    def predicted(self, prediction: Prediction | NoPrediction, allowed: bool) -> list[Answer]:
        """The model's word on a bar. Threads may bring it before the bar itself: then it waits."""
        if self._bar is not None and prediction.bar_end == self._bar.end:
            return [self._decide(self._bar, prediction, allowed)]
        if prediction.bar_end > self._newest():
            self._early = prediction
        return []

    def moved(self, phase: Phase) -> None:
        self.phase = phase
        self._approved = None

    def judged(self, verdict: Approved | Denied) -> None:
        """Risk's word, or the order room's refusal of what risk had approved."""
        self._approved = verdict.bar_end if isinstance(verdict, Approved) else None

    def _newest(self) -> Nanos:
        return self._bar.end if self._bar is not None else self._answered

    def _decide(self, bar: Bar, prediction: Prediction | NoPrediction, allowed: bool) -> Answer:
        self._bar = None
        self._answered = bar.end
        busy = self._busy(bar.end)
        size = self.size or 0
        recent = tuple(self._recent)
        state = (size, busy, allowed, self._degraded)
        shown = (recent, self.frames.bars, self.market)
        view = View(self.contract, bar, prediction, *state, *shown)
        answer = self._strategy.decide(view)
        if (answer.contract, answer.bar_end) != (self.contract, bar.end):
            raise ValueError(
                f"the strategy answered about {answer.contract} at {answer.bar_end}"
                f" when asked about {self.contract} at {bar.end}"
            )
        return self._fitting(answer, view) if isinstance(answer, Signal) else answer

    def _busy(self, bar_end: Nanos) -> str:
        if self.size is None:
            return "the position is not known yet"
        if self.phase is None:
            return "the orders are not known yet"
        if self.phase not in {Phase.FLAT, Phase.PROTECTED}:
            return self.phase
        if (self.phase is Phase.FLAT) != (self.size == 0):
            return f"{self.phase} by its orders, {self.size:+} by its fills"
        if self._approved is not None and bar_end - self._approved < TAKEN_UP:
            return "the approved signal is not taken up yet"
        return ""

    def _fitting(self, signal: Signal, view: View) -> Answer:
        """The signal, if the engine's state has room for it. A way out never needs permission."""
        kind, end = signal.kind, signal.bar_end
        if kind is SignalKind.FLATTEN:
            return signal
        if view.busy:
            return self._no(end, SignalRefusal.BUSY, view.busy)
        if PRESUMES[kind] != (view.size > 0) - (view.size < 0):
            return self._no(end, SignalRefusal.STRATEGY, f"{kind} at {view.size:+}")
        if kind not in ENTERS or (against := self._against(kind, view)) is None:
            return signal
        code, detail = against
        if kind in EXIT_OF:
            reason = f"{signal.reason}; {kind} not: {code} {detail}".rstrip()
            return replace(signal, kind=EXIT_OF[kind], reason=reason)
        return self._no(end, code, f"{kind} {detail}".rstrip())

    def _against(self, kind: SignalKind, view: View) -> tuple[SignalRefusal, str] | None:
        """Why no position is to be opened now, if so."""
        if view.degraded:
            return SignalRefusal.DEGRADED, ""
        if not view.allowed:
            return SignalRefusal.NOT_ALLOWED, ""
        if self._rules.confirm_flow and (
            words := objection(view.recent, ENTERS[kind], self._rules)
        ):
            return SignalRefusal.FLOW_DISAGREES, words
        return None

    def _no(self, bar_end: Nanos, code: SignalRefusal, detail: str) -> NoSignal:
        return NoSignal(self.contract, bar_end, code, detail)
