"""A position that is open when the venue's early close comes near is closed, in virtual time."""

from datetime import UTC, datetime

import pytest

from messages.base import SECOND
from messages.position import PositionChanged
from tests.simulation.bench import Bench, settings

OPENS = int(datetime(2026, 11, 27, 17, 50, tzinfo=UTC).timestamp()) * SECOND
"""The day after Thanksgiving, 12:50 New York: five minutes before the account is to be flat."""
FLAT_BY = OPENS + 300 * SECOND


@pytest.mark.parametrize("seed", [1, 3])  # long, and short closed in two fills
def test_a_position_is_closed_before_an_early_close(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.simulate.session.START", OPENS)
    bench = Bench(seed, 420, settings("trading.calendar=sessions"))
    ended, report = bench.run()
    assert ended.code == 0
    sizes = [(at, m.size) for at, _, m in bench.ear.said if isinstance(m, PositionChanged)]
    assert [size for at, size in sizes if at < FLAT_BY][-1] != 0
    closed, size = sizes[-1]
    assert size == 0
    assert FLAT_BY <= closed < FLAT_BY + SECOND
    assert not any(report.violations.values()), report.details
