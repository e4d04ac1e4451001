"""One virtual hour of the shipped model with a restart and both faults: the same in every process,
and in another market another one.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.runtime.segments import segments
from actors.runtime.trace import decisions, raw
from tests.oracle import judge
from tests.simulation.bench import FREE, broken, dollars, latched_spans

ROOT = Path(__file__).resolve().parents[2]
SEED, OTHER_SEED = 7, 8
HOUR_S = 3600
OTHER_S = 300
"""Enough of another market to see that it is one."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
]


class Line(msgspec.Struct):
    """What is read here of a trace's line."""

    kind: str
    type: str = ""
    receivers: tuple[str, ...] = ()
    at: int = 0
    outcome: str = ""
    message: msgspec.Raw = msgspec.Raw(b"null")


class Hour:
    """A session in a process of its own."""

    def __init__(self, folder: Path, seed: int, hash_seed: int, seconds: int = HOUR_S) -> None:
        self.trace, self.journal = folder / "trace", folder / "journal"
        self.ended: dict[str, Any] = {}
        folder.mkdir()
        options = [f"--seconds={seconds}", f"--seed={seed}", "--crash=order@600"]
        options += ["--faults=freeze_feed@1200:8", "--faults=cancel_brackets@1800"]
        options += [f"--trace={self.trace}", f"--journal={self.journal}"]
        options += [f"-o{override}" for override in FREE]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.simulate", *options],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait(self) -> None:
        out, _ = self._process.communicate()
        assert self._process.returncode == 0, out
        self.ended = json.loads(out)

    def decided(self, most: int | None = None) -> tuple[int, str]:
        """How many decisions there are, `most` looked at, and a hash of them all in order."""
        count, digest = 0, sha256()
        for line in islice(decisions(self.trace), most):
            count += 1
            digest.update(line + b"\n")
        return count, digest.hexdigest()

    def clear(self) -> None:
        """An hour's trace is 300 MB: nothing to leave behind."""
        self._process.kill()
        for segment in segments(self.trace):
            segment.path.unlink()
        self.journal.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hour, Hour, Hour]]:
    """Two of one seed with different hash seeds, and the beginning of one of another seed."""
    folder = tmp_path_factory.mktemp("hours")
    first, second = Hour(folder / "first", SEED, 1), Hour(folder / "second", SEED, 2)
    first.wait()
    second.wait()
    other = Hour(folder / "other", OTHER_SEED, 1, OTHER_S)
    other.wait()
    yield first, second, other
    for hour in (first, second, other):
        hour.clear()


def test_an_hour_is_decided_alike_in_every_process(hours: tuple[Hour, Hour, Hour]) -> None:
    first, second = (hour.decided() for hour in hours[:2])
    assert first[0] > 3 * HOUR_S, "every stage answers every bar"
    assert second == first
    here, other = (hours[at].decided(most=3 * OTHER_S) for at in (0, 2))
    assert here[0] == other[0] == 3 * OTHER_S
    assert other != here
    assert hours[1].ended == hours[0].ended


def test_an_hour_with_a_restart_and_both_faults_keeps_every_promise(
    hours: tuple[Hour, Hour, Hour],
) -> None:
    hour = hours[0]
    types: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    latches: list[tuple[int, str, str]] = []
    decoder = msgspec.json.Decoder(Line)
    for line in map(decoder.decode, raw(hour.trace)):
        if line.kind == "message":
            types[line.type] += 1
            outcomes["sent"] += len(line.receivers)
            if line.type in ("Latch", "Unlatch"):
                code = msgspec.json.decode(line.message)["code"]
                latches.append((line.at, line.type, code))
        elif line.kind == "delivery":
            outcomes[line.outcome] += 1
    with hour.journal.open("rb") as file:
        rows = [json.loads(line) for line in file]
    report = judge(rows, max_contracts=2, latched=latched_spans(latches))

    assert hour.ended["round_trips"] >= 20
    assert types["ActorRestarted"] == 1
    faults = {row["name"] for row in rows if row["kind"] == "fault"}
    assert faults == {"freeze_feed", "cancel_brackets"}
    assert len(report.entries) == types["PlaceOrder"]

    assert not broken(report.violations), report.details
    assert not broken(hour.ended["violations"])
    assert report.flat
    assert hour.ended["state"] == "FLAT"
    (change,) = report.balance_change.values()
    assert change != Decimal(0)
    assert dollars(hour.ended["net"]) == change == sum(report.net.values())

    books = hour.ended["accounts"]
    assert books["queued"] == books["running"] == 0
    for name in ("sent", "handled", "conflated", "dead"):
        assert outcomes[name] == books[name], name
    assert books["sent"] == books["handled"] + books["conflated"] + books["dead"]
