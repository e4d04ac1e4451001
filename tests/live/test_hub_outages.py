"""A hub that stays away, over real sockets: REST stands in, and trading goes on afterwards."""

from pathlib import Path
from typing import Any

import pytest
import requests

from tests.live.bench import Engine, Trace, at, sim_post, simulator, trace, until
from tests.oracle import judge, read
from tests.simulation.strategies import EAGER

pytestmark = [pytest.mark.realtime, pytest.mark.slow]

AWAY_S = 8
LOGIN = {"TOPSTEPX_USERNAME": "demo", "TOPSTEPX_API_KEY": "demo"}
IN_FLIGHT = 250_000_000


@pytest.mark.parametrize("hub", ["market", "user"])
def test_while_a_hub_is_away_nothing_is_entered_and_afterwards_it_trades(
    hub: str, tmp_path: Path
) -> None:
    with simulator() as venue:
        options = (*at(venue.rest), *(f"-o{override}" for override in EAGER))
        engine = Engine.start(tmp_path / "logs", *options, **LOGIN)
        try:
            until("a trade", lambda: engine.said("RoundTrip"))
            refuse = {"name": "refuse_upgrade", "target": hub, "duration": AWAY_S}
            sim_post(venue.rest, "/sim/faults", **refuse)
            sim_post(venue.rest, "/sim/faults", name="drop_hub", target=hub)
            back = until("the hub is back", lambda: _openings(engine, hub)[1:])
            until("an entry", lambda: _newest_entry(engine) > back[0])
            engine.process.terminate()
            outcome = engine.wait()
        finally:
            engine.kill()
        journal = read(requests.get(f"{venue.rest}/sim/journal", timeout=30).content)
    found = outcome.trace()
    (lost,) = (line["at"] for line in _of(found, "HubLost", hub) if line["message"]["number"] == 1)
    spans = found.latched(IN_FLIGHT)
    report = judge(journal, max_contracts=2, latched=spans, metrics=outcome.metrics)
    assert not any(report.violations.values()), report.details
    assert outcome.metrics["violations"] == report.violations
    assert [e for e in report.entries if lost + IN_FLIGHT < e.ns < back[0]] == []
    bars = [line["message"] for line in found.of("BarClosed")]
    ends = [bar["bar"]["end"] for bar in bars]
    assert ends == list(range(ends[0], ends[-1] + 1, 1_000_000_000)), "a hole, or a bar twice"
    assert (sum(bar["degraded"] for bar in bars) >= AWAY_S) is (hub == "market")


def _of(found: Trace, kind: str, hub: str) -> list[dict[str, Any]]:
    return [line for line in found.of(kind) if line["message"]["hub"] == hub]


def _openings(engine: Engine, hub: str) -> list[int]:
    lines = list(trace(engine.logs))
    return [
        line["at"]
        for line in lines
        if line["kind"] == "message" and line["type"] == "HubOpened"
        if line["message"]["hub"] == hub
    ]


def _newest_entry(engine: Engine) -> int:
    lines = [line for line in trace(engine.logs) if line.get("type") == "PlaceOrder"]
    return max((line["at"] for line in lines if line["kind"] == "message"), default=0)
