"""Whether a contract's market is open: by hours, refusals and the feed together. Pure."""

from messages.base import SECOND, Message, Nanos
from messages.market import MarketStatus, MarketStatusChanged

RESUMED = 5 * SECOND
"""How long prints must have come again after the venue refused an order for a closed market."""
HOURS = {
    MarketStatus.BREAK: "the exchange's daily break",
    MarketStatus.CLOSED: "the exchange is closed",
}


class Market:
    """The hours come first: in the break and while it is closed nothing else is of interest. Then a
    refusal, until prints have come again for RESUMED. Then the feed: without it nobody knows.
    """

    def __init__(self, contract: str) -> None:
        self.contract = contract
        self._refused = ""
        self._printing: Nanos | None = None
        """Since when prints have come again."""
        self._told: tuple[MarketStatus, str] | None = None

    def refused(self, words: str) -> None:
        """The venue says that the market is closed."""
        self._refused = words
        self._printing = None

    def printed(self, at: Nanos) -> None:
        if not self._refused:
            return
        if self._printing is None:
            self._printing = at
        elif at - self._printing >= RESUMED:
            self._refused = ""

    def check(self, hours: MarketStatus, silence: str) -> list[Message]:
        """The news, if there is any. `silence`: why the feed cannot be relied on, empty if it
        can.
        """
        told, present = self._told, self._present(hours, silence)
        self._told = present
        changed = told is None or told[0] is not present[0]
        return [MarketStatusChanged(self.contract, *present)] if changed else []

    def again(self) -> None:
        """Somebody has lost what was told: the next check tells it once more."""
        self._told = None

    def _present(self, hours: MarketStatus, silence: str) -> tuple[MarketStatus, str]:
        if hours is not MarketStatus.OPEN:
            return hours, HOURS[hours]
        if self._refused:
            return MarketStatus.HALTED, self._refused
        if silence:
            return MarketStatus.UNKNOWN, silence
        return MarketStatus.OPEN, "prices come"
