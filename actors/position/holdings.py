"""What the position room knows and says: fills and the venue's positions in, messages out. Pure."""

from msgspec.structs import replace

from actors.position.book import Book
from actors.position.reason import exit_reason
from messages.base import Message, Money, Nanos
from messages.market import Instrument, Quote
from messages.order import Fill, Order, Phase, PhaseChanged
from messages.position import (
    DayFigures,
    Mismatch,
    Position,
    PositionChanged,
    PositionMarked,
    PositionsFound,
    Reconciled,
    RoundTrip,
)

LOOKS = 3
"""Comparisons in a row that must disagree before the venue's word is taken with no fill to explain
it: its fills and its positions are two answers, and a fill may fall between them.
"""
REMEMBERED_ORDERS = 1_000


class Holdings:
    """Nothing is said before the venue's first answers (`ready`): until then fills are only
    collected.

    `since` is the session's start: round trips that closed before it belong to another session's
    files.
    """

    def __init__(self, instruments: tuple[Instrument, ...], since: Nanos) -> None:
        self.book = Book(instruments)
        self.since = since
        self.ready = False
        self._looks = 0
        self._venue: dict[str, Position] = {}
        self._stated: dict[str, Nanos] = {}
        """When the venue said so."""
        self._orders: dict[int, Order] = {}
        self._phases: dict[str, tuple[Phase, str]] = {}
        self._quotes: dict[str, Quote] = {}
        self._changed: dict[str, PositionChanged] = {}
        self._marked: dict[str, Money] = {}
        self._figures: DayFigures | None = None
        self._told: set[int] = set()
        self._listed: set[int] = set()
        """Fills that the venue itself has listed, and so whatever came before them."""

    def start_day(self, since: Nanos) -> list[Message]:
        """A new trade date has begun: its figures start from nothing."""
        self.book.start_day(since)
        return self._news() if self.ready else []

    def order(self, order: Order) -> None:
        """Remember what kind of order it is: a fill names only its id."""
        self._orders[order.id] = order
        if len(self._orders) > REMEMBERED_ORDERS:
            del self._orders[next(iter(self._orders))]

    def phase(self, change: PhaseChanged) -> None:
        self._phases[change.contract] = (change.phase, change.reason)

    def fill(self, fill: Fill) -> list[Message]:
        return self._news() if self.book.add(fill) and self.ready else []

    def quote(self, quote: Quote) -> list[Message]:
        """Mark an open position to the market."""
        known = self._quotes.get(quote.contract)
        merged = self._quotes[quote.contract] = quote if known is None else known.merged(quote)
        tally = self.book.tallies.get(quote.contract)
        if tally is None or not tally.size or merged.bid is None or merged.ask is None:
            return []
        profit = tally.open_profit(merged.bid, merged.ask)
        if self._marked.get(quote.contract) == profit or not self.ready:
            return []
        self._marked[quote.contract] = profit
        price = merged.bid if tally.size > 0 else merged.ask
        return [PositionMarked(quote.contract, price, profit)]

    def position(self, position: Position, at: Nanos) -> None:
        """The venue's word on one position, stated at `at`; an older one changes nothing."""
        if position.contract in self.book.tallies and at >= self._stated.get(position.contract, 0):
            self._venue[position.contract] = position
            self._stated[position.contract] = at

    def positions(self, found: PositionsFound) -> None:
        """The venue's word on all of them."""
        for position in self._all(found.positions):
            self.position(position, found.asked)

    def held(self) -> bool:
        return any(tally.size for tally in self.book.tallies.values())

    def exposed(self) -> bool:
        """Whether a position is held by our count or by the venue's newest word."""
        return self.held() or any(position.size for position in self._venue.values())

    def disagrees(self) -> bool:
        """Whether any position differs from the venue's newest word on it."""
        return any(
            position.size != self.book.tallies[contract].size
            for contract, position in self._venue.items()
        )

    def doubtful(self) -> bool:
        """Whether a round trip is kept back until the venue's fills have been read."""
        return any(id not in self._listed for id in self.book.unsure - self._told)

    def reconcile(
        self, fills: tuple[Fill, ...], positions: tuple[Position, ...], asked: Nanos
    ) -> tuple[list[Message], bool]:
        """Compare with the venue's answers: (what to say, whether to look again soon).

        `asked` is when the positions were asked for: what was told since is newer, though the fills
        may have taken longer. Doing it twice changes nothing the second time.
        """
        for fill in fills:
            self.book.add(fill)
        self._listed.update(fill.id for fill in fills)
        for position in self._all(positions):
            self.position(position, asked)
        apart = [p for c, p in self._venue.items() if p.size != self.book.tallies[c].size]
        self._looks = self._looks + 1 if apart else 0
        if apart and self._looks < LOOKS and self.ready:
            return self._news(), True
        said: list[Message] = []
        for position in apart:
            held = self.book.tallies[position.contract].size
            self.book.adopt(position, self._stated[position.contract])
            if self.ready:
                said.append(Mismatch(position.contract, held, position.size))
        self.ready = True
        self._looks = 0
        said += self._news()
        contracts = {position.contract for position in apart}
        said += [Reconciled(c, p.size, c in contracts) for c, p in self._venue.items()]
        return said, False

    def _all(self, listed: tuple[Position, ...]) -> list[Position]:
        """One position a contract: one that is not listed is flat."""
        known = {position.contract: position for position in listed}
        return [known.get(contract, Position(contract, 0, 0)) for contract in self.book.tallies]

    def again(self) -> list[Message]:
        """Everything once more, for an actor that has lost its memory."""
        self._changed.clear()
        self._marked.clear()
        self._figures = None
        if not self.ready:
            return []
        # By our own size: the venue's word on it may be older than a fill that has been told.
        told = [Reconciled(c, self.book.tallies[c].size, False) for c in self._venue]
        return self._news() + told

    def _news(self) -> list[Message]:
        """What has changed since it was last said."""
        said: list[Message] = []
        for contract, tally in self.book.tallies.items():
            opened = 0 if tally.trip is None else tally.trip.opened
            realised = self.book.realised(contract)
            change = PositionChanged(contract, tally.size, tally.average, opened, realised)
            if self._changed.get(contract) != change:
                self._changed[contract] = change
                said.append(change)
            if not tally.size and self._marked.pop(contract, 0):
                said.append(PositionMarked(contract, 0, 0))
        said += self._trips()
        figures = self.book.day()
        if figures != self._figures:
            self._figures = figures
            said.append(figures)
        return said

    def _trips(self) -> list[Message]:
        said: list[Message] = []
        for id, trip in self.book.trips.items():
            doubtful = id in self.book.unsure and id not in self._listed
            if id not in self._told and not doubtful and trip.closed >= self.since:
                self._told.add(id)
                said.append(self._with_reason(trip))
        return said

    def _with_reason(self, trip: RoundTrip) -> RoundTrip:
        fill = self.book.fill(trip.id)
        phase, words = self._phases.get(trip.contract, (Phase.UNKNOWN, ""))
        return replace(trip, reason=exit_reason(self._orders.get(fill.order), phase, words))
