"""When a connection that is no good is given up."""

from itertools import pairwise

from actors.hub.pace import FIRST, MOST, PROVEN, Pace
from messages.base import SECOND, Nanos

BEAT = 5 * SECOND
T = 1_000 * SECOND


def given_up(pace: Pace, good: bool, since: Nanos, beats: int) -> list[Nanos]:
    """When it is given up over so many heartbeats."""
    times = [since + beat * BEAT for beat in range(beats)]
    return [now for now in times if pace.judge(good, now)]


def test_one_bad_heartbeat_is_chance_and_two_in_a_row_are_not() -> None:
    pace = Pace()
    assert not pace.judge(False, T)
    assert not pace.judge(True, T + BEAT)
    assert not pace.judge(False, T + 2 * BEAT)
    assert pace.judge(False, T + 3 * BEAT)


def test_a_fresh_connection_has_its_own_two() -> None:
    pace = Pace()
    assert not pace.judge(False, T)
    pace.anew()
    assert not pace.judge(False, T + BEAT)
    assert pace.judge(False, T + 2 * BEAT)


def test_a_venue_that_stays_bad_is_tried_more_and_more_rarely_but_within_a_minute() -> None:
    times = given_up(Pace(), False, T, 100)
    gaps = [later - sooner for sooner, later in pairwise(times)]
    assert gaps[:3] == [FIRST, 2 * FIRST, MOST]
    assert set(gaps[2:]) == {MOST}
    assert MOST < 60 * SECOND


def test_a_good_while_forgets_what_was_and_a_short_one_does_not() -> None:
    for good, expected in ((PROVEN // BEAT, 4 * FIRST), (PROVEN // BEAT + 1, FIRST)):
        pace = Pace()
        given_up(pace, False, T, 5)  # twice, so that the next doubling is the most
        given_up(pace, True, T + 5 * BEAT, good)
        first, second = given_up(pace, False, T + (5 + good) * BEAT, 11)[:2]
        assert second - first == expected
