"""Market data that has stopped. Pure."""

from messages.base import MILLISECOND, SECOND, Message, Nanos
from messages.control import Alarm, AlarmCleared, AlarmKind

PRICES = 3
"""Quotes and prints may be silent for this many limits while the book still moves."""


class Feed:
    """One contract's market data: stale when nothing at all has come for `limit` ns, or no quote
    and no print for three times that.

    Silence of prints alone is normal (43 s in a recorded hour of ES). It counts as fresh again
    after one more second of quotes and prints, so that a stuttering feed stays stale.
    """

    def __init__(self, contract: str, limit: Nanos, now: Nanos, doubted: bool = False) -> None:
        self.contract = contract
        self.stale = False
        self._doubted = doubted
        """Whether a predecessor's alarm may stand: the next proof of freshness clears it."""
        self._limit = limit
        self._prices = now
        self._book = now
        self._fresh_since: Nanos | None = None

    def heard(self, received: Nanos) -> None:
        """A quote or a print has come."""
        if self._fresh_since is None or received - self._prices > SECOND:
            self._fresh_since = received
        self._prices = max(self._prices, received)

    def book_heard(self, received: Nanos) -> None:
        """Depth has come (of whatever contract: the hub's activity does not tell them apart)."""
        self._book = max(self._book, received)

    def check(self, now: Nanos) -> list[Message]:
        silent = now - max(self._prices, self._book)
        without_prices = now - self._prices
        if (self.stale or self._doubted) and without_prices < SECOND and self._steady():
            self.stale = self._doubted = False
            return [AlarmCleared(AlarmKind.STALE_DATA, self.contract)]
        if not self.stale:
            if silent >= self._limit:
                return self._alarm(f"no market data for {silent / SECOND:.2f} s", silent)
            if without_prices >= PRICES * self._limit:
                words = f"no quote and no print for {without_prices / SECOND:.2f} s"
                return self._alarm(words, without_prices)
        return []

    def _alarm(self, words: str, measured: Nanos) -> list[Message]:
        self.stale = True
        self._fresh_since = None
        millis, limit = measured // MILLISECOND, self._limit // MILLISECOND
        return [Alarm(AlarmKind.STALE_DATA, self.contract, words, millis, limit, "ms")]

    def _steady(self) -> bool:
        return self._fresh_since is not None and self._prices - self._fresh_since >= SECOND
