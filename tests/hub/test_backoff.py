"""How long to wait before the next attempt."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from actors.hub.backoff import FIRST, MOST, backoff
from messages.base import MILLISECOND, SECOND


@given(st.integers(0, 100), st.integers(0, 2**32))
def test_the_wait_doubles_to_its_most_and_is_never_less_than_half_of_it(
    failures: int, seed: int
) -> None:
    whole = min(MOST, FIRST * 2**failures)
    assert whole // 2 <= backoff(failures, Random(seed)) <= whole


def test_the_first_attempt_comes_within_a_quarter_second_and_later_ones_within_fifteen() -> None:
    assert (FIRST, MOST) == (250 * MILLISECOND, 15 * SECOND)


def test_clients_that_failed_together_do_not_come_back_together() -> None:
    waits = [backoff(5, Random(seed)) for seed in range(200)]
    assert len(set(waits)) == 200
    assert max(waits) - min(waits) > FIRST * 2**5 // 3
