"""Strategies that need no model, so that sessions of tests trade at once and often."""

from actors.signal.strategy import View
from messages.decision import NoSignal, Signal, SignalKind, SignalRefusal
from messages.market import Instrument

HOLD = 8
"""Bars for which a position is held, unless its bracket ends it."""


class Eager:
    """Long and short by turns, whenever it may; out again after some bars."""

    def __init__(self, instrument: Instrument) -> None:
        self.long = False
        self.held = 0

    def decide(self, view: View) -> Signal | NoSignal:
        self.held = self.held + 1 if view.size else 0
        if view.size:
            if self.held < HOLD:
                return NoSignal(view.contract, view.bar.end, SignalRefusal.HOLDING)
            kind = SignalKind.EXIT_LONG if view.size > 0 else SignalKind.EXIT_SHORT
        else:
            self.long = not self.long
            kind = SignalKind.LONG_ENTRY if self.long else SignalKind.SHORT_ENTRY
        return Signal(view.contract, view.bar.end, kind, 1.0, view.bar.close, "eager")


EAGER = ("trading.strategy=tests.simulation.strategies:Eager", "risk.cooldown_s=0")


class Patient(Eager):
    """Enters as Eager does, and leaves the position to its bracket."""

    def decide(self, view: View) -> Signal | NoSignal:
        self.held = -1  # never as long as HOLD
        return super().decide(view)


PATIENT = ("trading.strategy=tests.simulation.strategies:Patient", "risk.cooldown_s=0")
