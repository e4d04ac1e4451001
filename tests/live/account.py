"""An account at a venue that lives on, and one engine after the other on it: each a real process
that asks no model, trades as it is told and dies where it is told (tests/live/killed.py).
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.live.bench import ROOT, Engine, Simulator, sim_post, until
from tests.live.killed import STRATEGY
from tests.oracle import Report, judge, read

LOGIN = {"TOPSTEPX_USERNAME": "demo", "TOPSTEPX_API_KEY": "demo"}
KEPT = ("-otrading.flatten_on_start=false", "-orisk.max_contracts=1")
MOST = 1


class Account:
    """`options` are every engine's, beside what a start adds."""

    def __init__(self, venue: Simulator, folder: Path, *options: str) -> None:
        self.venue = venue
        self._options = (*KEPT, *options)
        self.logs = folder / "logs"
        self._plan = folder / "plan"
        self._engine: Engine | None = None
        sim_post(venue.rest, "/sim/market", hold=True)  # no leg is hit meanwhile

    @property
    def engine(self) -> Engine:
        assert self._engine is not None, "none was started"
        return self._engine

    def plan(self, words: str) -> None:
        written = self._plan.with_suffix(".new")
        written.write_text(words)
        written.replace(self._plan)

    def start(self, step: str = "never", plan: str = "wait", *more: str) -> None:
        """An engine that dies at a step of what the plan says."""
        for old in self.logs.glob("trace_*.jsonl"):
            old.unlink()  # what this one says is not to be taken for its predecessor's
        self.plan(plan)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("TOPSTEPX_")}
        options = (
            "--logs",
            str(self.logs),
            f"-o{STRATEGY}",
            "-orisk.cooldown_s=0",
            *self._options,
            *more,
        )
        command = (sys.executable, "-m", "tests.live.killed", step, str(self._plan))
        process = subprocess.Popen(
            [*command, *options, *self.venue.settings],
            cwd=ROOT,
            env={**kept, **LOGIN},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._engine = Engine(self.logs, process)

    def died(self, step: str) -> None:
        """It has killed itself, and nothing else has ended it."""
        engine = self.engine
        until(f"killed at {step}", lambda: engine.process.poll() is not None)
        _, err = engine.process.communicate()
        assert engine.process.returncode == -signal.SIGKILL, f"{step}: {err}"

    def kill_at(self, step: str, plan: str) -> None:
        """Have the running engine do what the plan says, until it dies of it."""
        self.plan(plan)
        self.died(step)

    def calm(self, phase: str, state: str = "RUNNING") -> None:
        """Started, at rest, in this phase and state."""
        engine = self.engine

        def reached() -> bool:
            assert engine.process.poll() is None, engine.process.communicate()[1]
            states = [row["state"] for row in engine.said("StateChanged")]
            return engine.phase() == phase and states[-1:] == [state]

        until(f"{phase} and {state}", reached)

    def agree(self) -> int:
        """Engine, ledger and venue say the same; the position."""
        try:
            until("engine and venue agree", lambda: self._ours() == self._theirs(), 10)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self._ours()}, {self._theirs()}") from None
        state = self._state()
        sides = [order["side"] for order in state["orders"] if order["type"] == 4]
        size = self._theirs()[0]
        assert len(sides) == (1 if size else 0), f"stops of {size:+d}: {state['orders']}"
        assert not size or (sides[0] == 1) == (size > 0)
        assert size or not state["orders"]
        return size

    def _ours(self) -> tuple[int, float, float]:
        """Size, average and the day's result, as the newest engine tells them."""
        positions, figures = self.engine.said("PositionChanged"), self.engine.said("DayFigures")
        if not positions or not figures:
            return 0, -1.0, 0.0
        newest = positions[-1]
        average, result = newest["average"] / 10_000, figures[-1]["realised"] / 10_000
        return newest["size"], round(average, 4), round(result, 2)

    def _theirs(self) -> tuple[int, float, float]:
        state = self._state()
        held = [p for p in state["positions"] if p["size"]]
        size, average = (held[0]["size"], float(held[0]["average"])) if held else (0, 0.0)
        fills = [row for row in self.journal() if row["kind"] == "fill"]
        result = sum(
            float(row["pnl"] or 0) - float(row["fees"]) - float(row["commissions"]) for row in fills
        )
        return size, round(average, 4), round(result, 2)

    def _state(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.venue.rest}/sim/state", timeout=5) as answer:
            (account,) = json.load(answer)["accounts"]
        held: dict[str, Any] = account
        return held

    def journal(self) -> list[Any]:
        with urllib.request.urlopen(f"{self.venue.rest}/sim/journal", timeout=5) as answer:
            return list(read(answer.read()))

    def stop(self, code: int = 0) -> None:
        self.engine.send(signal.SIGTERM)
        outcome = self.engine.wait()
        assert outcome.code == code, outcome.err

    def query(self, words: str) -> list[tuple[Any, ...]]:
        with closing(
            sqlite3.connect(f"file:{self.logs / 'ledger.sqlite'}?mode=ro", uri=True)
        ) as base:
            return base.execute(words).fetchall()

    def judged(self) -> Report:
        """By the oracle, and by the ledger: each entry that the venue has is there, accepted."""
        report = judge(self.journal(), max_contracts=MOST)
        assert not any(report.violations.values()), report.details
        assert report.flat
        known = self.query("SELECT tag, outcome FROM requests WHERE kind = 'PlaceOrder'")
        accepted = sorted(tag for tag, outcome in known if outcome == "accepted")
        assert accepted == sorted(entry.tag or "" for entry in report.entries)
        assert {outcome for _, outcome in known} <= {"accepted", "refused"}
        return report

    def end(self) -> None:
        if self._engine is not None:
            self._engine.kill()
