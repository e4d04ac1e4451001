"""The strategy of docs/strategies.md, run as the page says: live, on the embedded simulator."""

import signal
from pathlib import Path

import pytest

from tests.live.bench import Engine, until
from tests.signal import page

pytestmark = [pytest.mark.realtime, pytest.mark.slow]


def test_it_trades_on_the_embedded_simulator_and_ends_flat(tmp_path: Path) -> None:
    page.save(tmp_path)
    engine = Engine.start(tmp_path / "logs", f"-o{page.SETTING}", PYTHONPATH=str(tmp_path))
    try:
        until("a round trip", lambda: engine.process.poll() is not None or engine.said("RoundTrip"))
        engine.send(signal.SIGTERM)
        run = engine.wait()
    finally:
        engine.kill()
    assert run.code == 0, run.err
    assert run.metrics["state_at_end"] == "FLAT"
    assert run.metrics["round_trips"] >= 1
    report = run.judged()
    assert not any(report.violations.values()), report.details
    assert run.metrics["violations"] == report.violations
    signals = [line["message"] for line in run.trace().of("Signal")]
    assert any("bought" in wished["reason"] for wished in signals)
