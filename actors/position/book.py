"""The account's fills of the trade date, folded into positions, round trips and the day's
figures.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from actors.position.tally import Tally
from messages.base import Money, Nanos
from messages.market import Instrument
from messages.order import Fill
from messages.position import DayFigures, Position, RoundTrip


class Book:
    """Every fill once, whatever order and however often it is told.

    A fill that comes late, or is voided afterwards, rebuilds the contract's tally from its fills
    (since the position was last adopted from the venue); one that comes in its turn is folded in.
    """

    def __init__(self, instruments: tuple[Instrument, ...]) -> None:
        self.instruments = {instrument.id: instrument for instrument in instruments}
        self.tallies = {instrument.id: Tally(instrument) for instrument in instruments}
        self.trips: dict[int, RoundTrip] = {}
        self.unsure: set[int] = set()
        """Round trips whose fills do not add up to the venue's word on them."""
        self._fills: dict[int, Fill] = {}
        self._newest: dict[str, tuple[Nanos, int]] = {}
        self._adopted: dict[str, tuple[Position, Nanos]] = {}
        self._day: Nanos = 0
        self._forgotten: set[int] = set()
        """Fills of the days before that nothing is left of: told once more, they are not news."""

    def add(self, fill: Fill) -> bool:
        """Take in one fill; False if it changes nothing (known already, or of a contract that is
        not traded here).
        """
        if fill.contract not in self.tallies or fill.id in self._forgotten:
            return False
        known = self._fills.get(fill.id)
        if known is not None and known.voided == fill.voided:
            return False  # REST repeats the hub's fill with a coarser stamp
        self._fills[fill.id] = fill
        if fill.stamp <= self._adopted_at(fill.contract):
            return True  # in the venue's word that was adopted already: only its money counts
        key = (fill.stamp, fill.id)
        if known is not None or fill.voided or key < self._newest.get(fill.contract, (0, 0)):
            self._rebuild(fill.contract)
        else:
            self._newest[fill.contract] = key
            self._fold(fill)
        return True

    def fill(self, id: int) -> Fill:
        return self._fills[id]

    def adopt(self, position: Position, at: Nanos) -> None:
        """The venue says so and no fill explains it: it wins."""
        self._adopted[position.contract] = (position, at)
        self.tallies[position.contract].adopt(position, at)

    def realised(self, contract: str) -> Money:
        """Net of fees, of this contract's fills of the trade date."""
        return sum(_net(fill) for fill in self._of_today() if fill.contract == contract)

    def day(self) -> DayFigures:
        """From the venue's own profit on each closing fill, so that it equals the balance to the
        cent.
        """
        trips = sorted(self.trips.values(), key=lambda trip: (trip.closed, trip.id))
        streak = 0
        for trip in reversed(trips):
            if trip.net >= 0:
                break
            streak += 1
        return DayFigures(
            realised=sum(_net(fill) for fill in self._of_today()),
            round_trips=len(trips),
            consecutive_losses=streak,
            last_loss=max((trip.closed for trip in trips if trip.net < 0), default=0),
        )

    def start_day(self, since: Nanos) -> None:
        """Forget what closed before the trade date began; an open position keeps its fills."""
        self._day = since
        self.trips = {id: trip for id, trip in self.trips.items() if trip.closed >= since}
        keep = {c for c, tally in self.tallies.items() if tally.size}
        kept = {
            id: fill
            for id, fill in self._fills.items()
            if fill.stamp >= since or fill.contract in keep
        }
        self._forgotten = self._fills.keys() - kept.keys()
        self._fills = kept

    def _of_today(self) -> Iterator[Fill]:
        return (fill for fill in self._fills.values() if fill.stamp >= self._day)

    def _adopted_at(self, contract: str) -> Nanos:
        return self._adopted[contract][1] if contract in self._adopted else 0

    def _fold(self, fill: Fill) -> None:
        tally = self.tallies[fill.contract]
        trip = tally.fill(
            fill.id, fill.side, fill.size, fill.price, fill.fees, fill.stamp, fill.pnl
        )
        if trip is not None:
            self.trips[trip.id] = trip
            if not tally.sure:
                self.unsure.add(trip.id)

    def _rebuild(self, contract: str) -> None:
        tally = self.tallies[contract] = Tally(self.instruments[contract])
        position, since = self._adopted.get(contract, (Position(contract, 0, 0), 0))
        tally.adopt(position, since)
        before = self.trips
        self.unsure -= {id for id, trip in before.items() if trip.contract == contract}
        self.trips = {
            id: trip
            for id, trip in before.items()
            if trip.contract != contract or trip.closed <= since
        }
        fills = [
            fill
            for fill in self._fills.values()
            if fill.contract == contract and fill.stamp > since and not fill.voided
        ]
        for fill in sorted(fills, key=lambda fill: (fill.stamp, fill.id)):
            self._newest[contract] = (fill.stamp, fill.id)
            self._fold(fill)
        for id, trip in self.trips.items():  # fills alone do not tell MAE and MFE
            if (known := before.get(id)) is not None:
                adverse = max(trip.adverse, known.adverse)
                favourable = max(trip.favourable, known.favourable)
                self.trips[id] = replace(trip, adverse=adverse, favourable=favourable)


def _net(fill: Fill) -> Money:
    return 0 if fill.voided else (fill.pnl or 0) - fill.fees
