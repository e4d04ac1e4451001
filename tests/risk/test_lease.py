"""Entries only while the sentinel answers: either side of two seconds."""

from actors.risk.account import unknown_account
from actors.risk.rules.lease import Lease
from messages.base import MILLISECOND, SECOND, Nanos
from tests.risk.bench import MES, NOW, risk

LASTS: Nanos = 2 * SECOND


def breach(asked: Nanos | None, lasts: Nanos | None = LASTS) -> tuple[int, int, str] | None:
    account = unknown_account((MES,), risk(), False)
    account.leased = asked
    found = Lease(lasts).breach(account, None, NOW)
    return None if found is None else (found.used, found.limit, found.detail)


def test_a_lease_counts_from_the_beat_and_to_its_last_nanosecond() -> None:
    assert breach(NOW) is None
    assert breach(NOW - LASTS) is None
    assert breach(NOW - LASTS - 1) == (2_000, 2_000, "")
    assert breach(NOW - LASTS - 400 * MILLISECOND) == (2_400, 2_000, "")


def test_a_sentinel_that_has_not_answered_yet_allows_nothing() -> None:
    assert breach(None) == (0, 2_000, "the sentinel has not answered yet")


def test_a_session_without_a_sentinel_needs_no_lease() -> None:
    assert breach(None, None) is None
    assert breach(NOW - 3_600 * SECOND, None) is None
