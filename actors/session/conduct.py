"""How the engine kept the user's trading rules: brackets, orphans, size, daily loss, end of day."""

from datetime import datetime, time, timedelta

from actors.runtime.delivery import Published
from actors.session.breaches import Handlers, Spells
from actors.session.limits import Limits
from actors.session.remember import remember
from actors.session.units import NEW_YORK, new_york
from actors.session.venue import VenueView
from config.calendar import trade_date
from messages.base import Money, Nanos
from messages.decision import Approved
from messages.order import (
    Order,
    OrderEvent,
    OrdersFound,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Purpose,
)
from messages.position import DayFigures, PositionChanged, PositionMarked

_STOP, _TARGET = 1, 2
_BOTH = _STOP | _TARGET
_AT_WORK = frozenset({OrderStatus.OPEN, OrderStatus.FILLED})


class Conduct:
    """`looks` at `view` after each change of it. Counts are of entries."""

    def __init__(self, view: VenueView, limits: Limits) -> None:
        self.wrong_sizes = 0
        self.after_daily_loss = 0
        self.orphans = Spells()
        self.late: Nanos = 0
        self._view = view
        self._limits = limits
        self._approved: dict[str, int] = {}
        self._tags: dict[str, None] = {}
        self._legs: dict[int, int] = {}
        self._filled: dict[int, None] = {}
        self._realised: Money = 0
        self._open: dict[str, Money] = {}
        self._held: dict[str, Nanos] = {}

    def handlers(self) -> Handlers:
        return {
            "Approved": self._approve,
            "PlaceOrder": self._place,
            "OrderEvent": self._order,
            "OrdersFound": self._orders,
            "DayFigures": self._day,
            "PositionMarked": self._marked,
            "PositionChanged": self._changed,
        }

    @property
    def unbracketed(self) -> int:
        """Filled entries whose stop or target was never seen at work."""
        return sum(self._legs.get(entry, 0) != _BOTH for entry in self._filled)

    @property
    def entries(self) -> int:
        return len(self._filled)

    def look(self, at: Nanos) -> None:
        """The view may have changed."""
        for contract in self._view.contracts():
            orphans = next(self._view.orphans(contract), None) is not None
            self.orphans.mark(contract, orphans, at)
            if self._view.positions.get(contract, 0):
                self._held.setdefault(contract, at)
            elif (since := self._held.pop(contract, None)) is not None:
                self.late = max(self.late, self._lateness(since, at))

    def lateness(self, at: Nanos) -> Nanos:
        """The longest time a position was held past the flatten time, as of `at`."""
        return max([self.late, *(self._lateness(since, at) for since in self._held.values())])

    def _lateness(self, since: Nanos, until: Nanos) -> Nanos:
        flatten, start = self._limits.flatten_time, self._limits.session_start
        if flatten is None or start is None:
            return 0
        now = new_york(until)
        own, hours = _latest(flatten, now), self._limits.hours
        dues = [own] if _latest(start, now) <= own else []  # else the next session has begun
        venues = None if hours is None else hours.flat_by(trade_date(until))
        if venues is not None and venues <= until:
            dues.append(new_york(venues))
        if not dues:
            return 0
        past = round((now - max(min(dues), new_york(since))) / timedelta(microseconds=1))
        return past * 1_000

    def _approve(self, verdict: Approved, record: Published) -> None:
        self._approved[verdict.contract] = verdict.size
        if verdict.size and verdict.risk > self._limits.risk_per_trade:
            self.wrong_sizes += 1

    def _place(self, order: PlaceOrder, record: Published) -> None:
        if order.purpose is not Purpose.ENTRY:
            return
        remember(self._tags, order.tag, None)
        allowed = min(self._approved.get(order.contract, 0), self._limits.max_contracts)
        self.wrong_sizes += order.size > allowed
        loss = -(self._realised + sum(self._open.values()))
        self.after_daily_loss += loss >= self._limits.max_daily_loss

    def _order(self, event: OrderEvent, record: Published) -> None:
        self._seen(event.order)

    def _orders(self, found: OrdersFound, record: Published) -> None:
        for order in found.orders:
            self._seen(order)

    def _seen(self, order: Order) -> None:
        if order.parent is not None and order.status in _AT_WORK:
            leg = _TARGET if order.type is OrderType.LIMIT else _STOP
            remember(self._legs, order.parent, self._legs.get(order.parent, 0) | leg)
        elif order.tag in self._tags and order.filled:
            remember(self._filled, order.id, None)

    def _day(self, day: DayFigures, record: Published) -> None:
        self._realised = day.realised

    def _marked(self, mark: PositionMarked, record: Published) -> None:
        self._open[mark.contract] = mark.open

    def _changed(self, change: PositionChanged, record: Published) -> None:
        if not change.size:
            self._open.pop(change.contract, None)


def _latest(clock: time, now: datetime) -> datetime:
    """The newest instant at which New York's clocks showed `clock`."""
    today = datetime.combine(now.date(), clock, NEW_YORK)
    return today if today <= now else datetime.combine(now.date() - timedelta(1), clock, NEW_YORK)
