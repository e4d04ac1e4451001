"""The request budgets: 200 in 60 s, of which exits keep a share; 50 bars in 30 s."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.limiter import BARS, CEILINGS, GENERAL, HISTORY, Lane, Limiter
from messages.base import MILLISECOND, SECOND

NOW = 1_795_176_000 * SECOND


def spend(limiter: Limiter, lane: Lane, now: int = NOW) -> int:
    """How many are granted at once; a thousand are too many in any case."""
    granted = 0
    while granted < 1_000 and limiter.permit(lane, now) == 0:
        granted += 1
    return granted


def test_each_window_is_a_quarter_of_a_second_longer_than_the_venue_s() -> None:
    assert (GENERAL, HISTORY) == (60_250 * MILLISECOND, 30_250 * MILLISECOND)


def test_each_lane_stops_where_the_next_ones_share_begins() -> None:
    limiter = Limiter()
    assert spend(limiter, Lane.LOOKUP) == 100
    assert spend(limiter, Lane.ENTRY) == 40
    assert spend(limiter, Lane.URGENT) == 40
    assert spend(limiter, Lane.EXIT) == 10


def test_exits_alone_may_use_all_but_the_emergency_lanes_share_and_no_more() -> None:
    limiter = Limiter()
    assert spend(limiter, Lane.EXIT) == CEILINGS[Lane.EXIT] == 190
    assert limiter.permit(Lane.ENTRY, NOW) > 0


def test_tells_how_long_until_there_is_room() -> None:
    limiter = Limiter()
    for second in range(140):
        assert limiter.permit(Lane.ENTRY, NOW + second * SECOND // 10) == 0
    later = NOW + 14 * SECOND
    wait = limiter.permit(Lane.ENTRY, later)
    assert wait == NOW + GENERAL - later
    assert limiter.permit(Lane.ENTRY, later + wait - 1) == 1
    assert limiter.permit(Lane.ENTRY, later + wait) == 0
    assert limiter.permit(Lane.ENTRY, later + wait) > 0


def test_a_lower_lane_waits_until_the_total_is_below_its_ceiling() -> None:
    limiter = Limiter()
    for number in range(190):
        assert limiter.permit(Lane.EXIT, NOW + number) == 0
    wait = limiter.permit(Lane.ENTRY, NOW + 190)
    assert limiter.permit(Lane.ENTRY, NOW + 190 + wait) == 0  # 51 have left the window by then
    assert wait == 50 + GENERAL - 190


def test_bars_have_a_budget_of_their_own() -> None:
    limiter = Limiter()
    assert spend(limiter, Lane.BARS) == BARS == 50
    assert limiter.permit(Lane.ENTRY, NOW) == 0
    assert limiter.permit(Lane.BARS, NOW + HISTORY) == 0


def test_what_the_emergency_lane_sends_is_counted_and_never_refused() -> None:
    limiter = Limiter()
    for _ in range(185):
        limiter.record(NOW)
    assert limiter.permit(Lane.URGENT, NOW) == GENERAL
    assert spend(limiter, Lane.EXIT) == 5
    for _ in range(20):
        limiter.record(NOW)
    assert limiter.permit(Lane.EXIT, NOW) == GENERAL
    assert spend(limiter, Lane.EXIT, NOW + GENERAL) == 190


requests = st.lists(
    st.tuples(st.integers(0, 3 * SECOND), st.sampled_from(Lane), st.integers(1, 40)), max_size=120
)
"""(pause before, lane, how many are tried at once)."""


@given(requests)
def test_whatever_is_asked_no_window_holds_more_than_the_venue_takes(
    asked: list[tuple[int, Lane, int]],
) -> None:
    limiter, now = Limiter(), NOW
    left: list[int] = []
    bars: list[int] = []
    for pause, lane, times in asked:
        now += pause
        within = sum(at > now - GENERAL for at in left)
        for _ in range(times):
            granted = limiter.permit(lane, now) == 0
            if lane is Lane.BARS:
                bars += [now] * granted
                continue
            # A lane has room exactly as long as its ceiling is not reached: an exit always while
            # the reserve holds, and nothing beyond what its lane is given.
            assert granted == (within < CEILINGS[lane])
            within += granted
            left += [now] * granted
    assert most_within(left, 60 * SECOND) <= 190
    assert most_within(bars, 30 * SECOND) <= 50


def most_within(left: list[int], window: int) -> int:
    """The most departures in any window, ends included: the venue may see one early, one late."""
    most = first = 0
    for last, at in enumerate(left):
        while left[first] < at - window:
            first += 1
        most = max(most, last - first + 1)
    return most


@given(st.lists(st.tuples(st.integers(0, SECOND), st.sampled_from(Lane)), max_size=400))
def test_the_wait_that_is_told_is_exact(asked: list[tuple[int, Lane]]) -> None:
    limiter, now = Limiter(), NOW
    for pause, lane in asked:
        now += pause
        if wait := limiter.permit(lane, now):
            assert limiter.permit(lane, now + wait - 1) > 0
            now += wait
            assert limiter.permit(lane, now) == 0
