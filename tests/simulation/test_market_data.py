"""Market data that lives in part, a market that refuses orders, and a tape that is only quiet."""

import json
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from messages.base import SECOND, Nanos
from messages.control import Alarm, AlarmKind
from messages.market import MarketStatus, MarketStatusChanged
from tests.oracle import Report
from tests.simulation.bench import IN_FLIGHT, Bench, Ear, broken, settings
from tests.simulation.strategies import EAGER
from tools.simulate.mishaps import fault
from tools.simulate.session import Ended, VirtualSession
from tools.simulator.replay import Replay

HOUR = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "esh4_20231225"
HEAL = 60 * SECOND


def run(name: str, lasts: float, seed: int, held: bool) -> tuple[Bench, Ended, Report, Nanos]:
    """A session with one fault, and when the fault began."""
    bench = Bench(seed, 120, settings(*EAGER))
    session = bench.session
    if held:
        fault(session, name, 30, lasts)
    else:
        body = json.dumps({"name": name, "duration": lasts}).encode()

        def strike() -> None:
            if session.held:
                session.at(session.seconds + 0.05, strike)
            else:
                session.control("/sim/faults", body)

        session.at(30, strike)
    ended, report = bench.run()
    rows: list[dict[str, Any]] = [json.loads(line) for line in session.venue.journal.lines(0)]
    began = next(row["ns"] for row in rows if row["kind"] == "fault" and row["name"] == name)
    return bench, ended, report, began


def healthy(bench: Bench, ended: Ended, report: Report, healed: Nanos) -> None:
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert (ended.code, ended.state) == (0, "FLAT")
    assert any(healed < entry.ns < healed + HEAL for entry in report.entries), "no trade again"


@pytest.mark.parametrize(
    ("word", "held", "seed"),
    [("trades", False, 1), ("trades", True, 2), ("quotes", False, 2), ("quotes", True, 1)],
)
def test_a_dead_stream_beside_a_live_one_is_stale_data(word: str, held: bool, seed: int) -> None:
    lasts = 25.0
    bench, ended, report, began = run(f"freeze_{word}", lasts, seed, held)
    healthy(bench, ended, report, began + int(lasts * SECOND))
    alarms = [(at, m) for at, _, m in bench.ear.said if isinstance(m, Alarm)]
    stale = [(at, m) for at, m in alarms if m.kind is AlarmKind.STALE_DATA]
    first, alarm = stale[0]
    assert alarm.words.startswith(f"{word} dead: ")
    assert first - began < 10 * SECOND
    late = [e for e in report.entries if first + IN_FLIGHT < e.ns < began + lasts * SECOND]
    assert late == []


def test_a_market_that_refuses_orders_is_halted_until_it_takes_them() -> None:
    lasts = 20.0
    bench, ended, report, began = run("market_closed", lasts, 1, held=False)
    healthy(bench, ended, report, began + int(lasts * SECOND))
    statuses = [(at, m.status) for at, _, m in bench.ear.said if isinstance(m, MarketStatusChanged)]
    halts = [at for at, status in statuses if status is MarketStatus.HALTED]
    assert halts
    for one, following in pairwise(halts):
        assert following - one >= 5 * SECOND, "it asks again only after some seconds"
    assert statuses[-1][1] is MarketStatus.OPEN


@pytest.mark.skipif(
    not HOUR.with_name(f"{HOUR.name}_trades.parquet").exists(), reason="no recorded data beside"
)
def test_a_recorded_quiet_hour_has_no_dead_stream() -> None:
    """Its prints are up to 43 s apart."""
    source, ear = Replay(HOUR, Decimal("0.25")), Ear()
    ended = VirtualSession(settings(), 1, source.duration, source=source, sinks=[ear]).run()
    assert not broken(ended.violations), "an entry on old prices"
    words = [alarm.words for alarm in ear.of(Alarm)]
    assert not [one for one in words if " dead: " in one]
    assert all(one.startswith(("no quote and no print", "no market data")) for one in words)
