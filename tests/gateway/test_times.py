"""Instants as the venue writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.times import iso, nanos

NOON = 1_795_176_000_000_000_000


@pytest.mark.parametrize(
    ("text", "after_noon"),
    [
        ("2026-11-20T12:00:00+00:00", 0),
        ("2026-11-20T12:00:00Z", 0),
        ("2026-11-20T12:00:00", 0),
        ("2026-11-20T12:00:00.5", 500_000_000),
        ("2026-11-20T12:00:00.19+00:00", 190_000_000),
        ("2026-11-20T12:00:00.40712+00:00", 407_120_000),
        ("2026-11-20T12:00:00.4071203Z", 407_120_300),
        ("2026-11-20T12:00:00.123456789Z", 123_456_789),
        ("2026-11-20T06:00:00.5-06:00", 500_000_000),
        ("2026-11-20T17:30:00.5+05:30", 500_000_000),
    ],
)
def test_reads_every_form_of_the_venue(text: str, after_noon: int) -> None:
    assert nanos(text) == NOON + after_noon


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-20",
        "2026-11-20T12:00",
        "2026-11-20T15:02+01",
        "2026-11-20 12:00:00Z",
        "2026-13-20T12:00:00Z",
        "2026-11-20T12:00:00.Z",
        "2026-11-20T12:00:00.1234567890Z",
        "2026-11-20T12:00:00.1_0Z",
        "2026-11-20T12:00:00+0100",
        "٢٠٢٦-11-20T12:00:00Z",
    ],
)
def test_refuses_what_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError):
        nanos(text)


@given(st.integers(0, 4 * 10**18))
def test_written_and_read_again_to_the_microsecond(at: int) -> None:
    assert nanos(iso(at)) == at - at % 1000
