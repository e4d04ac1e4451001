"""The venue's orders and position in one contract, as far as it has told."""

from collections.abc import Iterable

from actors.order.entry import STOPS
from actors.order.fsm import absorb
from messages.base import MILLISECOND, FineTicks, Nanos
from messages.market import Side
from messages.order import Order, OrdersFound, OrderStatus, OrderType

COVERING = frozenset({OrderStatus.OPEN, OrderStatus.PENDING_CANCEL})
REMEMBERED = 500
SETTLED = 200 * MILLISECOND
"""How far apart two readings must be that both contradict what the orders tell."""
UNLISTED = 600 * MILLISECOND
"""The same where the orders could not be read since: their fills may still be to be told."""


class View:
    """Orders by id and the signed position (None: not known yet). Newer word beats older, whichever
    way it came.
    """

    def __init__(self, contract: str) -> None:
        self.contract = contract
        self.position: int | None = None
        self.orders: dict[int, Order] = {}
        self._heard: dict[int, Nanos] = {}
        self.position_heard: Nanos = 0
        self.average: FineTicks = 0
        self._traded = 0
        """What the position must be by the fills of the orders heard of."""
        self._contradicted: Nanos | None = None
        self._listed: Nanos = 0
        """When the newest list of orders was asked for."""

    @property
    def agreed(self) -> bool:
        """Whether position and orders tell of the same fills: while one of them is still on its
        way, nothing is to be sized by the other.
        """
        return self.position == self._traded

    def hear_order(self, order: Order, at: Nanos) -> bool:
        """Take in news of an order; False if the state machine does not allow it."""
        known = self.orders.get(order.id)
        merged = absorb(known, order)
        if merged is None:
            return False
        self._traded += merged.side * (merged.filled - (known.filled if known else 0))
        self.orders[order.id] = merged
        self._heard[order.id] = at
        return True

    def hear_orders(self, found: OrdersFound) -> list[Order]:
        """Take in an answer that lists every working order; the orders whose news was not legal are
        returned.

        A working order that the venue no longer lists, and that was not heard of since the question
        left, is forgotten: it covers nothing, whatever became of it.
        """
        self._listed = max(self._listed, found.asked)
        listed = {order.id: order for order in found.orders if order.contract == self.contract}
        late = []
        for id, order in listed.items():
            if self._heard.get(id, 0) <= found.asked and not self.hear_order(order, found.asked):
                late.append(order)
        for id, order in tuple(self.orders.items()):
            if order.status.working and id not in listed and self._heard[id] < found.asked:
                del self.orders[id], self._heard[id]
        self._forget_old()
        return late

    def hear_position(
        self, size: int, at: Nanos, average: FineTicks = 0, read: bool = False
    ) -> bool:
        """Take in a position stated at `at`, by an answer (`read`) or an event; False if something
        newer is known.

        Orders are lost, forgotten, or known from before: where two readings contradict their fills,
        the venue's position is right.
        """
        if at < self.position_heard:
            return False
        self.position = size
        self.position_heard = at
        self.average = average
        if self.agreed:
            self._contradicted = None
        elif read and self._contradicted is None:
            self._contradicted = at
        elif read and self._contradicted is not None and self._settled(self._contradicted, at):
            self.accept()
        return True

    def _settled(self, since: Nanos, at: Nanos) -> bool:
        return at - since >= (SETTLED if self._listed >= since else UNLISTED)

    def accept(self) -> None:
        """The position is what the venue says it is, whatever its orders tell."""
        self._traded = self.position or 0
        self._contradicted = None

    def working(self) -> list[Order]:
        return [order for order in self.orders.values() if order.status.working]

    def stops(self) -> list[Order]:
        """Working stops on the closing side of the position."""
        side = self.closing_side()
        return [
            order
            for order in self.orders.values()
            if order.status in COVERING and order.type in STOPS and order.side is side
        ]

    def covered(self) -> bool:
        """Whether working stops hold at least the whole position."""
        return left(self.stops()) >= abs(self.position or 0)

    def targets(self) -> list[Order]:
        """Working limit orders on the closing side of the position."""
        side = self.closing_side()
        return [
            order
            for order in self.orders.values()
            if order.status in COVERING and order.type is OrderType.LIMIT and order.side is side
        ]

    def closing(self) -> bool:
        """Whether a market order against the position is on its way to its fill."""
        side = self.closing_side()
        return any(o.type is OrderType.MARKET and o.side is side for o in self.working())

    def bracketed(self) -> bool:
        """Covered, and a target of the position's size is open too."""
        return self.covered() and left(self.targets()) >= abs(self.position or 0)

    def overcovered(self) -> bool:
        """Whether stops or targets could trade more than the position: the rest would open the
        other side.
        """
        most = abs(self.position or 0)
        return left(self.stops()) > most or left(self.targets()) > most

    def closing_side(self) -> Side | None:
        if not self.position:
            return None
        return Side.SELL if self.position > 0 else Side.BUY

    def filled(self, ids: Iterable[int]) -> bool:
        """Whether any of these orders is filled."""
        rows = (self.orders.get(id) for id in ids)
        return any(row is not None and row.status is OrderStatus.FILLED for row in rows)

    def by_tag(self, tag: str) -> Order | None:
        return next((order for order in self.orders.values() if order.tag == tag), None)

    def _forget_old(self) -> None:
        done = [id for id, order in self.orders.items() if not order.status.working]
        for id in done[: max(0, len(done) - REMEMBERED)]:
            del self.orders[id], self._heard[id]


def left(orders: list[Order]) -> int:
    """Contracts that these orders can still trade."""
    return sum(order.size - order.filled for order in orders)
