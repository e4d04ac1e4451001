"""An entry without an answer, where the order searches do not show it yet: positions and trades
tell of it too, and nothing is sent again.
"""

import pytest

from actors.order.inheritance import OVERLAP
from messages.control import AlarmKind, Flatten
from messages.order import CloseContract, OrderType, Phase, PlaceOrder, QueryFills, QueryOrders
from tests.order.bench import Room, Venue, alarms, flat


def room(placing: str = "lose the answer") -> Room:
    """Deaf, its entry unanswered, and no search finds an order."""
    venue = Venue(lambda number: ())
    venue.placing, venue.patience, venue.hides_orders = placing, 1.0, True
    made = Room(venue).start()
    made.approve()
    return made


def test_a_position_shows_it_and_its_bracket_is_looked_for_at_once() -> None:
    made = room()
    made.run(1.2)
    assert made.phase is Phase.UNKNOWN
    made.venue.hides_orders = False
    made.run(1.5)
    assert (made.phase, made.venue.position) == (Phase.PROTECTED, 1)
    assert not alarms(made)


@pytest.mark.parametrize("traded", [True, False])
def test_a_position_without_an_order_is_closed_by_the_deadline_of_its_bracket(traded: bool) -> None:
    """Whether the trades are told or not."""
    made = room()
    made.run(0.5)
    if not traded:
        made.venue.fills.clear()
    made.run(0.5 + 1.5 + 1)
    assert alarms(made) == [AlarmKind.BRACKET_LOST], "it waits for the ten seconds of the proof"
    assert len(made.venue.sent(CloseContract)) == 1
    made.venue.hides_orders = False
    made.run(15)
    assert flat(made)
    assert len(made.venue.sent(PlaceOrder)) == 1


def test_trades_tell_of_an_entry_that_its_bracket_has_ended() -> None:
    made = room()
    made.run(0.5)
    made.venue.hit(OrderType.LIMIT)
    made.run(12)
    assert flat(made)
    assert "entry filled and closed, by its trades" in made.reasons
    assert not alarms(made)
    assert len(made.venue.sent(PlaceOrder)) == 1


def test_trades_of_before_the_entry_tell_nothing_of_it() -> None:
    venue = Venue()
    made = Room(venue).enter()
    venue.hit(OrderType.LIMIT)
    made.run(8)
    assert flat(made)
    venue.placing, venue.patience, venue.hides_orders = "lose the request", 1.0, True
    made.approve()
    made.run(12)
    assert alarms(made) == [AlarmKind.UNKNOWN_OUTCOME]
    assert len(venue.sent(PlaceOrder)) == 2


def test_time_alone_proves_nothing_a_search_must_have_been_answered() -> None:
    made = room(placing="lose the request")
    made.venue.reads = False
    made.run(14)
    assert made.phase is not Phase.FLAT
    made.venue.reads = True
    made.venue.requests.clear()
    made.run(3)
    assert flat(made)
    searches = [asked for asked in made.venue.sent(QueryOrders) if isinstance(asked, QueryOrders)]
    assert any(asked.since is not None for asked in searches)


def test_it_is_looked_for_once_a_second() -> None:
    made = room(placing="lose the request")
    made.run(9.5)
    assert 8 <= len(made.venue.sent(QueryFills)) <= 10


def test_it_is_searched_for_from_before_its_sending_however_long_ago_that_is() -> None:
    made = room(placing="lose the request")
    sent = made.stage.now
    made.run(9.5)
    looks = [asked for asked in made.venue.sent(QueryOrders) if isinstance(asked, QueryOrders)]
    from_when = [look.since for look in looks if look.since is not None]
    assert len(from_when) > 8
    assert max(from_when) <= sent - OVERLAP


def test_a_fill_whose_position_is_still_to_be_told_is_no_trade_that_is_over() -> None:
    made = room()
    made.venue.old_positions = 2
    made.run(2.4)
    made.venue.hides_orders = False
    made.run(2)
    assert "entry filled and closed, by its trades" not in made.reasons
    assert (made.phase, made.venue.position) == (Phase.PROTECTED, 1)


def test_the_missing_answer_does_not_change_what_a_way_out_is_doing() -> None:
    made = room(placing="lose the request")
    made.run(0.5)
    made.stage.send(Flatten(1, "why"))
    made.run(20)
    assert made.phases[-3:] == [Phase.ENTERING, Phase.EXITING, Phase.FLAT]
