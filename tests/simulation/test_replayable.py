"""One virtual hour of the shipped model with a restart and both faults: the same in every process,
and in another market another one.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from actors.runtime.trace import decisions, lines
from tests.oracle import Report, judge, read
from tests.simulation.bench import FREE, broken, dollars, latched_spans

ROOT = Path(__file__).resolve().parents[2]
SEED, OTHER_SEED = 7, 8
HOUR = 3600


@dataclass
class Run:
    """One session in a process of its own."""

    folder: Path
    process: "subprocess.Popen[str]"

    @classmethod
    def start(cls, folder: Path, seed: int, hash_seed: int) -> "Run":
        folder.mkdir()
        options = [f"--seconds={HOUR}", f"--seed={seed}", "--crash=order@600"]
        options += ["--faults=freeze_feed@1200:8", "--faults=cancel_brackets@1800"]
        options += [f"--trace={folder / 'trace'}", f"--journal={folder / 'journal'}"]
        options += [f"-o{override}" for override in FREE]
        process = subprocess.Popen(
            [sys.executable, "-m", "tools.simulate", *options],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
            stdout=subprocess.PIPE,
            text=True,
        )
        return cls(folder, process)

    def wait(self) -> dict[str, Any]:
        out, _ = self.process.communicate()
        assert self.process.returncode == 0, out
        ended: dict[str, Any] = json.loads(out)
        return ended

    def decided(self) -> tuple[int, str]:
        """How many decisions there are, and a hash of them all in order."""
        count, digest = 0, sha256()
        for line in decisions(self.folder / "trace"):
            count += 1
            digest.update(line + b"\n")
        return count, digest.hexdigest()

    def clear(self) -> None:
        """An hour's trace is 300 MB: nothing to leave behind."""
        for name in ("trace", "journal"):
            (self.folder / name).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Run]]:
    """Two of one seed with different hash seeds, and one of another."""
    folder = tmp_path_factory.mktemp("hours")
    first = [Run.start(folder / "first", SEED, 1), Run.start(folder / "second", SEED, 2)]
    for run in first:
        run.process.wait()
    runs = [*first, Run.start(folder / "other", OTHER_SEED, 1)]
    yield runs
    for run in runs:
        run.process.kill()
        run.clear()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_an_hour_is_decided_alike_in_every_process(hours: list[Run]) -> None:
    first, second, other = ((run.wait(), run.decided()) for run in hours)
    assert first[1][0] > 10_000
    assert first == second
    assert other[1] != first[1]


@pytest.mark.slow
def test_an_hour_with_a_restart_and_both_faults_keeps_every_promise(hours: list[Run]) -> None:
    run = hours[0]
    ended = run.wait() if run.process.stdout and not run.process.stdout.closed else None
    count = Trace(run.folder / "trace")
    report = count.judge(run.folder / "journal")
    assert count.trips >= 20
    assert count.types["ActorRestarted"] == 1
    assert count.faults == {"freeze_feed", "cancel_brackets"}
    assert not broken(report.violations), report.details
    assert ended is None or not broken(ended["violations"])
