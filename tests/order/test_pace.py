"""The room's account of the request budget."""

from actors.order.pace import EASY, SLOWEST, THIN, Pace
from messages.base import SECOND

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
