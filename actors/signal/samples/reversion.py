"""Mean reversion: in against a price far from its mean, out when it is back."""

from actors.signal.strategy import View
from messages.base import Ticks
from messages.decision import NoSignal, Signal, SignalRefusal
from messages.market import Instrument, Side


class Reversion:
    """It buys a close more than `sigmas` standard deviations, and at least `least` ticks, below the
    mean close of the `window` bars before, sells one as far above, and leaves at the mean.
    """

    def __init__(
        self, instrument: Instrument, window: int = 60, sigmas: int = 2, least: Ticks = 4
    ) -> None:
        self._window = window
        self._sigmas = sigmas
        self._least = least

    def decide(self, view: View) -> Signal | NoSignal:
        n = self._window
        closes = [bar.close for bar in view.recent[-1 - n : -1]]
        if len(closes) < n:
            return view.nothing(f"{len(closes)} of {n} bars")
        # In integers: `off` is n times the distance from the mean, `spread` n squared times the
        # variance, so that no rounding decides.
        total = sum(closes)
        off = n * view.bar.close - total
        spread = n * sum(close * close for close in closes) - total * total
        words = f"{off / n:+.1f} ticks from the mean"
        if view.size:
            if off * view.size >= 0:
                return view.leave(words)
            return view.nothing(words, SignalRefusal.HOLDING)
        if abs(off) >= n * self._least and off * off > self._sigmas**2 * spread:
            return view.enter(Side.SELL if off > 0 else Side.BUY, words)
        return view.nothing(words)
