"""One entry and no more: the strategy of --trade-once, which tries the plumbing, not the market."""

from actors.signal.strategy import Strategy, View
from messages.decision import NoSignal, Signal, SignalRefusal
from messages.market import Instrument, Side


class Once:
    """Makes the strategies of a session that enters once, with whichever contract may first.

    It remembers for them that the entry has been asked for: a restarted room makes its strategies
    anew, and must not ask again.
    """

    def __init__(self, side: Side) -> None:
        self.side = side
        self.asked = False

    def __call__(self, instrument: Instrument) -> Strategy:
        return _Entry(self)


class _Entry:
    """Waits until nothing is in the way, enters, and leaves the way out to the bracket."""

    def __init__(self, once: Once) -> None:
        self._once = once

    def decide(self, view: View) -> Signal | NoSignal:
        if view.size:
            return view.nothing(code=SignalRefusal.HOLDING)
        if self._once.asked:
            return view.nothing("the one trade has been asked for")
        if view.busy:
            return view.nothing(view.busy, SignalRefusal.BUSY)
        if not view.allowed:
            return view.nothing(code=SignalRefusal.NOT_ALLOWED)
        if view.degraded:
            return view.nothing(code=SignalRefusal.DEGRADED)
        self._once.asked = True
        return view.enter(self._once.side, "trade once")
