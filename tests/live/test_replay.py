"""A recorded hour at the engine's door: not one print of it is lost."""

from pathlib import Path

import pytest

from tests.live.bench import Engine, Outcome

RECORDING = Path(__file__).resolve().parents[3] / "shared" / "data" / "esh4_20231225"

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.slow,
    pytest.mark.skipif(
        not RECORDING.with_name(f"{RECORDING.name}_trades.parquet").exists(),
        reason=f"no recording at {RECORDING}",
    ),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("replay")
    return Engine.start(folder, "--duration=45", f"--replay={RECORDING}").wait(250)


def test_the_bars_hold_the_volume_that_was_sent(run: Outcome) -> None:
    assert run.code == 0, run.err
    report = run.judged()
    (sent,) = (volume for volume in report.volume.values() if volume)
    bars = sum(line["message"]["bar"]["volume"] for line in run.trace().of("BarClosed"))
    assert sent > 0
    assert bars == run.metrics["volume"]["bars"] == run.metrics["volume"]["prints"] == sent


def test_it_keeps_every_promise_and_ends_flat(run: Outcome) -> None:
    report = run.judged()
    assert not any(report.violations.values()), report.details
    assert run.metrics["violations"] == report.violations
    assert run.metrics["state_at_end"] == "FLAT"
    assert report.flat
