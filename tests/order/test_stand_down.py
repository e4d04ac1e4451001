"""One way to flat at a time: two closes at once would open the other side."""

from typing import Any

from actors.order.actor import OrderActor
from actors.order.entering import Rules
from actors.runtime.clock import VirtualClock
from actors.runtime.delivery import Published, Record
from actors.runtime.virtual import VirtualRuntime
from messages.base import SECOND
from messages.control import Flatten, Flattened, FlattenFailed
from messages.market import Instrument
from messages.order import CloseContract, IntentsFound, OrdersFound, OrderType, Phase, PhaseChanged
from messages.position import Position, PositionsFound
from supervisor import wiring

START = 1_700_000_000 * SECOND
CONTRACT = Instrument("C", "C", "C", "0.25", 12_500)
RULES = Rules(OrderType.MARKET, 1, 5 * SECOND, 1_500_000_000)


class Stage:
    """The order room alone, with a venue that is told what to hold and never closes anything."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.held = 1
        clock = VirtualClock(START)
        self.runtime = VirtualRuntime(wiring(("C",)), clock, self.records.append, seed=1)
        for port in ("gateway", "queries", "hubs", "ledger"):
            self.runtime.open_port(port, self)
        self.runtime.spawn("order", OrderActor, (CONTRACT,), RULES, True)
        self.say = self.runtime.emitter("test")

    def handle(self, message: object, now: int, answer: Any) -> None:
        kind = type(message).__name__
        if kind == "QueryOrders":
            answer(now + 1, OrdersFound((), now))
        elif kind == "QueryIntents":
            answer(now, IntentsFound(()))
        elif kind == "QueryPositions":
            held = (Position("C", self.held, 0),) if self.held else ()
            answer(now + 1, PositionsFound(held, now))

    def run(self, seconds: int) -> None:
        self.runtime.run(self.runtime.clock.now + seconds * SECOND)

    def count(self, kind: type) -> int:
        return sum(isinstance(r, Published) and isinstance(r.message, kind) for r in self.records)

    def phase(self) -> Phase:
        messages = [r.message for r in self.records if isinstance(r, Published)]
        return [m for m in messages if isinstance(m, PhaseChanged)][-1].phase


def test_once_the_lane_has_taken_over_this_room_closes_nothing_and_claims_nothing() -> None:
    stage = Stage()
    stage.say(Flatten(1, "why"))
    stage.run(3)
    assert stage.count(CloseContract) > 0
    stage.say(FlattenFailed(1, "order", "its deadline has passed"))
    stage.run(0)
    closes = stage.count(CloseContract)
    stage.held = 0
    stage.run(5)
    assert stage.count(CloseContract) == closes
    assert stage.count(Flattened) == 0
    assert stage.phase() is Phase.UNKNOWN


def test_when_the_lane_says_flat_this_room_reads_the_venue_before_it_says_so_too() -> None:
    stage = Stage()
    stage.say(Flatten(1, "why"))
    stage.say(FlattenFailed(1, "order", "its deadline has passed"))
    stage.run(1)
    stage.held = 0
    stage.say(Flattened(1, "why", 5))
    stage.run(1)
    assert stage.phase() is Phase.FLAT


def test_when_the_lane_fails_this_room_tries_again() -> None:
    stage = Stage()
    stage.say(Flatten(1, "why"))
    stage.say(FlattenFailed(1, "order", "its deadline has passed"))
    stage.run(1)
    closes = stage.count(CloseContract)
    stage.say(FlattenFailed(1, "emergency", "no route"))
    stage.run(2)
    assert stage.count(CloseContract) > closes
    stage.held = 0
    stage.run(3)
    assert stage.count(Flattened) == 1
