"""The small policies: how often a child may be restarted, what forbids entries, who has hung."""

from actors.runtime.runtime import Progress
from actors.supervision.intensity import Intensity
from actors.supervision.latches import Latches
from actors.supervision.progress import Stalls
from messages.base import SECOND
from messages.control import Latch, Unlatch


def test_at_most_so_many_restarts_in_any_period() -> None:
    intensity = Intensity(3, 60)
    assert [intensity.allows(at) for at in (0, 10, 20, 59)] == [True, True, True, False]
    assert intensity.allows(60)  # the first is a whole period ago
    assert not intensity.allows(69)
    assert intensity.allows(70)


def test_a_refused_restart_is_not_counted() -> None:
    intensity = Intensity(1, 60)
    assert intensity.allows(0)
    assert not intensity.allows(59)
    assert intensity.allows(60)


def test_a_latch_is_set_once_and_lifted_by_its_own_code_alone() -> None:
    latches = Latches()
    assert not latches
    assert latches.set("a", "x") == [Latch("a", "x")]
    assert latches.set("a", "y") == []
    assert latches.set("b", "z") == [Latch("b", "z")]
    assert latches.words() == "a: x; b: z"
    assert latches.again() == [Latch("a", "x"), Latch("b", "z")]
    assert latches.lift("c", "") == []
    assert latches.lift("a", "why") == [Unlatch("a", "why")]
    assert latches
    assert latches.lift("a", "why") == []
    latches.lift("b", "")
    assert not latches


def row(handled: int, queued: int = 1, running: str = "", generation: int = 1) -> Progress:
    return Progress("bar", generation, handled, queued, running, 0)


LIMIT = 2 * SECOND


def test_an_actor_with_work_that_finishes_nothing_for_the_limit_has_hung() -> None:
    stalls = Stalls(LIMIT)
    assert stalls.check([row(5)], 0) == []
    assert stalls.check([row(5)], LIMIT - 1) == []
    assert stalls.check([row(5)], LIMIT) == [row(5)]


def test_a_message_in_hand_is_work() -> None:
    stalls = Stalls(LIMIT)
    stuck = row(5, queued=0, running="Quote")
    assert stalls.check([stuck], 0) == []
    assert stalls.check([stuck], LIMIT) == [stuck]


def test_an_actor_without_work_or_with_progress_or_just_replaced_has_not() -> None:
    stalls = Stalls(LIMIT)
    for at in range(0, 10 * LIMIT, LIMIT // 2):
        assert stalls.check([row(5, queued=0)], at) == []
    now = 10 * LIMIT
    assert stalls.check([row(5)], now) == []
    assert stalls.check([row(6)], now + LIMIT) == []
    assert stalls.check([row(6, generation=2)], now + 2 * LIMIT) == []
    assert stalls.check([row(6, generation=2)], now + 3 * LIMIT - 1) == []
    assert stalls.check([row(6, generation=2)], now + 3 * LIMIT) != []
