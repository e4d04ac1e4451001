"""What users of other engines suffered of orders, where no test of a single rule shows it whole."""

import pytest
from msgspec.structs import replace

from actors.order.entering import Rules
from messages.control import Flatten, Flattened, Latch
from messages.decision import Denial, Denied, SignalKind
from messages.order import (
    CloseContract,
    FillEvent,
    OrderEvent,
    OrderType,
    Phase,
    PlaceOrder,
    PlaceResult,
)
from tests.order.bench import (
    LIMIT_RULES,
    MANUAL,
    RULES,
    STOP,
    TARGET,
    Room,
    Venue,
    alarms,
    flat,
)

PROTECT = replace(RULES, adopted=(16, 24))


def working(event: OrderEvent) -> bool:
    """Whether it tells of an entry that works."""
    return event.order.type is OrderType.MARKET and event.order.status.working


@pytest.mark.parametrize("rules", [RULES, MANUAL])
@pytest.mark.parametrize("unheard", [-3, -1, 2])
def test_a_flatten_closes_what_the_venue_holds_not_what_was_heard(
    unheard: int, rules: Rules
) -> None:
    """Another hand has turned, closed or enlarged the position, and no event told of it."""
    heard = [0.0]
    room = Room(Venue(lambda number: tuple(heard)), rules).enter()
    heard[:] = []
    room.venue.by_hand(unheard)
    room.stage.send(Flatten(1, "asked"))
    room.run(2)
    assert flat(room)
    assert len(room.stage.said(Flattened)) == 1
    assert room.venue.seen[-2:] == ([1, 0] if unheard == -1 else [1 + unheard, 0])
    assert len(room.venue.closes) == (0 if unheard == -1 else 1)


@pytest.mark.parametrize("rules", [RULES, MANUAL])
def test_nothing_is_bought_again_after_a_flatten_and_a_latch_does_not_hold_it_back(
    rules: Rules,
) -> None:
    """The strategy goes on asking, during the flatten and after it."""
    room = Room(rules=rules).enter()
    room.stage.send(Latch("daily_loss", ""), Flatten(1, "daily loss"))
    for number in range(20):
        room.stage.at(number * 0.05, room.approve)
    room.run(1.5)
    assert flat(room)
    assert len(room.stage.said(Flattened)) == 1
    assert room.venue.seen == [0, 1, 0]
    assert {denied.code for denied in room.stage.said(Denied)} == {Denial.LATCHED}
    assert len(room.stage.said(Denied)) == 20


@pytest.mark.parametrize("rules", [RULES, MANUAL, PROTECT])
@pytest.mark.parametrize("kind", [SignalKind.LONG_ENTRY, SignalKind.SHORT_ENTRY])
def test_a_position_turned_by_hand_is_not_taken_for_covered_by_its_old_stop(
    kind: SignalKind, rules: Rules
) -> None:
    """It would add to what it is taken to protect."""
    room = Room(rules=rules).enter(kind)
    held = room.venue.position
    room.venue.by_hand(-2 * held)
    room.run(1)
    assert flat(room)
    assert set(room.venue.seen) == {0, held, -held}


@pytest.mark.parametrize(
    ("rules", "late"),
    [
        (RULES, ()),
        (RULES, (1, 2, 3)),
        (RULES, (1, 2, 3, 5)),
        (MANUAL, ()),
        (MANUAL, (1,)),
        (MANUAL, (1, 3)),
    ],
)
def test_a_fill_told_before_its_orders_acceptance_is_covered_without_it(
    rules: Rules, late: tuple[int, ...]
) -> None:
    """The answer comes a second late, the orders' own events (`late`, by number) 0.3 s: the
    working ones, and the one that says filled.
    """
    venue = Venue(lambda number: (0.3,) if number in late else (0.0,))
    venue.hesitation = 1.0
    room = Room(venue, rules).start()
    room.approve()
    room.run(0.1)
    assert room.stage.said(FillEvent)
    assert not [event for event in room.stage.said(OrderEvent) if working(event) and late]
    room.run(0.6)
    assert not room.stage.said(PlaceResult)
    assert venue.covered
    room.run(2)
    assert (room.phase, venue.position) == (Phase.PROTECTED, 1)
    assert Phase.UNKNOWN not in room.phases
    tags = [order.tag for order in room.stage.said(PlaceOrder)]
    assert len(tags) == len(set(tags)) == (3 if rules is MANUAL else 1)
    assert not alarms(room)


@pytest.mark.parametrize("kind", [SignalKind.LONG_ENTRY, SignalKind.SHORT_ENTRY])
@pytest.mark.parametrize("leg", [STOP, TARGET])
def test_children_of_each_part_of_an_entry_cover_it_together(
    leg: OrderType, kind: SignalKind
) -> None:
    """A target takes its part and its own stop along; a stop takes everything."""
    venue = Venue()
    venue.parts, venue.pairs = (1, 2), True
    room = Room(venue, LIMIT_RULES).start()
    room.approve(kind, size=3)
    room.run(1)
    assert (room.phase, abs(venue.position)) == (Phase.PROTECTED, 3)
    assert sorted(row.size for row in venue.working()) == [1, 1, 2, 2]
    room.run(5)
    assert room.phase is Phase.PROTECTED
    assert not room.stage.said(CloseContract)
    assert not alarms(room)
    venue.hit(leg)
    room.run(1)
    if leg is TARGET:
        assert (room.phase, abs(venue.position), venue.covered) == (Phase.PROTECTED, 2, True)
        venue.hit(leg)
        room.run(1)
    assert flat(room)
    assert 0 in {min(venue.seen), max(venue.seen)}, "never the other side"
