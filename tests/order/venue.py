"""A small venue, scripted by the test.

It is deliberately not tools.simulator: it does only what gateway.md 5.3 says of brackets and
closes, and every event's way to the room is the test's to bend.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial

from msgspec.structs import replace

from actors.runtime.ports import Answer
from messages.base import FINE, MILLISECOND, SECOND, Message, Nanos
from messages.market import Side
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    CloseResult,
    Fill,
    FillEvent,
    FillsFound,
    Intent,
    IntentsFound,
    ModifyOrder,
    ModifyResult,
    Order,
    OrderEvent,
    OrdersFound,
    OrderStatus,
    OrderType,
    Outcome,
    PlaceOrder,
    PlaceResult,
    Purpose,
    QueryFailed,
    QueryFills,
    QueryIntents,
    QueryOrders,
)
from messages.position import Position, PositionEvent, PositionsFound, QueryPositions
from tests.runtime.stage import Stage

MES = "CON.F.US.MES.Z26"
PRICE = 24_000
LATENCY = 5 * MILLISECOND
FILLING = 10 * MILLISECOND
ASKED: tuple[type[Message], ...] = (QueryOrders, QueryPositions, QueryFills, QueryIntents)

S, T = OrderStatus, OrderType
LEG = re.compile(r"-(SL|TP)\d*$")
STOPS = frozenset({T.STOP, T.STOP_LIMIT, T.TRAILING_STOP})


def prompt(number: int) -> Sequence[float]:
    """Every event arrives once, at once."""
    return (0.0,)


class Venue:
    """One contract. `way` says for the n-th event when its copies arrive, in seconds (none: lost).

    `placing` and `closing` say what happens to the next requests: "accept", "refuse", "lose the
    answer" or "lose the request" (both answered as unknown after `patience`).
    """

    pondering = 0.0
    """Seconds that the answer to a question for orders or positions takes."""

    def __init__(self, way: Callable[[int], Sequence[float]] = prompt) -> None:
        self.stage: Stage
        self.orders: dict[int, Order] = {}
        self.position = 0
        self.intents: tuple[Intent, ...] = ()
        """What the ledger knows of a predecessor; it is asked here too."""
        self.seen: list[int] = [0]
        """Every position there has been."""
        self.stops_cancelled_at: list[int] = []
        """The position that each open stop protected when its cancel was asked for."""
        self.closes: list[Nanos] = []
        """When a close was sent that the venue did not refuse."""
        self.requests: list[tuple[Nanos, Message]] = []
        self.placing = self.closing = self.cancelling = self.modifying = "accept"
        self.legs: dict[Purpose, str] = {}
        """What happens to orders of a purpose, where it is not what happens to all."""
        self.refusal = "Rejected"
        self.margin: int | None = None
        """Contracts that the account can pay for; None: any number."""
        self.patience = 5.0
        self.doubt = "timed_out"
        """The code of an answer that is lost."""
        self.travel = 0.0
        """Seconds that an order takes to the venue."""
        self.entry_fills = True
        self.parts: tuple[int, ...] = ()
        """In which sizes an entry fills, 0.1 s apart; empty: at once."""
        self.pairs = False
        """Whether every part of an entry brings children of its own, instead of larger ones."""
        self.hesitation = 0.0
        """Seconds by which the answer to an order comes after all that it tells of."""
        self.excess = 0
        """The most that working stops, or targets, were ever larger than the position."""
        self.children_open = True
        self.offset = 0.0
        """How far the position's average price lies above the price of its fills."""
        self.shift = 0
        """Ticks by which the venue places children wrongly."""
        self.fills: list[Fill] = []
        self.hides_orders = False
        """Whether searches find no order yet: a row may appear late (gateway.md 12.3)."""
        self.reads = True
        self.failure = "timed_out"
        """How questions fail while `reads` is false."""
        self.old_positions = 0
        """How many of the next questions for positions are answered from before the last move."""
        self._way = way
        self._events = 0
        self._ids = 100
        self._fills = 0

    # What the test makes happen

    def fall_silent(self) -> None:
        """No event reaches the room from now on."""
        self._way = lambda number: ()

    def lose(self, kind: OrderType) -> None:
        """Cancel the working child of a kind."""
        for order in self.legs_working():
            if order.type is kind:
                self.put(replace(order, status=S.CANCELLED))

    def hit(self, kind: OrderType, size: int | None = None) -> None:
        """Fill a bracket's leg, all of it or a part; the venue cancels the other of its own some 12
        ms later.
        """
        legs = [o for o in self.legs_working() if o.status is S.OPEN]
        leg = next((o for o in legs if o.type is kind), None)
        if leg is None:
            return
        self.fill(leg, size)
        if leg.parent is not None:
            self.stage.at(0.012, lambda: self._cancel_siblings(leg))

    def legs_working(self) -> list[Order]:
        """Working legs, the venue's own or the engine's."""
        return [o for o in self.working() if o.tag is not None and LEG.search(o.tag)]

    def by_hand(self, size: int) -> None:
        """Somebody else trades in the account."""
        self.move(size)

    def working(self) -> list[Order]:
        return [order for order in self.orders.values() if order.status.working]

    @property
    def covered(self) -> bool:
        side = Side.SELL if self.position > 0 else Side.BUY
        stops = [o for o in self.working() if o.type in STOPS and o.side is side]
        return sum(o.size - o.filled for o in stops if o.status is S.OPEN) >= abs(self.position)

    def sent(self, kind: type[Message]) -> list[Message]:
        return [message for _, message in self.requests if isinstance(message, kind)]

    # The port

    def handle(self, message: Message, now: Nanos, answer: Answer) -> None:
        if isinstance(message, QueryIntents):
            answer(now, IntentsFound(self.intents))
            return
        self.requests.append((now, message))
        told = now + LATENCY + round(self.pondering * SECOND)
        match message:
            case PlaceOrder():
                self._place(message, now, answer)
            case CancelOrder(contract, id):
                found = self.orders[id].status.working and self.cancelling == "accept"
                if found and self.orders[id].type in STOPS and self.orders[id].status is S.OPEN:
                    closing = self.orders[id].side * self.position < 0
                    self.stops_cancelled_at.append(self.position if closing else 0)
                if found:
                    self.put(replace(self.orders[id], status=S.CANCELLED))
                outcome = Outcome.ACCEPTED if found else Outcome.REFUSED
                answer(now + LATENCY, CancelResult(contract, id, outcome, "Success"))
            case ModifyOrder(contract, id, size):
                self._modify(contract, id, size, now, answer)
            case CloseContract(contract):
                self._close(contract, now, answer)
            case _ if not self.reads:
                assert isinstance(message, ASKED)
                name = type(message).__name__
                urgent = isinstance(message, QueryOrders | QueryPositions) and message.urgent
                answer(now + LATENCY, QueryFailed(name, self.failure, urgent=urgent))
            case QueryOrders(since):
                rows = tuple(
                    o
                    for o in self.orders.values()
                    if not self.hides_orders
                    if o.status.working or (since is not None and o.created >= since)
                )
                answer(told, OrdersFound(rows, now, since))
            case QueryFills(since):
                fills = tuple(fill for fill in self.fills if fill.stamp >= since)
                answer(now + LATENCY, FillsFound(fills, now, since))
            case QueryPositions():
                old, self.old_positions = self.old_positions > 0, max(0, self.old_positions - 1)
                size = self.seen[-2] if old else self.position
                held = (self._held(size),) if size else ()
                answer(told, PositionsFound(held, now))
            case _:
                raise AssertionError(message)

    def _place(self, order: PlaceOrder, now: Nanos, answer: Answer) -> None:
        def result(outcome: Outcome, id: int | None, code: str, text: str = "") -> PlaceResult:
            return PlaceResult(order.contract, order.tag, order.purpose, outcome, id, code, text)

        way = self.legs.get(order.purpose, self.placing)
        late = round((self.travel + self.hesitation) * SECOND)
        timeout = now + round(self.patience * SECOND)
        if self.margin is not None and order.size > self.margin:
            id = self._ids = self._ids + 10
            row = Order(id, MES, S.REJECTED, order.type, order.side, order.size, 0, now)
            self.put(replace(row, tag=order.tag))  # told before the answer is
            answer(now + LATENCY, result(Outcome.REFUSED, id, "insufficient_funds"))
            return
        if way == "refuse":
            answer(now + LATENCY, result(Outcome.REFUSED, None, "OrderRejected", self.refusal))
            return
        if way == "http_500":  # and not handled
            answer(now + LATENCY, result(Outcome.UNKNOWN, None, "http_500"))
            return
        if way == "not_sent":
            answer(now + LATENCY, result(Outcome.REFUSED, None, "not_sent"))
            return
        if way == "lose the request":
            answer(timeout, result(Outcome.UNKNOWN, None, "timed_out"))
            return
        id = self._ids = self._ids + 10
        self.stage.at(self.travel, lambda: self._accept(id, order))
        if way == "accept":
            answer(now + late + LATENCY, result(Outcome.ACCEPTED, id, "Success"))
        else:
            answer(timeout, result(Outcome.UNKNOWN, None, self.doubt))

    def _accept(self, id: int, order: PlaceOrder) -> None:
        now = self.stage.now
        status = S.PENDING if order.type is T.MARKET else S.OPEN
        other = order.side.opposite
        entry = Order(id, MES, status, order.type, order.side, order.size, 0, now, order.limit)
        entry = replace(entry, tag=order.tag, stop=order.stop)
        if order.purpose is not Purpose.ENTRY:
            self.put(replace(entry, status=S.OPEN))
            return
        if order.stop_bracket is None:
            self.put(entry)
            self._fill_entry(id, order)
            return
        stop = Order(id + 1, MES, S.SUSPENDED, T.STOP, other, order.size, 0, now)
        stop = replace(stop, tag=f"{order.tag}-SL", parent=id)
        target = replace(stop, id=id + 2, type=T.LIMIT, tag=f"{order.tag}-TP", linked=id + 1)
        for row in (stop, entry, target):
            self.put(row)
        self._fill_entry(id, order)

    def _fill_entry(self, id: int, order: PlaceOrder) -> None:
        if not self.entry_fills:
            return
        for number, size in enumerate(self.parts or (order.size,)):
            when = FILLING / SECOND + 0.1 * number
            self.stage.at(when, partial(self._enter, id, order, size))

    def _enter(self, id: int, order: PlaceOrder, size: int) -> None:
        if not self.orders[id].status.working:
            return
        first = not self.orders[id].filled
        self.fill(self.orders[id], size)
        if order.stop_bracket is None:
            return
        if first and self.children_open:
            self.stage.at(0.011, lambda: self._activate(id, order))
        elif not first and self.pairs:
            self.stage.at(0.011, lambda: self._pair(id, order, size))
        elif not first:
            for leg in (self.orders[id + 2], self.orders[id + 1]):
                if leg.status is S.OPEN:
                    self.put(replace(leg, size=leg.size + size))

    def _activate(self, id: int, order: PlaceOrder) -> None:
        assert order.stop_bracket is not None
        assert order.target_bracket is not None
        filled = self.orders[id].filled
        target = replace(self.orders[id + 2], size=filled)
        stop = replace(self.orders[id + 1], size=filled)
        if target.status is S.SUSPENDED:
            self.put(replace(target, status=S.OPEN, limit=PRICE + order.target_bracket))
        if stop.status is S.SUSPENDED:
            self.put(replace(stop, status=S.OPEN, stop=PRICE + order.stop_bracket + self.shift))

    def _pair(self, id: int, order: PlaceOrder, size: int) -> None:
        """Children of one part of the entry, beside those of the others."""
        assert order.stop_bracket is not None
        assert order.target_bracket is not None
        number = sum(row.parent == id for row in self.orders.values())
        rest = {"size": size, "filled": 0, "status": S.OPEN, "created": self.stage.now}
        stop = replace(self.orders[id + 1], id=id + number + 1, **rest)
        stop = replace(stop, tag=f"{order.tag}-SL{number}", stop=PRICE + order.stop_bracket)
        target = replace(self.orders[id + 2], id=stop.id + 1, linked=stop.id, **rest)
        target = replace(target, tag=f"{order.tag}-TP{number}", limit=PRICE + order.target_bracket)
        for row in (target, stop):
            self.put(row)

    def _close(self, contract: str, now: Nanos, answer: Answer) -> None:
        """The size is read at acceptance and filled some 20 ms later: two closes can cross zero."""
        timeout = now + round(self.patience * SECOND)
        if self.closing != "refuse" and self.position:
            self.closes.append(now)
        if self.closing == "lose the request":
            answer(timeout, CloseResult(contract, Outcome.UNKNOWN, "timed_out"))
            return
        if self.closing == "refuse" or not self.position:
            answer(now + LATENCY, CloseResult(contract, Outcome.REFUSED, "PositionNotFound"))
            return
        id = self._ids = self._ids + 10
        side = Side.SELL if self.position > 0 else Side.BUY
        order = Order(id, MES, S.PENDING, T.MARKET, side, abs(self.position), 0, now)
        self.put(order)
        self.stage.at(0.020, lambda: self.fill(self.orders[id]))
        if self.closing == "accept":
            answer(now + LATENCY, CloseResult(contract, Outcome.ACCEPTED, "Success"))
        else:
            answer(timeout, CloseResult(contract, Outcome.UNKNOWN, "timed_out"))

    def _modify(self, contract: str, id: int, size: int, now: Nanos, answer: Answer) -> None:
        def result(outcome: Outcome, code: str) -> ModifyResult:
            return ModifyResult(contract, id, outcome, code)

        timeout = now + round(self.patience * SECOND)
        if self.modifying == "lose the request":
            answer(timeout, result(Outcome.UNKNOWN, "timed_out"))
        elif self.modifying == "refuse" or self.orders[id].status is not S.OPEN:
            answer(now + LATENCY, result(Outcome.REFUSED, "rejected"))
        else:
            self.put(replace(self.orders[id], size=size, updated=now))
            if self.modifying == "accept":
                answer(now + LATENCY, result(Outcome.ACCEPTED, "success"))
            else:
                answer(timeout, result(Outcome.UNKNOWN, "timed_out"))

    # The books and their events

    def put(self, order: Order) -> None:
        self.orders[order.id] = order
        self._measure()
        self._tell(lambda at: OrderEvent(order, at))

    def fill(self, order: Order, size: int | None = None) -> None:
        left = order.size - order.filled
        size = left if size is None else min(size, left)
        self._fills += 1
        id = 1_000 + self._fills
        fill = Fill(id, order.id, MES, order.side, size, PRICE, 6_200, None, self.stage.now)
        self.fills.append(fill)
        self._tell(lambda at: FillEvent(fill, at))
        status = S.FILLED if size == left else S.OPEN
        self.position += order.side * size
        self.put(replace(order, status=status, filled=order.filled + size))
        self.moved()

    def move(self, size: int) -> None:
        self.position += size
        self.moved()

    def moved(self) -> None:
        self.seen.append(self.position)
        self._measure()
        position = self._held(self.position)
        self._tell(lambda at: PositionEvent(position, at))

    def _measure(self) -> None:
        self.excess = max(self.excess, self.over)

    @property
    def over(self) -> int:
        """How much could be closed beyond the position by one kind of leg."""
        most = 0
        for kinds in (STOPS, {T.LIMIT}):
            closing = [
                o.size - o.filled
                for o in self.working()
                if o.type in kinds and o.side * self.position < 0 and o.status is S.OPEN
            ]
            if self.position:
                most = max(most, sum(closing) - abs(self.position))
        return most

    def _held(self, size: int) -> Position:
        return Position(MES, size, round((PRICE + self.offset) * FINE))

    def position_event(self) -> Callable[[], PositionEvent]:
        """What the hub would say of the position now; said whenever it is called."""
        position = self._held(self.position)
        return lambda: PositionEvent(position, self.stage.now)

    def _cancel_siblings(self, leg: Order) -> None:
        for order in self.working():
            if order.linked == leg.id or leg.linked == order.id:
                self.put(replace(order, status=S.CANCELLED))

    def _tell(self, event: Callable[[Nanos], Message]) -> None:
        self._events += 1
        for delay in self._way(self._events):
            self.stage.at(0.003 + delay, lambda: self.stage.emit(event(self.stage.now)))
