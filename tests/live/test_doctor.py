"""The trace's doctor and bundle on real sessions: one that ended, one that runs, one that is
killed.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.live.bench import ROOT, Engine, Outcome, only, until
from tests.simulation.strategies import EAGER

pytestmark = pytest.mark.slow


def trace_tool(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """python -m tools.trace, from a process of its own that has only the logs."""
    command = [sys.executable, "-m", "tools.trace", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=250, check=False
    )


def diagnosed(path: Path) -> tuple[int, list[dict[str, Any]]]:
    ended = trace_tool("doctor", path, "--json")
    rows: list[dict[str, Any]] = json.loads(ended.stdout)
    return ended.returncode, rows


def wrong(rows: list[dict[str, Any]]) -> list[str]:
    return [f"{row['what']}: {row['words']}" for row in rows if row["severity"] == "WRONG"]


def protected(engine: Engine) -> int:
    """How many positions have come to be protected so far."""
    return [change["phase"] for change in engine.said("PhaseChanged")].count("protected")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine that trades at once."""
    started = Engine.start(tmp_path, *(f"-o{override}" for override in EAGER))
    yield started
    started.kill()


@pytest.mark.alone
def test_a_session_that_ended_flat_has_nothing_wrong(default: Outcome) -> None:
    code, rows = diagnosed(only(default.logs, "trace_*.jsonl"))
    assert wrong(rows) == []
    assert code == 0
    assert {"model", "order", "gateway"} <= {
        row["words"].partition(":")[0] for row in rows if row["what"] == "slowest"
    }


@pytest.mark.alone
def test_the_account_is_in_no_member_of_its_bundle(default: Outcome, tmp_path: Path) -> None:
    accounts = default.journal()[0]["accounts"]
    private = {str(account[name]) for account in accounts for name in ("id", "name")}
    assert len(private) == 2
    path = only(default.logs, "trace_*.jsonl")
    target = tmp_path / "bundle.zip"
    assert trace_tool("bundle", path, "--out", target).returncode == 0
    with ZipFile(target) as zip_:
        members = {name: zip_.read(name) for name in zip_.namelist()}
    assert any(name.startswith("trading_") for name in members)
    for name, content in members.items():
        assert not [one for one in private if one.encode() in content], name
        assert b"eyJ" not in content, name


@pytest.mark.realtime
def test_a_kill_leaves_every_completed_line_and_the_doctor_says_what_was_under_way(
    engine: Engine,
) -> None:
    until("a position", lambda: engine.process.poll() is None and engine.phase() == "protected")
    first = protected(engine)
    path = only(engine.logs, "trace_*.jsonl")
    code, rows = diagnosed(path)
    assert wrong(rows) == [], "it runs, so nothing that is under way is wrong"
    assert code == 0
    assert [row["what"] for row in rows][-1] == "running"

    # A fresh one: what was there before may end while this process looks.
    until("another", lambda: protected(engine) > first and engine.phase() == "protected")
    engine.send(signal.SIGKILL)
    engine.process.wait()
    tail = path.read_bytes().rpartition(b"\n")[2]
    code, rows = diagnosed(path)
    assert code == 7
    found = wrong(rows)
    assert found[0].startswith("ENDS_FLAT: the session ended ")
    assert {one.partition(":")[0] for one in found} <= {"ENDS_FLAT", "left open"}, found
    told = {row["what"]: row["words"] for row in rows if row["severity"] == "NOTE"}
    assert "no end" in told
    assert ("torn" in told) == bool(tail)
