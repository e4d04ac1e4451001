"""A hub's health: its score on each side of every boundary, and its counts."""

from itertools import pairwise
from pathlib import Path

import pytest

from actors.hub.health import (
    FROZEN,
    SLOW,
    STOPS,
    STUCK,
    UNMEASURED,
    Findings,
    Health,
    Marks,
    score,
)
from messages.base import MILLISECOND, SECOND, Nanos
from messages.hub import (
    Hub,
    HubActivity,
    HubHealth,
    HubOpened,
    HubRefreshed,
    Stream,
    StreamHealth,
    StreamState,
)

T = 1_000 * SECOND
LATENCY = SECOND
MARKS = Marks(75, LATENCY)
DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"


def streams(*states: str) -> tuple[StreamHealth, ...]:
    return tuple(StreamHealth("any", StreamState(state), 0, 0.0, 0) for state in states)


@pytest.mark.parametrize(
    ("states", "points"),
    [
        (("moving", "moving", "moving"), 100),
        (("quiet", "quiet", "quiet"), 100),
        (("moving", "moving", "stopped"), 66),
        (("stopped", "moving", "stopped"), 33),
        (("stopped", "stopped", "stopped"), 0),
        (("moving", "stopped"), 50),
        (("stopped",), 0),
        (("quiet",), 100),
        ((), 100),
    ],
)
def test_the_score_is_the_share_of_streams_that_have_not_stopped(
    states: tuple[str, ...], points: int
) -> None:
    assert score(Findings(streams(*states)), LATENCY) == points


@pytest.mark.parametrize(
    ("slowest", "points"),
    [
        (0, 100),
        (LATENCY, 100),
        (LATENCY + 1, 99),
        (2 * LATENCY, 75),
        (2 * LATENCY + 1, 74),
        (5 * LATENCY - 1, 0),
        (5 * LATENCY, 0),
        (3_600 * SECOND, 0),
    ],
)
def test_a_slow_answer_costs_points_from_the_threshold_on(slowest: Nanos, points: int) -> None:
    late = StreamHealth("any", StreamState.MOVING, 0, 0.0, slowest)
    for found in (
        Findings(streams("moving"), round_trip=slowest),
        Findings(streams("moving"), unanswered=slowest),
        Findings((late,)),
        Findings((late,), slowest, slowest),
    ):
        assert score(found, LATENCY) == points
    assert SLOW == 25


def test_the_causes_add_up() -> None:
    two_of_three = streams("moving", "moving", "stopped")
    assert score(Findings(two_of_three, 2 * LATENCY), LATENCY) == 66 - SLOW
    assert score(Findings(streams("moving"), stuck=("MES", "MNQ")), LATENCY) == 100 - FROZEN
    assert score(Findings(two_of_three, 2 * LATENCY, stuck=("MES",)), LATENCY) == 0


def market(*wanted: Stream) -> Health:
    health = Health(Hub.MARKET, wanted or tuple(Stream), MARKS)
    health.opened(HubOpened(Hub.MARKET, 1), T)
    return health


def activity(
    at: Nanos,
    ages: tuple[Nanos, Nanos, Nanos] = (0, 0, 0),
    lags: tuple[Nanos, Nanos, Nanos] = (0, 0, 0),
    round_trip: Nanos = 0,
    unanswered: Nanos = 0,
    is_open: bool = True,
) -> HubActivity:
    """Of a hub whose streams have each given something new so long ago."""
    count = at - T
    quote, tape, depth = (at - age for age in ages)
    return HubActivity(
        Hub.MARKET,
        is_open,
        at,
        last_frame=at,
        quotes=count,
        tapes=count,
        depths=count,
        last_quote=quote,
        last_tape=tape,
        last_depth=depth,
        stamp_quote=quote - lags[0],
        stamp_tape=tape - lags[1],
        stamp_depth=depth - lags[2],
        round_trip=round_trip,
        unanswered=unanswered,
    )


def seen(health: Health, *measured: HubActivity) -> HubHealth:
    for one in measured:
        health.note(one, one.at)
    return health.statistics(measured[-1].at)


def test_a_hub_that_is_well_scores_a_hundred_and_says_nothing() -> None:
    said = seen(market(), activity(T + 10 * SECOND), activity(T + 20 * SECOND, round_trip=LATENCY))
    assert (said.score, said.healthy, said.words, said.open) == (100, True, "", True)
    assert [one.stream for one in said.streams] == ["quotes", "trades", "depth"]
    assert {one.state for one in said.streams} == {StreamState.MOVING}
    assert said.round_trip == LATENCY


@pytest.mark.parametrize("stream", Stream)
def test_each_stream_that_stops_makes_a_hub_unhealthy_at_its_limit(stream: Stream) -> None:
    """Frozen on a healthy socket: project-x-py 97."""
    limit = STOPS[stream]
    for age, points in ((limit - 1, 100), (limit, 66)):
        quotes, trades, depth = (age if other is stream else 0 for other in Stream)
        silent = activity(T + 600 * SECOND, (quotes, trades, depth))
        said = seen(market(), activity(T + SECOND), silent)
        words = "" if points == 100 else f"{stream.value} stopped for {limit / SECOND:.1f} s"
        assert (said.score, said.healthy, said.words) == (points, points == 100, words)


def test_a_stream_that_never_began_has_stopped_too() -> None:
    """Subscribed, acknowledged, and no data ever: nautilus 4255."""
    health = market(Stream.QUOTES)
    for age, points in ((STOPS[Stream.QUOTES] - 1, 100), (STOPS[Stream.QUOTES], 0)):
        health.note(HubActivity(Hub.MARKET, True, T + age, T + age), T + age)
        assert health.statistics(T + age).score == points


@pytest.mark.parametrize(("stood", "points"), [(STUCK - 1, 100), (STUCK, 50)])
def test_a_contract_that_is_stale_for_long_among_others_that_move(
    stood: Nanos, points: int
) -> None:
    health = market()
    at = T + 5 * SECOND
    health.stale("MES", at)
    health.stale("MES", at + SECOND)
    said = seen(health, activity(T + SECOND), activity(at + stood))
    assert (said.score, said.words) == (points, "" if points == 100 else "stale data of MES")
    health.expect("MES", False, at)
    assert health.statistics(at + stood).score == 100


def test_a_fresh_connection_is_given_time_with_a_stale_contract() -> None:
    health = market()
    health.stale("MES", T)
    health.opened(HubOpened(Hub.MARKET, 2), T + STUCK)
    assert seen(health, activity(T + STUCK + SECOND)).score == 100
    assert seen(health, activity(T + 2 * STUCK)).score == 50
    health.fresh("MES")
    assert health.statistics(T + 2 * STUCK).score == 100


def test_streams_that_nobody_subscribed_to_count_for_nothing() -> None:
    health = market(Stream.TRADES)
    quiet = (STOPS[Stream.QUOTES], 0, STOPS[Stream.DEPTH])
    said = seen(health, activity(T + SECOND), activity(T + 600 * SECOND, quiet))
    assert (said.score, [one.stream for one in said.streams]) == (100, ["trades"])


def test_nothing_stops_while_the_market_is_closed() -> None:
    health = market()
    hour = 3_600 * SECOND
    health.expect("MES", False, T)
    said = seen(health, activity(T + SECOND), activity(T + 2 * hour, (hour, hour, hour)))
    assert (said.score, {one.state for one in said.streams}) == (100, {StreamState.QUIET})


def test_a_market_that_opens_is_given_the_time_of_a_fresh_connection() -> None:
    health = market(Stream.DEPTH)
    hour = 3_600 * SECOND
    health.expect("MES", False, T)
    seen(health, activity(T + SECOND), activity(T + hour, (0, 0, hour)))
    health.expect("MES", True, T + hour)
    for age, points in ((STOPS[Stream.DEPTH] - 1, 100), (STOPS[Stream.DEPTH], 0)):
        at = T + hour + age
        assert seen(health, activity(at, (0, 0, at - T))).score == points


def test_one_open_market_of_several_is_enough_to_expect_data() -> None:
    health = market()
    for contract, moves, expected in (
        ("MES", True, True), ("MGC", False, True), ("MES", False, False), ("MGC", True, True),
    ):  # fmt: skip
        health.expect(contract, moves, T)
        assert health.expected is expected


def test_a_silent_user_hub_is_well() -> None:
    """project-x-py 129."""
    health = Health(Hub.USER, tuple(Stream), MARKS)
    health.opened(HubOpened(Hub.USER, 1), T)
    day = T + 86_400 * SECOND
    health.note(HubActivity(Hub.USER, True, day, day), day)
    said = health.statistics(day)
    assert (said.score, [one.stream for one in said.streams]) == (100, ["events"])


AT = T + 60 * SECOND


@pytest.mark.parametrize(
    ("measured", "points", "words"),
    [
        (activity(AT, round_trip=3 * LATENCY), 50, "heartbeat took 3.0 s"),
        (activity(AT, unanswered=4 * LATENCY), 25, "heartbeat without an answer for 4.0 s"),
        (activity(AT, lags=(0, 0, 3 * LATENCY)), 50, "depth late by 3.0 s"),
    ],
)
def test_slow_heartbeats_and_late_data_lower_the_score(
    measured: HubActivity, points: int, words: str
) -> None:
    said = seen(market(), activity(T + 9 * SECOND), activity(T + 10 * SECOND), measured)
    assert (said.score, said.healthy, said.words) == (points, False, words)


@pytest.mark.parametrize(("trip", "healthy"), [(2 * LATENCY, True), (2 * LATENCY + 1, False)])
def test_a_hub_is_healthy_at_the_threshold_and_not_below(trip: Nanos, healthy: bool) -> None:
    assert seen(market(), activity(T + SECOND, round_trip=trip)).healthy is healthy


def test_a_heartbeat_goes_on_waiting_between_two_measurements() -> None:
    health = market()
    seen(health, activity(T + 10 * SECOND, unanswered=SECOND))
    assert health.statistics(T + 11 * SECOND).unanswered == 2 * SECOND
    assert health.statistics(T + 11 * SECOND).score == 75


def test_the_score_is_nothing_while_the_hub_is_closed_to_the_room_or_to_the_gateway() -> None:
    """project-x-py 141: closed hubs that were called healthy."""
    at = T + 10 * SECOND
    assert seen(market(), activity(at, is_open=False)).words == "closed"
    health = market()
    seen(health, activity(at))
    health.lost(at)
    said = health.statistics(at)
    assert (said.score, said.open, said.healthy) == (0, False, False)
    assert {one.state for one in said.streams} == {StreamState.OFF}
    unborn = Health(Hub.MARKET, tuple(Stream), MARKS).statistics(T)
    assert (unborn.score, unborn.words, unborn.lost) == (0, "closed", 0)


def test_a_fresh_opening_is_not_judged_by_the_measurement_before_it() -> None:
    health = market()
    seen(health, activity(T + SECOND, is_open=False))
    health.lost(T + 2 * SECOND)
    health.opened(HubOpened(Hub.MARKET, 2), T + 3 * SECOND)
    assert health.statistics(T + 3 * SECOND).score == 100


@pytest.mark.parametrize(("age", "points"), [(UNMEASURED - 1, 100), (UNMEASURED, 0)])
def test_a_score_does_not_outlive_its_measurement(age: Nanos, points: int) -> None:
    health = market()
    seen(health, activity(T + 10 * SECOND))
    said = health.statistics(T + 10 * SECOND + age)
    assert (said.score, said.words) == (points, "" if points else "not measured")


def test_openings_after_a_loss_are_gaps_and_refreshes_are_not() -> None:
    health = market()
    health.refreshed(HubRefreshed(Hub.MARKET, 2, MILLISECOND))
    health.lost(T + 10 * SECOND)
    health.lost(T + 11 * SECOND)
    assert health.statistics(T + 12 * SECOND).lost == 2 * SECOND
    health.opened(HubOpened(Hub.MARKET, 3), T + 13 * SECOND)
    health.lost(T + 20 * SECOND)
    health.opened(HubOpened(Hub.MARKET, 4), T + 21 * SECOND)
    said = health.statistics(T + 30 * SECOND)
    assert (said.reconnects, said.gaps, said.lost) == (3, 2, 4 * SECOND)


def recorded(now: Nanos, counts: list[int], newest: tuple[Nanos, Nanos, Nanos]) -> HubActivity:
    """As the gateway would measure it, with the data received at its own stamps."""
    quotes, tapes, depths = counts
    quote, tape, depth = newest
    return HubActivity(
        Hub.MARKET,
        True,
        now,
        now,
        quotes,
        tapes,
        depths,
        last_quote=quote,
        last_tape=tape,
        last_depth=depth,
        stamp_quote=quote,
        stamp_tape=tape,
        stamp_depth=depth,
    )


def recording() -> list[list[Nanos]]:
    """When an hour's best prices changed, its prints and its depth came: a venue's quotes carry no
    sizes (gateway.md 7.5).
    """
    parquet = pytest.importorskip("pyarrow.parquet")
    if not DATA.is_dir():
        pytest.skip("the recorded market data is not beside the project")
    quotes, trades, depth = (
        parquet.read_table(DATA / f"esh4_20231225_{kind}.parquet").to_pydict()
        for kind in ("quotes", "trades", "depth")
    )
    rows = zip(quotes["ts"], quotes["bid"], quotes["ask"], strict=True)
    changed = [later[0] for sooner, later in pairwise(rows) if sooner[1:] != later[1:]]
    return [changed, trades["ts"], depth["ts"]]


def test_a_recorded_holiday_hour_never_looks_ill() -> None:
    times = recording()
    longest = [max(b - a for a, b in pairwise(column)) // SECOND for column in times]
    assert longest == [86, 43, 9]
    start, end = min(column[0] for column in times), min(column[-1] for column in times)
    health = Health(Hub.MARKET, tuple(Stream), MARKS)
    health.opened(HubOpened(Hub.MARKET, 1), start)
    counts, scores = [0, 0, 0], []
    for now in range(start, end, SECOND // 4):
        for place, column in enumerate(times):
            while counts[place] < len(column) and column[counts[place]] <= now:
                counts[place] += 1
        quote, tape, depth = (
            column[count - 1] if count else 0 for column, count in zip(times, counts, strict=True)
        )
        health.note(recorded(now, counts, (quote, tape, depth)), now)
        scores.append(health.statistics(now).score)
    assert len(scores) > 14_000
    assert min(scores) == 100
