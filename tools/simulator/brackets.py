"""Bracket legs: suspended at placement, opened after the fill, one cancels the other.

Captured: gateway.md 5.3. Ours, where nobody knows: legs are sized to what of the entry is filled
and grow with it, or wait until all of it is (shapes.py); a part fill of one leg takes the same off
its sibling. A new size is a change like any other: it moves the stamp of the update.
"""

from collections.abc import Callable, Iterator

from tools.simulator.conditions import Conditions
from tools.simulator.matching import Delays, Matcher
from tools.simulator.orders import Bracket, Order, OrderType, Request, Status

Changed = Callable[[int, Order], None]
Cancel = Callable[[int, Order], None]


def legs(entry: Order, request: Request, ids: Iterator[int]) -> None:
    """Attach the suspended legs asked for to `entry`: the stop first, then the target."""
    stop = request.stop_loss and _leg(entry, next(ids), request.stop_loss, "-SL")
    target = request.take_profit and _leg(entry, next(ids), request.take_profit, "-TP")
    if stop and target:
        target.linked = stop.id
        stop.sibling, target.sibling = target, stop
    entry.children = tuple(leg for leg in (stop, target) if leg)


def _leg(entry: Order, number: int, bracket: Bracket, suffix: str) -> Order:
    return Order(
        id=number,
        account=entry.account,
        contract=entry.contract,
        type=bracket.type,
        side=entry.side.other,
        size=entry.size,
        created=entry.created,
        updated=entry.created,
        status=Status.SUSPENDED,
        tag=entry.tag and entry.tag + suffix,
        bracket=bracket.ticks,
        parent=entry.id,
    )


class Brackets:
    """What fills of entries and legs set off."""

    def __init__(
        self,
        matcher: Matcher,
        delays: Delays,
        conditions: Conditions,
        changed: Changed,
        cancel: Cancel,
    ) -> None:
        self._conditions = conditions
        self._matcher = matcher
        self._delays = delays
        self._changed = changed
        self._cancel = cancel

    def filled(self, now: int, order: Order, size: int) -> None:
        """`size` contracts of `order` were filled."""
        if order.children:
            self._entry_filled(now, order, size)
        sibling = order.sibling
        if sibling is not None:
            done = not order.left
            self._matcher.after(
                now, self._delays.sibling, lambda at: self._leg_filled(at, sibling, size, done)
            )

    def _entry_filled(self, now: int, entry: Order, size: int) -> None:
        if self._conditions.opens_legs(entry, size):
            self._matcher.after(now, self._delays.children, lambda at: self._open(at, entry))
            return
        for leg in entry.children:
            if leg.status is Status.OPEN:
                leg.size, leg.updated = leg.size + size, now
                self._changed(now, leg)

    def _open(self, now: int, entry: Order) -> None:
        """Give the legs their prices and let them work; the target's event comes first (5.3)."""
        average = entry.average
        if average is None:
            raise RuntimeError(f"order {entry.id}: legs opened before a fill")
        base = round(average)
        for leg in reversed(entry.children):
            if leg.status is not Status.SUSPENDED:
                continue
            level = base + (leg.bracket or 0)
            leg.size = entry.filled
            leg.reason = self._conditions.refuses_leg(now, leg)
            if leg.reason:
                leg.status, leg.updated = Status.REJECTED, now
                self._changed(now, leg)
                continue
            if leg.type == OrderType.LIMIT:
                leg.limit = level
            else:
                leg.stop, leg.armed = level, True
                leg.trail = abs(leg.bracket or 0) if leg.type == OrderType.TRAILING_STOP else None
            self._matcher.rest(now, leg)

    def _leg_filled(self, now: int, sibling: Order, size: int, done: bool) -> None:
        if sibling.status is not Status.OPEN or sibling.in_flight:
            return  # both legs may fill in a fast move
        if done or sibling.left <= size:
            self._cancel(now, sibling)
        else:
            sibling.size, sibling.updated = sibling.size - size, now
            self._changed(now, sibling)
