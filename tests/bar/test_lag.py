"""The delay of the line: its least of late, whatever one slow message or an old minimum says."""

from actors.bar.lag import WINDOW, Lag
from messages.base import MILLISECOND, Nanos

T = 1_790_000_000_000_000_000


def noted(*messages: tuple[Nanos, int]) -> int:
    """The least delay, in ms, after messages of (receipt after T in ns, delay in ms)."""
    lag = Lag()
    for received, delay in messages:
        lag.note(T + received, T + received - delay * MILLISECOND)
    return lag.least // MILLISECOND


def test_the_least_delay_counts() -> None:
    assert noted((0, 40), (1, 20), (2, 900)) == 20


def test_a_clock_of_ours_that_is_behind_gives_a_negative_delay() -> None:
    assert noted((0, -70), (1, -30)) == -70


def test_a_minimum_is_kept_for_a_window_and_forgotten_after_two() -> None:
    assert noted((0, 5), (WINDOW, 30), (2 * WINDOW - 1, 40)) == 5
    assert noted((0, 5), (WINDOW, 30), (2 * WINDOW, 40)) == 30
