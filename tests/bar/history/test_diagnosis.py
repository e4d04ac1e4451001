"""Last stamps, staleness and timeliness in one call."""

import pytest

from actors.bar.history.diagnosis import Diagnosis, Seen, Timeliness, diagnose
from messages.base import MILLISECOND, SECOND, Nanos
from messages.hub import Stream

T = 1_790_000_000 * SECOND


def look(lag: Nanos, silence: Nanos = 0, **more: Nanos) -> Diagnosis:
    return diagnose(T + silence, {Stream.TRADES: Seen(T - lag, T), Stream.DEPTH: None}, **more)


@pytest.mark.parametrize(
    ("lag", "least", "ahead", "verdict"),
    [
        (40 * MILLISECOND, 30 * MILLISECOND, 0, Timeliness.REAL_TIME),
        (2 * SECOND, 2 * SECOND, 0, Timeliness.REAL_TIME),
        (3 * SECOND, SECOND, 0, Timeliness.LAGGING),
        (900 * SECOND, 900 * SECOND, 0, Timeliness.DELAYED),
        (900 * SECOND, 900 * SECOND, 900 * SECOND, Timeliness.REAL_TIME),
        (-900 * SECOND, -900 * SECOND, 0, Timeliness.UNKNOWN),
    ],
)
def test_the_verdict(lag: Nanos, least: Nanos, ahead: Nanos, verdict: Timeliness) -> None:
    assert look(lag, least_lag=least, clock_ahead=ahead).timeliness is verdict


def test_without_the_venues_clock_a_large_lag_may_be_our_own() -> None:
    found = look(900 * SECOND)
    assert found.timeliness is Timeliness.UNKNOWN
    assert found.words == "stamps 15.0 min behind our clock: delayed, or our clock is wrong"


def test_stale_beyond_the_limit_and_before_anything_has_come() -> None:
    assert not look(0, 5 * SECOND).stale
    found = look(0, 5 * SECOND + 1)
    assert (found.stale, found.newest) == (True, T)
    trades, depth = found.streams
    assert (trades.stale, trades.silence, depth.stale, depth.silence) == (
        *(True, 5 * SECOND + 1),
        *(True, None),
    )
    nothing = diagnose(T, {Stream.QUOTES: None})
    assert (nothing.stale, nothing.words) == (True, "no data yet")
