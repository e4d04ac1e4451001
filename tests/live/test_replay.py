"""A recorded hour at the engine's door: not one print of it is lost."""

import pytest

from tests.live.conftest import RECORDING, Runs

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.slow,
    pytest.mark.skipif(
        not RECORDING.with_name(f"{RECORDING.name}_trades.parquet").exists(),
        reason=f"no recording at {RECORDING}",
    ),
]


def test_the_bars_hold_the_volume_that_was_sent(runs: Runs) -> None:
    run = runs["replay"]
    assert run.code == 0, run.err
    report = run.judged()
    (sent,) = (volume for volume in report.volume.values() if volume)
    bars = sum(line["message"]["bar"]["volume"] for line in run.trace().of("BarClosed"))
    assert sent > 0
    assert bars == run.metrics["volume"]["bars"] == run.metrics["volume"]["prints"] == sent


def test_it_keeps_every_promise_and_ends_flat(runs: Runs) -> None:
    run = runs["replay"]
    report = run.judged()
    assert not any(report.violations.values()), report.details
    assert run.metrics["violations"] == report.violations
    assert run.metrics["state_at_end"] == "FLAT"
    assert report.flat
