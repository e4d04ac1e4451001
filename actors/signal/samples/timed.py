"""By the clock: in at every whole minute, out some seconds later."""

from actors.signal.strategy import View
from messages.base import SECOND
from messages.decision import NoSignal, Signal, SignalRefusal
from messages.market import Instrument, Side


class Timed:
    """Every `every_s` seconds, counted from midnight UTC, it enters in the direction that the close
    has moved in over `lookback` bars, and `hold_s` seconds after that it leaves.

    The clock is the bar's: its end in venue time. Where the bar of the instant is missing, or the
    entry is refused, it waits for the next one.
    """

    def __init__(
        self, instrument: Instrument, every_s: int = 60, hold_s: int = 20, lookback: int = 10
    ) -> None:
        self._every = every_s * SECOND
        self._hold = hold_s * SECOND
        self._lookback = lookback

    def decide(self, view: View) -> Signal | NoSignal:
        since = view.bar.end % self._every
        if view.size:
            if 0 < since < self._hold:
                return view.nothing(code=SignalRefusal.HOLDING)
            return view.leave(f"{self._hold // SECOND} s are over")
        if since:
            return view.nothing(f"the next entry in {(self._every - since) // SECOND} s")
        if len(view.recent) <= self._lookback:
            return view.nothing(f"{len(view.recent)} of {self._lookback + 1} bars")
        move = view.bar.close - view.recent[-1 - self._lookback].close
        if not move:
            return view.nothing("no move", SignalRefusal.NO_DIRECTION)
        return view.enter(Side.BUY if move > 0 else Side.SELL, f"moved {move:+} ticks")
