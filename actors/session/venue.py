"""What the venue has said of positions and working orders, gathered from its messages.

The session's own reading: it asks no actor, so its checks do not share an actor's mistake.
"""

from collections.abc import Iterator

from actors.session.remember import remember
from messages.base import Message, Nanos
from messages.market import Side
from messages.order import Order, OrderEvent, OrdersFound, OrderStatus, OrderType
from messages.position import PositionEvent, PositionsFound

STOPS = frozenset({OrderType.STOP, OrderType.TRAILING_STOP})
"""Types that cover a position; a stop-limit may be passed over by the market, so it does not."""
LIVE = frozenset({OrderStatus.OPEN, OrderStatus.PENDING})
"""States in which a stop covers: not suspended, not on its way out."""
_YOUNG = frozenset({OrderStatus.SUSPENDED, OrderStatus.PENDING})


class VenueView:
    """Signed position sizes by contract, and working orders by id."""

    def __init__(self) -> None:
        self.positions: dict[str, int] = {}
        self.orders: dict[int, Order] = {}
        self._position_at: dict[str, Nanos] = {}
        self._order_at: dict[int, Nanos] = {}
        self._ended: dict[int, None] = {}

    def take(self, message: Message) -> None:
        """Take over a venue message; anything else changes nothing."""
        match message:
            case PositionEvent(position=position, received=received):
                self.positions[position.contract] = position.size
                self._position_at[position.contract] = received
            case PositionsFound():
                self._positions_found(message)
            case OrderEvent(order=order, received=received):
                self._order(order, received)
            case OrdersFound():
                self._orders_found(message)
            case _:
                pass

    @property
    def flat(self) -> bool:
        return not any(self.positions.values())

    def contracts(self) -> set[str]:
        return {*self.positions, *(order.contract for order in self.orders.values())}

    def uncovered(self, contract: str) -> int:
        """Contracts of the position that no working stop on the closing side covers."""
        size = self.positions.get(contract, 0)
        if not size:
            return 0
        closing = Side.SELL if size > 0 else Side.BUY
        return max(0, abs(size) - sum(left(order) for order in self._stops(contract, closing)))

    def exposure(self, contract: str, side: Side) -> int:
        """Contracts held on `side` at worst: the position and every working order of that side.

        Suspended legs cannot fill yet; of two legs of one entry, one cancels the other.
        """
        alone, legs = 0, dict[int, int]()
        for order in self.orders.values():
            if order.contract != contract or order.side is not side:
                continue
            if order.status is OrderStatus.SUSPENDED:
                continue
            if order.parent is None:
                alone += left(order)
            else:
                legs[order.parent] = max(legs.get(order.parent, 0), left(order))
        return self.positions.get(contract, 0) * side + alone + sum(legs.values())

    def orphans(self, contract: str) -> Iterator[Order]:
        """Bracket legs that work although their contract is flat and their entry is over."""
        if self.positions.get(contract, 0):
            return
        for order in self.orders.values():
            if order.contract != contract or order.parent is None:
                continue
            if order.status is not OrderStatus.SUSPENDED or order.parent not in self.orders:
                yield order

    def _stops(self, contract: str, side: Side) -> Iterator[Order]:
        for order in tuple(self.orders.values()):  # the terminal's thread may ask
            covers = order.type in STOPS and order.status in LIVE
            if covers and order.contract == contract and order.side is side:
                yield order

    def _order(self, order: Order, at: Nanos) -> None:
        if order.status.working:
            known = self.orders.get(order.id)
            if order.id in self._ended:
                return  # terminal states win over late events
            if known is not None and known.status is OrderStatus.OPEN and order.status in _YOUNG:
                return  # a late event: nothing goes back from open
            self.orders[order.id] = order
            self._order_at[order.id] = at
        else:
            self._forget(order.id)
            remember(self._ended, order.id, None)

    def _forget(self, number: int) -> None:
        self.orders.pop(number, None)
        self._order_at.pop(number, None)

    def _orders_found(self, found: OrdersFound) -> None:
        """Working orders are always all listed: one that is missing works no more."""
        listed = {order.id for order in found.orders}
        for order in found.orders:
            if self._order_at.get(order.id, 0) <= found.asked:
                self._order(order, found.asked)
        for number in [number for number in self.orders if number not in listed]:
            if self._order_at[number] <= found.asked:
                self._forget(number)

    def _positions_found(self, found: PositionsFound) -> None:
        """A contract that is not listed is flat; an event received since then is newer."""
        sizes = {position.contract: position.size for position in found.positions}
        for contract in {*sizes, *self.positions}:
            if self._position_at.get(contract, 0) <= found.asked:
                self.positions[contract] = sizes.get(contract, 0)
                self._position_at[contract] = found.asked


def left(order: Order) -> int:
    """Contracts of an order that can still fill."""
    return order.size - order.filled
