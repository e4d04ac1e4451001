"""The request budgets: 200 in 60 s, of which exits keep a share; 50 bars in 30 s."""

from gateway.limiter import BARS, CEILINGS, GENERAL, HISTORY, Lane, Limiter
from messages.base import SECOND

NOW = 1_795_176_000 * SECOND


def spend(limiter: Limiter, lane: Lane, now: int = NOW) -> int:
    granted = 0
    while limiter.permit(lane, now) == 0:
        granted += 1
    return granted


def test_entries_stop_where_the_reserve_begins() -> None:
    limiter = Limiter()
    assert spend(limiter, Lane.ENTRY) == 140
    assert spend(limiter, Lane.LOOKUP) == 40
    assert spend(limiter, Lane.EXIT) == 20


def test_exits_alone_may_use_the_whole_budget_and_no_more() -> None:
    limiter = Limiter()
    assert spend(limiter, Lane.EXIT) == CEILINGS[Lane.EXIT] == 200
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
    for number in range(200):
        assert limiter.permit(Lane.EXIT, NOW + number) == 0
    wait = limiter.permit(Lane.ENTRY, NOW + 200)
    assert limiter.permit(Lane.ENTRY, NOW + 200 + wait) == 0  # 60 have left the window by then
    assert wait == 60 + GENERAL - 200


def test_bars_have_a_budget_of_their_own() -> None:
    limiter = Limiter()
    assert spend(limiter, Lane.BARS) == BARS == 50
    assert limiter.permit(Lane.ENTRY, NOW) == 0
    assert limiter.permit(Lane.BARS, NOW + HISTORY) == 0


def test_no_window_of_a_minute_ever_holds_more_than_200() -> None:
    limiter = Limiter()
    left: list[int] = []
    for step in range(1800):
        now = NOW + step * SECOND // 10
        if limiter.permit(Lane.EXIT, now) == 0:
            left.append(now)
    assert all(
        sum(1 for other in left if at <= other < at + 60 * SECOND) <= 200 for at in left[::50]
    )
