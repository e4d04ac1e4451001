"""Times on the wire (gateway.md 3.1)."""

from datetime import UTC, datetime

import pytest

from tools.simulator.stamps import SECOND, iso, moment, ns_of

NOON = 1_795_176_000 * SECOND


@pytest.mark.parametrize(
    ("ns", "digits", "text"),
    [
        (NOON, 7, "2026-11-20T12:00:00+00:00"),
        (NOON + 407_120_300, 7, "2026-11-20T12:00:00.4071203+00:00"),
        (NOON + 407_120_300, 6, "2026-11-20T12:00:00.40712+00:00"),
        (NOON + 1_000, 6, "2026-11-20T12:00:00.000001+00:00"),
        (NOON + 999, 6, "2026-11-20T12:00:00+00:00"),
        (NOON + SECOND - 1, 7, "2026-11-20T12:00:00.9999999+00:00"),
    ],
)
def test_fractions_are_cut_and_lose_their_trailing_zeros(ns: int, digits: int, text: str) -> None:
    assert iso(ns, digits) == text


def test_a_time_without_a_zone_is_utc() -> None:
    naive = datetime(2026, 11, 20, 12)  # noqa: DTZ001  what is under test
    assert ns_of(naive) == ns_of(naive.replace(tzinfo=UTC)) == NOON


def test_datetimes_come_back_to_the_microsecond() -> None:
    assert ns_of(moment(NOON + 123_456_789)) == NOON + 123_456_000
