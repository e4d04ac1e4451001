"""The spread through time: how long it was how wide."""

from typing import NamedTuple

from actors.bar.analytics.windows import HOUR, MINUTE, RollingTable
from messages.base import Nanos, Ticks


class SpreadAnalysis(NamedTuple):
    """The spread over a window, weighted by how long it stood.

    Mean, least, most and `held` (ns by width, narrowest first) are of the time in which the bid was
    below the ask: None, None, None and () without any. Locked and crossed time is told apart, and
    `unknown` is the rest of the window: no book, or not yet seen.
    """

    current: Ticks | None
    mean: float | None
    least: Ticks | None
    most: Ticks | None
    held: tuple[tuple[Ticks, Nanos], ...]
    locked: Nanos
    crossed: Nanos
    unknown: Nanos


class SpreadTimes:
    """For how long each spread stood, over any window up to an hour, in slots of a second."""

    def __init__(self) -> None:
        self.current: Ticks | None = None
        self._since: Nanos = 0
        self._held: RollingTable[Ticks] = RollingTable(1, HOUR)

    def change(self, now: Nanos, spread: Ticks | None) -> None:
        """The spread is this from now on; None: there is none."""
        self._hold(now)
        self.current = spread

    def analysis(self, now: Nanos, window: Nanos = 30 * MINUTE) -> SpreadAnalysis:
        """mean = sum(spread x time) / sum(time). Unit: ticks, ns. Source: document 003,
        get_spread_analysis(window_minutes=30).
        """
        self._hold(now)
        held = {spread: ns for spread, (ns,) in self._held.over(window, now).items()}
        crossed = sum(ns for spread, ns in held.items() if spread < 0)
        locked = held.get(0, 0)
        open_ = sorted((spread, ns) for spread, ns in held.items() if spread > 0)
        known = sum(ns for _, ns in open_)
        seen = now - self._held.first(window, now) * self._held.slot
        return SpreadAnalysis(
            self.current,
            sum(spread * ns for spread, ns in open_) / known if known else None,
            open_[0][0] if open_ else None,
            open_[-1][0] if open_ else None,
            tuple(open_),
            locked,
            crossed,
            seen - known - locked - crossed,
        )

    def _hold(self, now: Nanos) -> None:
        """Give each second the time that the present spread stood in it."""
        slot = self._held.slot
        at = max(self._since, self._held.first(HOUR, now) * slot)
        if self.current is not None:
            while at < now:
                end = min(now, (at // slot + 1) * slot)
                self._held.cell(at, self.current)[0] += end - at
                at = end
        self._since = now
