"""Market data that has stopped. Pure."""

from collections.abc import Collection

from actors.watchdog.witness import Witness
from messages.base import MILLISECOND, SECOND, Message, Nanos
from messages.control import Alarm, AlarmCleared, AlarmKind
from messages.hub import Stream
from messages.market import Quote, Tape

PRICES = 3
"""Quotes and prints may be silent for this many limits while the book still moves."""
QUIET = 60 * SECOND
"""The longest silence of prints alone that is normal, and more: 43 s in a recorded hour of ES."""


class Feed:
    """One contract's market data: stale when nothing at all has come for the limit, when no quote
    and no print has come for three times that, or when one stream proves the other dead: the
    quotes' volume or last price moves without prints, or prints leave the quoted prices behind.

    Silence of prints alone is normal. The data counts as fresh again after one more second of
    quotes and prints, so that a stuttering feed stays stale; after a dead stream it must be a
    second of that one, for a new connection may be no better.
    """

    def __init__(
        self,
        contract: str,
        now: Nanos,
        streams: Collection[Stream] = tuple(Stream),
        doubted: bool = False,
    ) -> None:
        self.contract = contract
        self.stale = False
        self.begun = False
        """Whether anything has come yet."""
        self._words = "no data yet"
        """Why it is stale."""
        self._doubted = doubted
        """Whether a predecessor's alarm may stand: the next proof of freshness clears it."""
        self._streams = frozenset(streams)
        self._quote: Quote | None = None
        self._trades = Witness()
        self._quotes = Witness()
        self._prices = now
        self._book = now
        self._idle = now
        self._fresh_since: Nanos | None = None
        self._dead: Stream | None = None
        self._again: Nanos | None = None
        """When the dead stream first spoke again."""

    def silence(self, now: Nanos, limit: Nanos) -> str:
        """Why nothing can be entered on it, though it need not be an alarm: it is stale, or no
        price has come for `limit`. Empty while it can.
        """
        if self.stale or not self.begun:
            return self._words
        return f"no price for {limit / SECOND:g} s" if now - self._prices >= limit else ""

    def quoted(self, quote: Quote) -> None:
        known, at = self._quote, quote.received
        merged = self._quote = quote if known is None else known.merged(quote)
        traded = known is not None and (known.volume, known.last) != (merged.volume, merged.last)
        if traded and Stream.TRADES in self._streams:
            self._trades.move(at)
        if quote.bid is not None or quote.ask is not None:
            self._quotes.show(at)
            self._spoke(Stream.QUOTES, at)
        self._heard(at)

    def printed(self, tape: Tape) -> None:
        at = tape.received
        self._trades.show(at)
        self._spoke(Stream.TRADES, at)
        if self._quote is not None and any(_away(one.price, self._quote) for one in tape.prints):
            self._quotes.move(at)
        self._heard(at)

    def book_heard(self, received: Nanos) -> None:
        """Depth has come (of whatever contract: the hub's activity does not tell them apart)."""
        self._book = max(self._book, received)
        if received and Stream.QUOTES not in self._streams:
            self._heard(received)

    def expect(self, now: Nanos) -> None:
        """From now on data must come."""
        self._prices = max(self._prices, now)

    def begin(self, now: Nanos) -> None:
        """A connection begins: what moved while there was none is nobody's failure."""
        self._quote = None
        self._trades.show(now)
        self._quotes.show(now)

    def check(self, now: Nanos, limit: Nanos, idle: bool = False) -> list[Message]:
        """`idle`: nothing is expected now, and the silence does not count later either."""
        if idle:
            self._idle = now
        if (self.stale or self._doubted) and self._fresh(now):
            self.stale = self._doubted = False
            return [AlarmCleared(AlarmKind.STALE_DATA, self.contract)]
        return [] if self.stale or idle else self._judge(now, limit)

    def _judge(self, now: Nanos, limit: Nanos) -> list[Message]:
        prices = now - max(self._prices, self._idle)
        silent = min(prices, now - self._book)
        most = limit if self._streams - {Stream.TRADES} else QUIET
        trades, quotes = self._trades.dead_for(now), self._quotes.dead_for(now)
        if silent >= most and self._streams:
            return self._alarm(f"no market data for {silent / SECOND:.2f} s", silent, most)
        if prices >= PRICES * limit and Stream.QUOTES in self._streams:
            return self._alarm(f"no quote and no print for {prices / SECOND:.2f} s", prices, limit)
        if trades >= limit:
            self._dead = Stream.TRADES
            words = f"trades dead: the quotes have told of some for {trades / SECOND:.2f} s"
            return self._alarm(words, trades, limit)
        if quotes >= limit:
            self._dead = Stream.QUOTES
            words = f"quotes dead: prints have left them behind for {quotes / SECOND:.2f} s"
            return self._alarm(words, quotes, limit)
        return []

    def _alarm(self, words: str, measured: Nanos, limit: Nanos) -> list[Message]:
        self.stale = True
        self._words = words
        self._fresh_since = self._again = None
        millis, most = measured // MILLISECOND, limit // MILLISECOND
        return [Alarm(AlarmKind.STALE_DATA, self.contract, words, millis, most, "ms")]

    def _spoke(self, stream: Stream, at: Nanos) -> None:
        if stream is not self._dead:
            return
        if self._again is None:
            self._again = at
        elif at - self._again >= SECOND:
            self._dead = None

    def _heard(self, received: Nanos) -> None:
        self.begun = True
        if self._fresh_since is None or received - self._prices > SECOND:
            self._fresh_since = received
        self._prices = max(self._prices, received)

    def _fresh(self, now: Nanos) -> bool:
        if self._dead is not None:
            return False
        since = self._fresh_since
        steady = since is not None and self._prices - since >= SECOND
        return now - self._prices < SECOND and steady


def _away(price: int, quote: Quote) -> bool:
    """Whether a print lies outside the quoted prices."""
    below = quote.bid is not None and price < quote.bid
    return below or (quote.ask is not None and price > quote.ask)
