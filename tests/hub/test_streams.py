"""One stream of a hub: state, age, rate and lag."""

import pytest

from actors.hub.streams import LAGS, MOVES, SETTLES, Gauge, Lag
from messages.base import MILLISECOND, SECOND, Nanos
from messages.hub import StreamState

T = 1_000 * SECOND
STOPS = 20 * SECOND


def gauge(stops: Nanos | None = STOPS) -> Gauge:
    made = Gauge("quotes", stops)
    made.begin(T)
    made.note(T, 0, 0, 0)
    return made


@pytest.mark.parametrize(
    ("age", "expected", "state"),
    [
        (0, True, StreamState.MOVING),
        (MOVES - 1, True, StreamState.MOVING),
        (MOVES, True, StreamState.QUIET),
        (STOPS - 1, True, StreamState.QUIET),
        (STOPS, True, StreamState.STOPPED),
        (STOPS, False, StreamState.QUIET),
        (3_600 * SECOND, False, StreamState.QUIET),
    ],
)
def test_a_stream_moves_then_is_quiet_then_has_stopped_where_anything_is_expected(
    age: Nanos, expected: bool, state: StreamState
) -> None:
    one = gauge()
    heard = T + 3 * SECOND
    one.note(heard, 1, heard, heard)
    health = one.health(heard + age, True, expected)
    assert (health.state, health.age) == (state, age)


def test_silence_of_what_may_be_silent_never_stops() -> None:
    assert gauge(None).health(T + 10_000 * SECOND, True, True).state is StreamState.QUIET


def test_a_stream_of_a_closed_hub_is_off() -> None:
    assert gauge().health(T, False, True).state is StreamState.OFF


def test_silence_is_counted_from_the_opening_when_nothing_has_come_since() -> None:
    one = gauge()
    one.note(T + SECOND, 5, T + SECOND, T)
    one.begin(T + 30 * SECOND)
    assert one.health(T + 50 * SECOND - 1, True, True).state is StreamState.QUIET
    assert one.health(T + 50 * SECOND, True, True).state is StreamState.STOPPED


def test_a_hub_that_never_was_has_no_age() -> None:
    assert Gauge("quotes", STOPS).health(T, False, True).age == 0


def test_records_that_tell_no_receipt_are_dated_by_the_measurement_that_found_them() -> None:
    one = gauge(None)
    one.note(T + 8 * SECOND, 0, 0, 0)
    one.note(T + 9 * SECOND, 2, 0, 0)
    one.note(T + 10 * SECOND, 2, 0, 0)
    assert one.health(T + 10 * SECOND, True, True).age == SECOND


def test_the_rate_is_of_the_last_ten_seconds() -> None:
    one = gauge()
    for quarter in range(1, 41):
        one.note(T + quarter * SECOND // 4, 5 * quarter, T + quarter * SECOND // 4, 0)
    assert one.health(T + 10 * SECOND, True, True).rate == 20.0
    for quarter in range(41, 61):
        one.note(T + quarter * SECOND // 4, 200, 0, 0)
    assert one.health(T + 15 * SECOND, True, True).rate == 10.0


def test_what_was_counted_before_the_first_measurement_is_no_rate() -> None:
    one = Gauge("quotes", STOPS)
    one.begin(T)
    one.note(T, 90_000, T - SECOND, T - SECOND)
    assert one.health(T, True, True).rate == 0.0


def test_the_lag_is_what_exceeds_the_least_delay_of_late() -> None:
    lag = Lag()
    for second, delay in enumerate((80, 60, 260, 61)):
        received = T + second * SECOND
        lag.note(received, received - delay * MILLISECOND)
        assert lag.newest == (0, 0, 200 * MILLISECOND, MILLISECOND)[second]


def test_a_clock_ahead_of_the_venues_makes_no_lag() -> None:
    lag = Lag()
    lag.note(T, T + 3 * SECOND)
    lag.note(T + SECOND, T + 4 * SECOND)
    assert lag.newest == 0


@pytest.mark.parametrize(("later", "newest"), [(2 * LAGS - 1, SECOND), (2 * LAGS, 0)])
def test_a_delay_that_stays_is_the_rule_after_two_windows(later: Nanos, newest: Nanos) -> None:
    lag = Lag()
    lag.note(T, T)
    lag.note(T + LAGS, T + LAGS - SECOND)
    lag.note(T + later, T + later - SECOND)
    assert lag.newest == newest


@pytest.mark.parametrize(("after", "lag"), [(SETTLES - 1, 0), (SETTLES, 9 * SECOND)])
def test_what_comes_with_the_opening_is_old_without_being_late(after: Nanos, lag: Nanos) -> None:
    one = gauge()
    one.note(T + SETTLES, 1, T + SETTLES, T + SETTLES)
    again = T + 100 * SECOND
    one.begin(again)
    one.note(again + after, 2, again + after, again + after - 9 * SECOND)
    assert one.health(again + after, True, True).lag == lag


def test_a_stream_that_does_not_move_does_not_lag() -> None:
    one = gauge()
    one.note(T + 3 * SECOND, 1, T + 3 * SECOND, T + 3 * SECOND)
    late = T + 4 * SECOND
    one.note(late, 2, late, late - 2 * SECOND)
    assert one.health(late + MOVES - 1, True, True).lag == 2 * SECOND
    assert one.health(late + MOVES, True, True).lag == 0
