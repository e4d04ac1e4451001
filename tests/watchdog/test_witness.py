"""One stream that tells of another's end, to the nanosecond."""

from actors.watchdog.witness import SLACK, Witness
from messages.base import SECOND

T0 = 1_000 * SECOND


def test_two_streams_may_tell_of_one_event_a_second_apart_and_no_more() -> None:
    assert SLACK == 1 * SECOND
    for late, proven in ((SLACK - 1, False), (SLACK, True)):
        witness = Witness()
        witness.show(T0)
        witness.move(T0 + late)
        witness.move(T0 + 2 * SLACK)
        assert bool(witness.dead_for(T0 + 9 * SLACK)) is proven


def test_the_second_move_has_its_time_to_be_shown_too() -> None:
    witness = Witness()
    witness.show(T0)
    witness.move(T0 + 2 * SECOND)
    witness.move(T0 + 3 * SECOND)
    assert witness.dead_for(T0 + 3 * SECOND + SLACK - 1) == 0
    assert witness.dead_for(T0 + 3 * SECOND + SLACK) == 1 * SECOND + SLACK
