"""How orders meet the market. The market is recorded or generated and does not feel them.

The vendor's engine rules are unpublished; these are ours (gateway.md 12, simulator 6):
market orders fill at the opposite best, one displayed level after the other; a marketable limit
likewise within its price; a resting limit at its own price, when the market trades through it or
crosses it, or when the prints at its price have consumed the displayed size queued before it;
stops trigger on the last trade and then fill as market orders, so they slip.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Protocol

from tools.simulator.agenda import Agenda
from tools.simulator.book import Book
from tools.simulator.checks import beyond
from tools.simulator.conditions import Conditions
from tools.simulator.market import Print
from tools.simulator.orders import Order, OrderType, Side, Status
from tools.simulator.stamps import MILLISECOND

STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
Range = tuple[int, int]


@dataclass(frozen=True)
class Delays:
    """Seeded delays, ns, as (least, most); the spans are those captured (gateway.md 5.3)."""

    fill: Range = (5 * MILLISECOND, 40 * MILLISECOND)
    part: Range = (1 * MILLISECOND, 3 * MILLISECOND)
    children: Range = (18 * MILLISECOND, 30 * MILLISECOND)
    sibling: Range = (10 * MILLISECOND, 15 * MILLISECOND)
    notice: Range = (0, 3 * MILLISECOND)
    answer: Range = (MILLISECOND // 2, 3 * MILLISECOND)
    position: int = 4 * MILLISECOND


class Market(Protocol):
    """What matching sees of one contract: the displayed book and the last price."""

    book: Book
    last: int | None


class Matcher:
    """Working orders of all accounts against the markets. Fills are handed to `settle`."""

    def __init__(
        self,
        markets: Mapping[str, Market],
        agenda: Agenda,
        delays: Delays,
        rng: Random,
        conditions: Conditions,
        changed: Callable[[int, Order], None],
        settle: Callable[[int, Order, int, int], None],
    ) -> None:
        self._markets = markets
        self._agenda = agenda
        self._delays = delays
        self._rng = rng
        self._conditions = conditions
        self._changed = changed
        self._settle = settle
        self.resting: defaultdict[str, dict[int, Order]] = defaultdict(dict)

    def after(self, now: int, span: Range, task: Callable[[int], None]) -> None:
        """Run `task` a seeded time from now."""
        self._agenda.add(now + self._rng.randint(*span), task)

    def submit(self, now: int, order: Order) -> None:
        """Accept an order: its size is read against the book now, it fills or rests later."""
        order.in_flight = order.type == OrderType.MARKET
        order.armed = order.type in STOPS
        parts = self._parts(now, order)
        self.after(now, self._delays.fill, lambda at: self._arrive(at, order, parts))

    def withdraw(self, order: Order) -> None:
        self.resting[order.contract.id].pop(order.id, None)

    def rest(self, now: int, order: Order, *, spent: bool = False) -> None:
        """Let an order work: queue it behind what is displayed, and test it against the market.

        `spent`: it has just taken what was displayed within its price, and waits for more.
        """
        market = self._markets[order.contract.id]
        if order.status is not Status.OPEN:
            order.status, order.updated = Status.OPEN, now
            self._changed(now, order)
        self.resting[order.contract.id][order.id] = order
        if order.armed:
            self._test_stop(now, order, market.last)
        elif order.limit is not None:
            own = market.book.bids if order.side is Side.BUY else market.book.asks
            order.ahead = own.get(order.limit, 0)
            if not spent and self._marketable(order):
                self.withdraw(order)
                self._take(now, order, self._parts(now, order))

    def printed(self, contract: str, trade: Print) -> None:
        """A market print: stops may trigger, queues shrink, limits may fill."""
        for order in tuple(self.resting[contract].values()):
            if order.status is not Status.OPEN:
                continue  # a fill before it cancelled it
            if order.armed:
                self._trail(trade.at, order, trade.price)
                self._test_stop(trade.at, order, trade.price)
            else:
                self._test_limit(order, trade)

    def moved(self, contract: str, now: int) -> None:
        """The best prices moved: a resting limit that is crossed fills at its own price."""
        for order in tuple(self.resting[contract].values()):
            if order.armed or order.limit is None or order.status is not Status.OPEN:
                continue
            if self._marketable(order):
                self._settle(now, order, order.limit, self._share(now, order))

    def _parts(self, now: int, order: Order) -> list[int]:
        """An order's size by displayed levels, or in the parts a fault makes of it."""
        chance = self._conditions.splits(now, order)
        if chance is not None:
            first = chance.randint(1, order.left - 1)
            return [first, order.left - first]
        book = self._markets[order.contract.id].book
        return book.taken(order.side.sign, order.left)

    def _share(self, now: int, order: Order) -> int:
        """How much of a resting limit the market takes when it trades through: all of it."""
        chance = self._conditions.splits(now, order)
        return order.left if chance is None else chance.randint(1, order.left - 1)

    def _arrive(self, now: int, order: Order, parts: list[int]) -> None:
        if not order.status.working:
            return  # cancelled on the way
        if order.armed or (order.limit is not None and not self._marketable(order)):
            self.rest(now, order)
        else:
            self._take(now, order, parts)

    def _marketable(self, order: Order) -> bool:
        best = self._markets[order.contract.id].book.opposite(order.side.sign)
        if best is None or order.limit is None:
            return order.limit is None
        return (order.limit - best) * order.side.sign >= 0

    def _take(self, now: int, order: Order, parts: list[int], depth: int = 0) -> None:
        """Fill one part at the opposite level of its depth; the next follows within ms."""
        if not order.status.working:
            return
        price = self._opposite(order, depth)
        if order.limit is not None and (order.limit - price) * order.side.sign < 0:
            self.rest(now, order, spent=depth > 0)
            return
        last = depth + 1 >= len(parts)
        size = order.left if last else min(parts[depth], order.left)
        self._settle(now, order, price, size)
        if order.left:
            self.after(now, self._delays.part, lambda at: self._take(at, order, parts, depth + 1))

    def _opposite(self, order: Order, depth: int) -> int:
        market = self._markets[order.contract.id]
        best = market.book.opposite(order.side.sign)
        if best is None:  # the side emptied after acceptance: the last price stands in for it
            if market.last is None:
                raise RuntimeError(f"{order.contract.id}: an accepted order found no price")
            return market.last
        if not depth:
            return best
        levels = market.book.levels(-order.side.sign)
        return levels[min(depth, len(levels) - 1)][0]

    def _test_limit(self, order: Order, trade: Print) -> None:
        if order.limit is None:
            return
        through = (order.limit - trade.price) * order.side.sign
        if through > 0:
            self._settle(trade.at, order, order.limit, self._share(trade.at, order))
        elif through == 0 and trade.side != order.side.sign:
            order.ahead -= trade.size
            if order.ahead < 0:
                size = min(order.left, -order.ahead)
                order.ahead = 0
                self._settle(trade.at, order, order.limit, size)

    def _trail(self, now: int, order: Order, price: int) -> None:
        if order.trail is None or order.stop is None:
            return
        level = price + order.trail * order.side.sign
        if (level - order.stop) * order.side.sign < 0:
            order.stop = level
            self._changed(now, order)

    def _test_stop(self, now: int, order: Order, last: int | None) -> None:
        if last is None or order.stop is None or not beyond(order.side, order.stop, last):
            return
        order.armed = False
        order.in_flight = order.type != OrderType.STOP_LIMIT
        self.withdraw(order)
        parts = self._parts(now, order)
        self.after(now, self._delays.fill, lambda at: self._arrive(at, order, parts))
