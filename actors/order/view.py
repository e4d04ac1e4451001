"""The venue's orders and position in one contract, as far as it has told."""

from actors.order.entry import STOPS
from actors.order.fsm import absorb
from messages.base import Nanos
from messages.market import Side
from messages.order import Order, OrdersFound, OrderStatus, OrderType

COVERING = frozenset({OrderStatus.OPEN, OrderStatus.PENDING_CANCEL})
REMEMBERED = 500


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

    def hear_order(self, order: Order, at: Nanos) -> bool:
        """Take in news of an order; False if the state machine does not allow it."""
        merged = absorb(self.orders.get(order.id), order)
        if merged is None:
            return False
        self.orders[order.id] = merged
        self._heard[order.id] = at
        return True

    def hear_orders(self, found: OrdersFound) -> list[Order]:
        """Take in an answer that lists every working order; the orders whose news was not legal are
        returned.

        A working order that the venue no longer lists, and that was not heard of since the question
        left, is forgotten: it covers nothing, whatever became of it.
        """
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

    def hear_position(self, size: int, at: Nanos) -> bool:
        """Take in a position stated at `at`; False if something newer is known."""
        if at < self.position_heard:
            return False
        self.position = size
        self.position_heard = at
        return True

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
        size = sum(order.size - order.filled for order in self.stops())
        return size >= abs(self.position or 0)

    def bracketed(self) -> bool:
        """Covered, and a target of the position's size is open too."""
        side = self.closing_side()
        size = sum(
            order.size - order.filled
            for order in self.orders.values()
            if order.status in COVERING and order.type is OrderType.LIMIT and order.side is side
        )
        return self.covered() and size >= abs(self.position or 0)

    def closing_side(self) -> Side | None:
        if not self.position:
            return None
        return Side.SELL if self.position > 0 else Side.BUY

    def by_tag(self, tag: str) -> Order | None:
        return next((order for order in self.orders.values() if order.tag == tag), None)

    def _forget_old(self) -> None:
        done = [id for id, order in self.orders.items() if not order.status.working]
        for id in done[: max(0, len(done) - REMEMBERED)]:
            del self.orders[id], self._heard[id]
