"""Breakout: in when the price leaves the range of the bars before, out when it turns."""

from actors.signal.strategy import View
from messages.base import Ticks
from messages.decision import NoSignal, Signal, SignalRefusal
from messages.market import Instrument, Side


class Breakout:
    """The channel of Donchian: it buys a close at least `margin` ticks above the highest price of
    the `window` bars before, sells one as far below their lowest, and leaves on a close beyond the
    opposite extreme of the `exit_window` bars before.
    """

    def __init__(
        self, instrument: Instrument, window: int = 60, exit_window: int = 15, margin: Ticks = 1
    ) -> None:
        self._window = window
        self._exit_window = exit_window
        self._margin = margin

    def decide(self, view: View) -> Signal | NoSignal:
        wanted = self._exit_window if view.size else self._window
        before = view.recent[-1 - wanted : -1]
        if len(before) < wanted:
            return view.nothing(f"{len(before)} of {wanted} bars")
        low, high = min(bar.low for bar in before), max(bar.high for bar in before)
        close = view.bar.close
        if view.size:
            if close < low if view.size > 0 else close > high:
                return view.leave(f"turned out of {low} to {high}")
            return view.nothing(code=SignalRefusal.HOLDING)
        if close >= high + self._margin:
            return view.enter(Side.BUY, f"above {high}")
        if close <= low - self._margin:
            return view.enter(Side.SELL, f"below {low}")
        return view.nothing(f"within {low} to {high}")
