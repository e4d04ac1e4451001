"""A network that turns bad in a position, and good again (network.py)."""

import time
from pathlib import Path

import pytest
import requests

from tests.live.bench import Engine, simulator, until
from tests.live.bench import at as there
from tests.live.network import Weather, network
from tests.oracle import judge, read
from tests.simulation.strategies import EAGER

pytestmark = [pytest.mark.realtime, pytest.mark.slow]

LOGIN = {"TOPSTEPX_USERNAME": "demo", "TOPSTEPX_API_KEY": "demo"}
BAD_S = 7
"""Longer than the engine trades on silence (5 s)."""
HEALS_S = 60
IN_FLIGHT = 250_000_000


@pytest.mark.timeout(200)
@pytest.mark.parametrize("weather", list(Weather)[1:], ids=lambda weather: weather.name)
def test_it_harms_nothing_and_trading_goes_on_afterwards(weather: Weather, tmp_path: Path) -> None:
    with simulator() as venue, network(venue.rest) as between:
        options = (*there(f"http://127.0.0.1:{between.port}"), *(f"-o{one}" for one in EAGER))
        engine = Engine.start(tmp_path, *options, **LOGIN)
        try:
            until("a position", lambda: engine.phase() == "protected")
            between.weather = weather
            until("it is noticed", lambda: len(engine.said("HubLost")) > 1)
            time.sleep(BAD_S)
            between.weather = Weather.GOOD
            sent = len(engine.said("PlaceOrder"))
            running = "running again"
            until(running, lambda: engine.said("StateChanged")[-1]["state"] == "RUNNING", HEALS_S)
            until("an entry", lambda: len(engine.said("PlaceOrder")) > sent)
            engine.process.terminate()
            run = engine.wait()
        finally:
            engine.kill()
        journal = read(requests.get(f"{venue.rest}/sim/journal", timeout=30).content)
        assert between.strayed == [], "nothing is sent where an answer leads"
    assert run.code == 0, run.err
    spans = run.trace().latched(IN_FLIGHT)
    report = judge(journal, max_contracts=2, latched=spans, metrics=run.metrics)
    assert not any(report.violations.values()), report.details
    assert run.metrics["violations"] == report.violations
    assert "Traceback" not in run.err
    assert run.metrics["restarts"] == 0
