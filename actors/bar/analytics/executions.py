"""How much of a fall in a level's size was traded rather than withdrawn."""

from messages.base import Ticks
from messages.market import Side

Volumes = dict[Ticks, int]


class Executions:
    """Contracts traded against a resting level that its next row has not yet shown.

    A print says what was taken from a level, the row that follows what is left of it. What no row
    has claimed one to two seconds later is forgotten (`turn` comes every second), so memory is
    bounded. This holds where a print comes before the row of the same trade, as on an exchange's
    own feed; where rows come first, the fall looks like a withdrawal, the next rise like a refill.
    """

    def __init__(self) -> None:
        self.bids: Volumes = {}
        self.asks: Volumes = {}
        self._older_bids: Volumes = {}
        self._older_asks: Volumes = {}

    def take(self, side: Side, price: Ticks) -> int:
        """What has traded against the side's level since its last row."""
        if side > 0:
            return self.bids.pop(price, 0) + self._older_bids.pop(price, 0)
        return self.asks.pop(price, 0) + self._older_asks.pop(price, 0)

    def turn(self) -> None:
        """A second has passed."""
        self._older_bids, self.bids = self.bids, {}
        self._older_asks, self.asks = self.asks, {}

    def forget(self) -> None:
        """The book was dropped: its next rows show no trade."""
        for volumes in (self.bids, self.asks, self._older_bids, self._older_asks):
            volumes.clear()
