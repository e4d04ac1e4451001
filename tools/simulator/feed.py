"""One contract's market at the venue: source, displayed book, last price, bars, session figures."""

from copy import copy
from dataclasses import dataclass, field, replace

from tools.simulator.book import Book
from tools.simulator.contracts import Contract
from tools.simulator.history import History
from tools.simulator.market import BUY, Level, MarketEvent, MarketSource, Print, Snapshot


@dataclass(slots=True)
class Instant:
    """What one instant of the market did: its prints, its level changes, whether it moved.

    `replaced`: the whole book was, and `levels` says nothing. `moved`: a best price is another.
    """

    at: int
    prints: list[Print] = field(default_factory=list)
    levels: list[Level] = field(default_factory=list)
    replaced: bool = False
    moved: bool = False


class Ended:
    """The source of a market that has ended."""

    def start(self, now: int) -> None: ...

    def next_time(self) -> None: ...

    def take(self, until: int) -> list[MarketEvent]:
        return []


class Feed:
    """Applies a source to a book. Orders of clients do not move it.

    `waits`: the source starts at the first subscription to its trades, not with the venue.
    """

    def __init__(self, contract: Contract, source: MarketSource, *, waits: bool) -> None:
        self.contract = contract
        self.waits = waits
        self.book = Book()
        self.history = History()
        self.last: int | None = None
        self.open = self.high = self.low = self.volume = 0
        self.next_at: int | None = None
        self.late = 0
        """ns by which pauses have put the source off."""
        self.paused: int | None = None
        """Since when, ns UTC."""
        self._source = source
        self._offset = 0
        self._shadow: Book | None = None
        self._unseen = False

    def start(self, now: int, preroll: int) -> None:
        """Start the source `preroll` ns before now and take in what happened until now."""
        self.waits = False
        self._source.start(now - preroll)
        if self.paused is not None:
            self.paused = now
        if preroll:
            self.catch_up(now)
        self.schedule()

    def catch_up(self, now: int) -> None:
        """Take in what happened until now, unseen by anybody."""
        self._apply(now, self._take(now))
        self.schedule()

    def pause(self, now: int) -> None:
        """Let nothing happen from now on; the book stays as it is."""
        self.paused = now
        self.next_at = None

    def resume(self, now: int) -> None:
        """Go on where the pause began: all that the source has left comes that much later."""
        if self.paused is not None and not self.waits:
            self.late += now - self.paused
        self.paused = None
        self.schedule()

    def schedule(self) -> None:
        """Ask the source when it has something to say."""
        due = None if self.waits or self.paused is not None else self._source.next_time()
        self.next_at = None if due is None else due + self.late

    def retire(self) -> None:
        """This month is no longer active; its market goes on."""
        self.contract = replace(self.contract, active=False)

    def succeeded(self, now: int, contract: Contract) -> "Feed":
        """The market of the next month, which goes on from here while this one ends."""
        heir = copy(self)
        heir.contract = contract
        heir.book, heir.history = Book(), self.history.copy()
        heir.book.replace(self.book.snapshot(now))
        heir._unseen = True
        self.retire()
        self._source, self._shadow, self.waits = Ended(), None, False
        self.schedule()
        return heir

    def step(self, at: int) -> Instant:
        """Apply the source's events up to `at`, normally one instant's."""
        events = self._take(at)
        due = self._source.next_time()
        self.next_at = None if due is None else due + self.late
        if self._offset or self._shadow:
            events = [bent for event in events if (bent := self._bend(event))]
        instant = self._apply(at, events)
        if self._unseen:  # who subscribed before there was a market gets the whole of it
            instant.replaced = instant.moved = True
            self._unseen = False
        return instant

    def jump(self, now: int, ticks: int) -> Instant:
        """Move the whole market by `ticks` at once, and print one contract at the new best."""
        self._offset += ticks
        shifted = self.book.snapshot(now, ticks)
        events: list[MarketEvent] = [shifted]
        best = shifted.asks if ticks > 0 else shifted.bids
        if best:
            events.append(Print(now, best[0][0], 1, BUY if ticks > 0 else -BUY))
        return self._apply(now, events)

    def hold(self, now: int) -> None:
        """Keep the book as it is; prints go on at its best prices."""
        if self._shadow is None:
            self._shadow = Book()
            self._shadow.replace(self.book.snapshot(now, -self._offset))

    def release(self, now: int) -> Instant:
        """Let the book follow its source again, by a jump to where the source now is."""
        shadow, self._shadow = self._shadow, None
        return self._apply(now, [shadow.snapshot(now, self._offset)] if shadow else [])

    def _take(self, until: int) -> list[MarketEvent]:
        events = self._source.take(until - self.late)
        if self.late:
            return [replace(event, at=event.at + self.late) for event in events]
        return events

    def _apply(self, at: int, events: list[MarketEvent]) -> Instant:
        instant, book = Instant(at), self.book
        bid, ask = book.bid, book.ask
        for event in events:
            if type(event) is Level:
                book.set_level(event)
                instant.levels.append(event)
            elif type(event) is Print:
                instant.prints.append(event)
                self._print(event)
            elif type(event) is Snapshot:
                book.replace(event)
                instant.replaced = True
        instant.moved = bid != book.bid or ask != book.ask
        return instant

    def _print(self, event: Print) -> None:
        price = event.price
        if self.last is None:
            self.open = self.high = self.low = price
        elif price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.last = price
        self.volume += event.size
        self.history.add(event.at, price, event.size)

    def _bend(self, event: MarketEvent) -> MarketEvent | None:
        """The source's event as the venue shows it: shifted by jumps, or held."""
        shadow, shift = self._shadow, self._offset
        if type(event) is Print:
            held = self.book.opposite(event.side) if shadow else event.price + shift
            return None if held is None else Print(event.at, held, event.size, event.side)
        if type(event) is Level:
            if shadow:
                shadow.set_level(event)
                return None
            return Level(event.at, event.side, event.price + shift, event.size)
        if type(event) is Snapshot:
            moved = Book()
            moved.replace(event)
            if shadow:
                shadow.replace(event)
                return None
            return moved.snapshot(event.at, shift)
        raise TypeError(f"not a market event: {event!r}")
