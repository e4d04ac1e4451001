"""A ledger that fails while a position is open: out of it, and no entry until a person resumes."""

import resource
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.live.bench import Engine, until
from tests.oracle import Row, judge
from tests.simulation.strategies import EAGER

pytestmark = [pytest.mark.realtime, pytest.mark.slow]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """It holds a position."""
    started = Engine.start(tmp_path, *(f"-o{override}" for override in EAGER))
    until("a position", lambda: started.process.poll() is None and started.phase() == "protected")
    yield started
    started.kill()


def ends_halted(engine: Engine) -> None:
    until("flat", lambda: engine.said("Flattened"))
    assert not engine.said("FlattenFailed"), "cancels and closes have waited for the ledger"
    until("halted", lambda: [s for s in engine.said("StateChanged") if s["state"] == "HALTED"])
    entries = len(engine.said("PlaceOrder"))
    bars = len(engine.said("BarClosed"))
    until("some bars more", lambda: len(engine.said("BarClosed")) >= bars + 3)
    assert len(engine.said("PlaceOrder")) == entries, "it trades on"
    engine.send(signal.SIGTERM)
    outcome = engine.wait()
    assert outcome.code == 10, outcome.err
    report = outcome.judged()
    assert report.flat
    assert not any(report.violations.values()), report.details


def by_the_lane(rows: list[Row]) -> list[Row]:
    """What the emergency lane has read: it asks for no count."""
    asked = [row for row in rows if row["kind"] == "request" and row["path"].endswith("v2/query")]
    return [row for row in asked if "includeTotalCount" not in row["body"]]


def test_a_ledger_that_another_process_locks(engine: Engine) -> None:
    path = engine.logs / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as base:
        base.execute("BEGIN IMMEDIATE")
        until("the alarm", lambda: [a for a in engine.said("Alarm") if a["kind"] == "ledger"])
        ends_halted(engine)
        base.rollback()
        ((found,),) = base.execute("PRAGMA integrity_check").fetchall()
        assert found == "ok"
        tags = base.execute("SELECT tag FROM requests WHERE kind = 'PlaceOrder'").fetchall()
    assert {tag for (tag,) in tags} <= {order["tag"] for order in engine.said("PlaceOrder")}
    assert tags


def test_a_disk_that_is_full(engine: Engine) -> None:
    """No file of the process may grow any more: the kernel says so as a full disk would."""
    path = engine.logs / "ledger.sqlite"
    log = next(engine.logs.glob("trading_*.log"))
    resource.prlimit(engine.process.pid, resource.RLIMIT_FSIZE, (1, 1))
    engine.send(signal.SIGTERM)
    outcome = engine.wait()
    assert outcome.code == 10, outcome.err
    assert "ledger[ledger]: ledger: " in outcome.out, "among the flattens"
    for told in ("ALARM: files", "ALARM: ledger", "LATCHED: ", "STATE: FLAT"):
        assert told in outcome.err, "the terminal needs no disk"
    assert not by_the_lane(outcome.journal()), "cancels and closes have waited for the ledger"
    assert judge(outcome.journal(), max_contracts=2).flat
    assert log.stat().st_size > 1, "nothing is cut off"
    with closing(sqlite3.connect(path)) as base:
        ((found,),) = base.execute("PRAGMA integrity_check").fetchall()
        assert found == "ok"
        assert base.execute("SELECT 1 FROM requests WHERE kind = 'PlaceOrder'").fetchall()
