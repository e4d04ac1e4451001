"""The bracket that we keep ourselves: a stop, then a target, as large as the position. Pure.

The venue does not know that these two orders belong together. Nothing here is sent twice: a leg has
one tag, and while its answer is missing it is looked for, not placed again. A new size is the whole
size, so that it may be said again.
"""

from typing import TypeAlias

import msgspec

from actors.order.inheritance import LATE
from actors.order.view import View, left
from messages.base import FINE, MILLISECOND, Nanos, Ticks
from messages.market import Side
from messages.order import (
    NO_BUDGET,
    CancelOrder,
    Intent,
    ModifyOrder,
    Order,
    OrdersFound,
    OrderType,
    Outcome,
    PlaceOrder,
    PlaceResult,
    Purpose,
)

SEEN = 500 * MILLISECOND
"""How long a change may take to be seen before it is asked for again."""
UNSENT = frozenset({"not_sent", NO_BUDGET})
"""Refusals that prove that nothing has left (gateway/exchange.py): the leg may be tried again."""
ANSWERED = "http_"
"""How the code of an answer begins that came back without handling the order, or after it: a whole
list of orders, asked for later, tells which."""
SURE = 200 * MILLISECOND
"""How much later."""
RETRIES = 2

Request: TypeAlias = PlaceOrder | ModifyOrder | CancelOrder


class Leg(msgspec.Struct):
    """One order of ours. `order` is the venue's id once known."""

    request: PlaceOrder
    sent: Nanos
    outcome: Outcome | None = None
    order: int | None = None
    tries: int = 1
    code: str = ""
    answered: Nanos = 0
    absent: bool = False
    """Whether it is proven not to be there, nor on its way."""


class Bracket:
    """`stop` and `target` are signed ticks from the position's average price; None for one that is
    not ours to place (a position taken over with its orders).
    """

    def __init__(
        self, contract: str, tag: str, stop: Ticks | None = None, target: Ticks | None = None
    ) -> None:
        self.legs: dict[Purpose, Leg] = {}
        self._contract = contract
        self._tag = tag
        self._distances = {Purpose.STOP: stop, Purpose.TARGET: target}
        self._sizes: dict[int, tuple[int, Nanos]] = {}
        """By order: the size asked for, and when."""
        self.cancelled: set[int] = set()

    def tend(self, view: View, now: Nanos) -> list[Request]:
        """What the legs need now, if position and orders agree on how much there is to protect."""
        self._find(view)
        if view.filled(self._ids(Purpose.STOP)):
            return self._cancel(view.targets())
        if not view.agreed or not view.position:
            return []
        said = self._fit(Purpose.STOP, view.stops(), view, now)
        # Beside a close by hand that is on its way a target could open the other side.
        wanted = view.covered() and not view.closing()
        if wanted or left(view.targets()) > abs(view.position):
            said += self._fit(Purpose.TARGET, view.targets(), view, now)
        return said

    def read(self, found: OrdersFound) -> None:
        """Take in a list of orders: what it proves of a leg that was answered with a doubt."""
        tags = {order.tag for order in found.orders}
        for leg in self.legs.values():
            whole = found.since is not None and found.since <= leg.sent
            later = found.asked >= leg.answered + SURE
            if leg.outcome is Outcome.UNKNOWN and leg.code.startswith(ANSWERED):
                leg.absent = whole and later and leg.request.tag not in tags

    def placed(self, result: PlaceResult, now: Nanos) -> str:
        """Take in an answer; why the position is to be left for it, or nothing."""
        leg = next((leg for leg in self.legs.values() if leg.request.tag == result.tag), None)
        if leg is None:
            return ""
        leg.outcome, leg.code, leg.answered = result.outcome, result.code, now
        if result.order is not None and result.outcome is Outcome.ACCEPTED:
            leg.order = result.order
        if result.outcome is not Outcome.REFUSED:
            return ""
        if result.code in UNSENT and leg.tries <= RETRIES:
            return ""
        return f"{leg.request.purpose.value} refused: {result.code}"

    def owns(self, tag: str) -> bool:
        return any(leg.request.tag == tag for leg in self.legs.values())

    def unproven(self, view: View, now: Nanos) -> tuple[Intent, ...]:
        """Legs that may still come to life although the venue does not show them yet."""
        return tuple(
            Intent(leg.request, leg.sent)
            for leg in self.legs.values()
            if leg.outcome not in (Outcome.ACCEPTED, Outcome.REFUSED)
            and not leg.absent
            and view.by_tag(leg.request.tag) is None
            and now - leg.sent < LATE
        )

    @property
    def changing(self) -> bool:
        """Whether any leg has been given another size."""
        return bool(self._sizes)

    def settled(self, view: View) -> bool:
        """Whether nothing about the legs is left to be done or to be seen."""
        if not view.agreed:
            return False
        size = abs(view.position or 0)
        kept = [rows for rows in (view.stops(), view.targets()) if any(_ours(row) for row in rows)]
        return all(left(rows) == size for rows in kept)

    def stops(self, order: Order) -> bool:
        """Whether an order is our stop leg."""
        return order.id in self._ids(Purpose.STOP)

    def since(self) -> Nanos | None:
        """When the first leg was sent."""
        return min((leg.sent for leg in self.legs.values()), default=None)

    def _find(self, view: View) -> None:
        for leg in self.legs.values():
            if leg.order is None and (row := view.by_tag(leg.request.tag)) is not None:
                leg.order = row.id

    def _ids(self, purpose: Purpose) -> tuple[int, ...]:
        leg = self.legs.get(purpose)
        return () if leg is None or leg.order is None else (leg.order,)

    def _cancel(self, orders: list[Order]) -> list[Request]:
        """Our own only, and each once: what is left after that, the sweep takes."""
        due = [o for o in orders if _ours(o) and o.id not in self.cancelled]
        self.cancelled |= {order.id for order in due}
        return [CancelOrder(self._contract, order.id) for order in due]

    def _fit(self, purpose: Purpose, rows: list[Order], view: View, now: Nanos) -> list[Request]:
        """Bring the working size of one kind to that of the position. The venue's own legs are its
        to size (gateway.md 3.7).
        """
        size = abs(view.position or 0)
        ours = [row for row in rows if _ours(row)]
        if any(self._changing(row, now) for row in ours):
            return []
        missing = size - left(rows)
        if missing > 0:
            return self._enlarge(purpose, ours, missing, view, now)
        said: list[Request] = []
        for row in ours:
            excess = min(-missing, row.size - row.filled)
            missing += excess
            if excess == row.size - row.filled > 0:
                said += self._cancel([row])
            elif excess:
                said.append(self._resize(row, row.size - excess, now))
        return said

    def _enlarge(
        self, purpose: Purpose, ours: list[Order], missing: int, view: View, now: Nanos
    ) -> list[Request]:
        if ours:
            return [self._resize(ours[0], ours[0].size + missing, now)]
        leg, distance = self.legs.get(purpose), self._distances[purpose]
        if distance is None:
            return []
        if leg is None or self._unsent(leg):
            tries = 1 if leg is None else leg.tries + 1
            request = self._written(purpose, missing, distance, view, tries)
            self.legs[purpose] = Leg(request, now, tries=tries)
            return [request]
        return []  # on its way, or ended by another hand: the cover's deadline decides

    def _unsent(self, leg: Leg) -> bool:
        return (leg.outcome is Outcome.REFUSED or leg.absent) and leg.tries <= RETRIES

    def _changing(self, row: Order, now: Nanos) -> bool:
        wanted, asked = self._sizes.get(row.id, (row.size, now))
        return wanted != row.size and now - asked < SEEN

    def _resize(self, row: Order, size: int, now: Nanos) -> Request:
        self._sizes[row.id] = (size, now)
        return ModifyOrder(self._contract, row.id, size)

    def _written(
        self, purpose: Purpose, size: int, distance: Ticks, view: View, tries: int
    ) -> PlaceOrder:
        """Tags end as the venue's own legs' do (gateway.md 5.3): whoever reads them knows a stop
        from a target. An average between two prices counts as the one nearer to the target.
        """
        side = view.closing_side()
        assert side is not None, "a leg closes a position"
        level = _whole(view.average, side.opposite) + distance
        suffix = "-SL" if purpose is Purpose.STOP else "-TP"
        is_stop = purpose is Purpose.STOP
        return PlaceOrder(
            contract=self._contract,
            tag=f"{self._tag}{suffix}{tries if tries > 1 else ''}",
            purpose=purpose,
            type=OrderType.STOP if is_stop else OrderType.LIMIT,
            side=side,
            size=size,
            limit=None if is_stop else level,
            stop=level if is_stop else None,
        )


def _ours(order: Order) -> bool:
    return order.parent is None


def _whole(average: int, side: Side) -> Ticks:
    """An average price in whole ticks: up for a long position, down for a short one."""
    return -(-average // FINE) if side is Side.BUY else average // FINE
