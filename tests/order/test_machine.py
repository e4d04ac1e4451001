"""Whatever happens in whatever order, the desk keeps its promises against a small venue."""

import os

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from messages.control import Flatten, Flattened, Latch, Unlatch
from messages.decision import SignalKind
from messages.order import OrderStatus, OrderType, Phase, PlaceOrder, Purpose, QueryOrders
from messages.position import QueryPositions
from tests.order.bench import LIMIT_RULES, MANUAL, RULES, Room, Venue

pytestmark = pytest.mark.slow

MOST = 3
ENTRIES = (SignalKind.LONG_ENTRY, SignalKind.SHORT_ENTRY)
EXITS = (SignalKind.EXIT_LONG, SignalKind.EXIT_SHORT, SignalKind.FLATTEN)
LEGS = st.sampled_from([OrderType.STOP, OrderType.LIMIT])
WAYS = st.sampled_from(["accept", "accept", "lose the answer", "lose the request", "refuse"])
LEG_WAYS = st.one_of(WAYS, st.sampled_from(["http_500", "not_sent"]))
DELAYS = st.lists(st.sampled_from([0.0, 0.0, 0.02, 0.3, 1.2]), max_size=2)
THEN = st.sampled_from([0.3, 0.3, 0.02, 0.0])
"""How long the desk is then left alone, so that most entries and exits come to something."""
PARTS = st.sampled_from([(), (1,), (1, 1), (1, 1, 1), (2, 1)])


class Desk(RuleBasedStateMachine):
    """One contract under everything that a venue and other hands can do to it."""

    @initialize(
        manual=st.booleans(),
        limit=st.booleans(),
        protect=st.booleans(),
        start=st.sampled_from([True, False]),
    )
    def begin(self, *, manual: bool, limit: bool, protect: bool, start: bool) -> None:
        self.delays: list[float] = [0.0]
        self.venue = Venue(lambda number: tuple(self.delays))
        self.venue.patience = 1.5
        rules = MANUAL if manual else RULES
        rules = replace(rules, order_type=LIMIT_RULES.order_type if limit else rules.order_type)
        rules = replace(rules, adopted=(16, 24) if protect else None)
        self.room = Room(self.venue, rules, flatten_on_start=start)
        self.limit = limit
        self.flattens = 0
        self.latched = False
        self.room.start()

    @rule(kind=st.sampled_from(ENTRIES), size=st.integers(1, MOST), parts=PARTS, then=THEN)
    def enter(self, kind: SignalKind, size: int, parts: tuple[int, ...], then: float) -> None:
        """A limit order may fill in part only, a market order fills whole."""
        whole = size if not self.limit else sum(parts)
        self.venue.parts = parts if sum(parts) == min(whole, size) else ()
        self.room.approve(kind, size)
        self.room.run(then)

    @rule(kind=st.sampled_from(EXITS), then=THEN)
    def leave(self, kind: SignalKind, then: float) -> None:
        self.room.approve(kind)
        self.room.run(then)

    @rule()
    def flatten(self) -> None:
        self.flattens += 1
        self.room.stage.send(Flatten(self.flattens, "asked"))

    @rule(on=st.booleans())
    def latch(self, *, on: bool) -> None:
        self.latched = on
        self.room.stage.send(Latch("a", "") if on else Unlatch("a", ""))

    @rule(seconds=st.sampled_from([0.001, 0.005, 0.012, 0.03, 0.1, 0.4, 1.0, 3.0, 6.0]))
    def wait(self, seconds: float) -> None:
        self.room.run(seconds)

    @rule(kind=LEGS, size=st.sampled_from([None, 1]))
    def hit(self, kind: OrderType, size: int | None) -> None:
        """Not where other hands and both legs together would have gone too far."""
        legs = [leg for leg in self.venue.legs_working() if leg.type is kind]
        if all(abs(self.venue.position + leg.side * leg.size) <= MOST for leg in legs):
            self.venue.hit(kind, size)

    @rule(kind=LEGS)
    def lose(self, kind: OrderType) -> None:
        self.venue.lose(kind)

    @precondition(lambda self: self.venue.position)
    @rule()
    def close_by_hand(self) -> None:
        self.venue.by_hand(-self.venue.position)

    @rule(ticks=st.integers(-40, 40))
    def move_a_stop_by_hand(self, ticks: int) -> None:
        for row in self.venue.legs_working():
            if row.stop is not None and row.status is OrderStatus.OPEN:
                stamp = self.room.stage.now
                self.venue.put(replace(row, stop=row.stop + ticks, updated=stamp))

    @rule(
        placing=WAYS, leg=LEG_WAYS, closing=WAYS, cancelling=st.sampled_from(["accept", "refuse"])
    )
    def answer_so(self, placing: str, leg: str, closing: str, cancelling: str) -> None:
        self.venue.placing, self.venue.closing, self.venue.cancelling = placing, closing, cancelling
        self.venue.modifying = leg
        self.venue.legs = {Purpose.STOP: leg, Purpose.TARGET: leg}

    @rule(delays=DELAYS)
    def tell_so(self, delays: list[float]) -> None:
        self.delays = delays

    @rule(reads=st.booleans())
    def read_so(self, *, reads: bool) -> None:
        self.venue.reads = reads

    @rule()
    def restart(self) -> None:
        """A new room is told the latches and the flattens under way, as the supervisor does."""
        self.room.stage.restart()
        if self.latched:
            self.room.stage.send(Latch("a", ""))
        answered = {done.number for done in self.room.stage.said(Flattened)}
        for number in set(range(1, self.flattens + 1)) - answered:
            self.room.stage.send(Flatten(number, "asked"))

    @invariant()
    def never_beyond_the_maximum_either_way(self) -> None:
        if not hasattr(self, "venue"):
            return
        assert all(abs(size) <= MOST for size in self.venue.seen)

    @invariant()
    def one_order_a_tag_and_one_entry_a_verdict(self) -> None:
        if not hasattr(self, "venue"):
            return
        sent = self.room.stage.said(PlaceOrder)
        assert len({order.tag for order in sent}) == len(sent)
        accepted = [o.tag for o in self.venue.orders.values() if o.tag is not None]
        assert len(set(accepted)) == len(accepted)

    @invariant()
    def no_stop_is_cancelled_under_a_position(self) -> None:
        if not hasattr(self, "venue"):
            return
        assert not any(self.venue.stops_cancelled_at)

    def teardown(self) -> None:
        """When everything works again, it is flat or protected, and every flatten was answered."""
        if not hasattr(self, "venue"):
            return
        venue, room = self.venue, self.room
        venue.reads, self.delays, venue.legs = True, [0.0], {}
        venue.placing = venue.closing = venue.cancelling = venue.modifying = "accept"
        room.run(20)
        room.stage.send(QueryOrders(), QueryPositions())  # the position room's reconciliation
        room.run(20)
        if room.phase is Phase.PROTECTED:
            assert venue.covered
            assert venue.position
            assert venue.over == 0
        else:
            assert room.phase is Phase.FLAT
            assert venue.position == 0
            assert not venue.working()
        answered = [done.number for done in room.stage.said(Flattened)]
        assert len(answered) == len(set(answered))
        assert set(answered) == set(range(1, self.flattens + 1))


Desk.TestCase.settings = settings(
    max_examples=int(os.environ.get("MACHINE_EXAMPLES", "300")),
    stateful_step_count=25,
    deadline=None,
)
TestDesk = Desk.TestCase
