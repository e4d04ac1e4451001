"""One contract's position and its round trips, from fills. Exact integers throughout."""

from messages.base import DOLLAR, FINE, FineTicks, Money, Nanos, Ticks
from messages.market import Instrument, Side
from messages.position import ExitReason, Position, RoundTrip

ROUNDED: Money = DOLLAR // 50
"""How far the venue's profit on a fill, in cents, may be from ours, which is exact."""


class Trip:
    """A round trip in progress: from flat, through one or more fills, to flat."""

    def __init__(self, side: Side, opened: Nanos) -> None:
        self.side = side
        self.opened = opened
        self.entered = 0
        """Contracts that opened or added, and their cost in 1/10,000 tick."""
        self.cost = 0
        self.left = 0
        """Contracts that closed, and their proceeds in 1/10,000 tick."""
        self.proceeds = 0
        self.held_cost = 0
        """Cost of the contracts still held, in 1/10,000 tick."""
        self.pnl: Money | None = 0
        """The venue's own profit on what has been closed, None where it has not told of a part."""
        self.sure = True
        """Whether the venue's word on each fill fits its part here. A fill that was lost, and not
        found yet, makes the next ones look like what they are not.
        """
        self.fees: Money = 0
        self.adverse: Money = 0
        self.favourable: Money = 0


class Tally:
    """Fills of one contract, in the order they happened, folded into a position.

    The average price is the venue's: of the contracts held, unmoved by a partial close.
    """

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.size = 0
        self.trip: Trip | None = None
        self.sure = True
        """Whether the trip completed last was sure."""

    @property
    def average(self) -> FineTicks:
        """1/10,000 tick, rounded to the nearest; 0 when flat."""
        return 0 if self.trip is None else _mean(self.trip.held_cost, abs(self.size))

    def adopt(self, position: Position, at: Nanos) -> None:
        """Take over the venue's word: whatever was thought before is forgotten."""
        self.size = position.size
        self.trip = None
        if position.size:
            self.trip = Trip(Side.BUY if position.size > 0 else Side.SELL, at)
            self.trip.entered = abs(position.size)
            self.trip.cost = self.trip.held_cost = position.average * abs(position.size)

    def open_profit(self, bid: Ticks, ask: Ticks) -> Money:
        """What closing the held contracts now at the opposite best would make, before fees.

        Updates MAE and MFE, which are of the whole round trip, contracts closed already included.
        """
        trip = self.trip
        if trip is None:
            return 0
        price = bid if trip.side is Side.BUY else ask
        worth = abs(self.size) * price * FINE
        sign = trip.side * self.instrument.tick_value
        whole = (trip.proceeds + worth - trip.cost) * sign // FINE
        trip.adverse = max(trip.adverse, -whole)
        trip.favourable = max(trip.favourable, whole)
        return (worth - trip.held_cost) * sign // FINE

    def fill(
        self,
        id: int,
        side: Side,
        size: int,
        price: Ticks,
        fees: Money,
        at: Nanos,
        pnl: Money | None = None,
    ) -> RoundTrip | None:
        """Fold in one fill; the round trip that it completes, if it does. A fill through zero
        closes one trip and opens the next, its fees shared by contracts. `pnl` as the venue has
        it: None of a fill that closes nothing.
        """
        closing = min(size, abs(self.size)) if self.size * side < 0 else 0
        closing_fees = fees * closing // size
        done = None
        if closing:
            if self.trip is not None and size > closing:
                self.trip.sure = False  # nobody means to: rather has an opening fill been lost
            done = self._close(id, closing, price, closing_fees, at, pnl)
        if size > closing:
            self._open(side, size - closing, price, fees - closing_fees, at)
            if self.trip is not None and not closing:
                self.trip.sure &= pnl is None
        return done

    def _open(self, side: Side, size: int, price: Ticks, fees: Money, at: Nanos) -> None:
        if self.trip is None:
            self.trip = Trip(side, at)
        self.trip.entered += size
        self.trip.cost += size * price * FINE
        self.trip.held_cost += size * price * FINE
        self.trip.fees += fees
        self.size += side * size

    def _close(
        self, id: int, size: int, price: Ticks, fees: Money, at: Nanos, pnl: Money | None
    ) -> RoundTrip | None:
        trip = self.trip
        assert trip is not None, "a position has a trip"
        cost = trip.held_cost * size // abs(self.size)
        trip.held_cost -= cost
        made = (size * price * FINE - cost) * trip.side * self.instrument.tick_value // FINE
        trip.pnl = None if pnl is None or trip.pnl is None else trip.pnl + pnl
        trip.sure &= pnl is not None and abs(pnl - made) <= ROUNDED
        trip.left += size
        trip.proceeds += size * price * FINE
        trip.fees += fees
        self.size -= trip.side * size
        if self.size:
            return None
        self.trip = None
        self.sure = trip.sure
        gross = trip.pnl
        if gross is None:
            made = trip.proceeds - trip.cost
            gross = made * trip.side * self.instrument.tick_value // FINE
        return RoundTrip(
            id=id,
            contract=self.instrument.id,
            side=trip.side,
            size=trip.entered,
            entry=_mean(trip.cost, trip.entered),
            exit=_mean(trip.proceeds, trip.left),
            opened=trip.opened,
            closed=at,
            gross=gross,
            fees=trip.fees,
            net=gross - trip.fees,
            adverse=max(trip.adverse, -gross, 0),
            favourable=max(trip.favourable, gross, 0),
            reason=ExitReason.OUTSIDE,
        )


def _mean(total: int, count: int) -> int:
    """Rounded to the nearest, halves up."""
    return (2 * total + count) // (2 * count)
