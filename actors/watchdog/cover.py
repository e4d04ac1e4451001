"""Whether the venue's position is covered by working stops, by the watchdog's own reading of the
venue. Pure.

It repeats what the order room knows on purpose: a room that is wrong, or hangs, must not be the one
to say so.
"""

from messages.base import MILLISECOND, Message, Nanos
from messages.control import Alarm, AlarmCleared, AlarmKind
from messages.market import Side
from messages.order import Order, OrdersFound, OrderStatus, OrderType

_STOPS = frozenset({OrderType.STOP, OrderType.TRAILING_STOP, OrderType.STOP_LIMIT})
_COVERING = frozenset({OrderStatus.OPEN, OrderStatus.PENDING_CANCEL})
_BEFORE = frozenset({OrderStatus.PENDING, OrderStatus.SUSPENDED})
"""What a stop is before it covers, and never again."""


class Cover:
    """One contract. `limit` is how long a position may stand uncovered; `most` how large it may be,
    either way.
    """

    def __init__(self, contract: str, limit: Nanos, most: int) -> None:
        self.contract = contract
        self.position = 0
        self._limit = limit
        self._most = most
        self._stops: dict[int, tuple[Order, Nanos]] = {}
        self._over: set[int] = set()
        """Stops that have ended: late word of one does not bring it back."""
        self._position_at: Nanos = 0
        self._since: Nanos | None = None
        self._alarmed: set[AlarmKind] = set()

    def order(self, order: Order, at: Nanos) -> None:
        if order.type not in _STOPS or order.id in self._over:
            return
        if order.status in _COVERING:
            self._stops[order.id] = (order, at)
            return
        if order.status in _BEFORE and order.id in self._stops:
            return  # late word of how it began
        self._stops.pop(order.id, None)
        if not order.status.working:
            self._over.add(order.id)

    def orders(self, found: OrdersFound) -> None:
        listed = {order.id for order in found.orders}
        for id, (_, at) in tuple(self._stops.items()):
            if id not in listed and at < found.asked:
                del self._stops[id]
        for order in found.orders:
            heard = self._stops.get(order.id)
            if order.contract == self.contract and (heard is None or heard[1] < found.asked):
                self.order(order, found.asked)

    def hold(self, size: int, at: Nanos) -> None:
        if at >= self._position_at:
            self.position = size
            self._position_at = at

    def covered(self) -> bool:
        side = Side.SELL if self.position > 0 else Side.BUY
        stops = (order for order, _ in self._stops.values() if order.side is side)
        return sum(order.size - order.filled for order in stops) >= abs(self.position)

    def check(self, now: Nanos) -> list[Message]:
        if self.position == 0 or self.covered():
            self._since = None
        elif self._since is None:
            self._since = now
        spent = 0 if self._since is None else now - self._since
        words = f"position {self.position:+d} not covered by a working stop"
        millis, limit = spent // MILLISECOND, self._limit // MILLISECOND
        uncovered = Alarm(AlarmKind.UNPROTECTED, self.contract, words, millis, limit, "ms")
        size = abs(self.position)
        words = f"position {self.position:+d} is beyond the largest allowed, {self._most}"
        excess = Alarm(AlarmKind.EXCESS_POSITION, self.contract, words, size, self._most)
        return [
            *self._raise(uncovered, spent >= self._limit),
            *self._raise(excess, size > self._most),
        ]

    def _raise(self, alarm: Alarm, on: bool) -> list[Message]:
        if on and alarm.kind not in self._alarmed:
            self._alarmed.add(alarm.kind)
            return [alarm]
        if not on and alarm.kind in self._alarmed:
            self._alarmed.discard(alarm.kind)
            return [AlarmCleared(alarm.kind, self.contract)]
        return []
