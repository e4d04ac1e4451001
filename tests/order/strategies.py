"""A strategy that turns its position over and over, for the sessions of the order room's tests."""

from actors.signal.strategy import View
from messages.decision import NoSignal, Signal, SignalKind, SignalRefusal
from messages.market import Instrument

HOLD = 6
"""Bars for which a position is held before it is turned."""


class Turning:
    """Enters long, then reverses: the entry after a reverse is a signal of its own, once flat."""

    def __init__(self, instrument: Instrument) -> None:
        self.long = True
        self.held = 0

    def decide(self, view: View) -> Signal | NoSignal:
        self.held = self.held + 1 if view.size else 0
        if not view.size:
            kind = SignalKind.LONG_ENTRY if self.long else SignalKind.SHORT_ENTRY
        elif self.held < HOLD:
            return NoSignal(view.contract, view.bar.end, SignalRefusal.HOLDING)
        else:
            self.long = view.size < 0
            kind = SignalKind.REVERSE_TO_LONG if self.long else SignalKind.REVERSE_TO_SHORT
        return Signal(view.contract, view.bar.end, kind, 1.0, view.bar.close, "turning")


TURNING = ("trading.strategy=tests.order.strategies:Turning", "risk.cooldown_s=0")
