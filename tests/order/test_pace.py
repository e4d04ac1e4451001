"""The room's account of the request budget."""

import pytest

from actors.order.pace import EASY, SLOWEST, THIN, TRIES, Pace
from messages.base import SECOND
from messages.order import NO_BUDGET, QueryFailed

NOW = 1_795_176_000 * SECOND


def made(requests: int) -> Pace:
    pace = Pace()
    pace.count(requests, NOW)
    return pace


def test_nothing_is_delayed_up_to_forty_requests_a_minute() -> None:
    assert made(0).delay(NOW) == 0
    assert made(EASY).delay(NOW) == 0
    assert made(EASY + 1).delay(NOW) > 0


def test_the_delay_grows_up_to_its_bound() -> None:
    assert made((EASY + THIN) // 2).delay(NOW) == SLOWEST // 2
    assert made(THIN).delay(NOW) == made(10 * THIN).delay(NOW) == SLOWEST


def test_a_minute_later_all_is_forgotten() -> None:
    pace = made(THIN)
    assert pace.delay(NOW + 60 * SECOND - 1) == SLOWEST
    assert pace.delay(NOW + 60 * SECOND) == 0


@pytest.mark.parametrize(
    ("failed", "cost"),
    [
        (QueryFailed("QueryOrders", "http_500", urgent=True), 1),
        (QueryFailed("QueryFills", "timed_out"), TRIES),
        (QueryFailed("QueryPositions", NO_BUDGET, urgent=True), 0),
        (QueryFailed("QueryBars", "http_500"), 0),
    ],
)
def test_a_look_up_that_fails_costs_what_was_sent_for_it(failed: QueryFailed, cost: int) -> None:
    pace, counted = made(EASY), made(EASY + cost)
    pace.failed(failed, NOW)
    assert pace.delay(NOW) == counted.delay(NOW)
