"""The doctor on sessions that were killed, that run, and that broke a promise."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from actors.runtime.trace import TraceFile
from actors.session.breaches import INVARIANTS
from config.loading import load
from config.show import plain
from messages.base import SECOND
from messages.control import ActorRestarted, EngineState
from messages.market import Quote
from messages.order import OrderStatus
from tests.session.story import BEGAN, MES, Story, place, started, stop_leg
from tests.trace.bench import (
    DELIVERY,
    MESSAGE,
    ROOT,
    Lines,
    Session,
    diagnosed,
    first,
    notes,
    read,
    run,
    without,
    write,
    wrong,
)
from tests.trace.planted import PLANTED
from tools.trace.doctor import examine, running
from tools.trace.findings import Severity
from tools.trace.trace import Trace


class Told(Story):
    """A session told into a trace of the default settings; the limits are 2 s and 5 s."""

    def __init__(self, path: Path) -> None:
        config = plain(load(None, environ={}).settings)
        self.file = TraceFile(path, {"started": BEGAN, "config": config})
        super().__init__(self.file)
        started(self)
        quote = self.published[-1]
        for receiver in quote.receivers:
            self.finish(quote, receiver)

    def end(self) -> None:
        self.state(EngineState.FLAT, "told")
        self.file.close()


def test_an_orphan_is_found(tmp_path: Path) -> None:
    path = tmp_path / "trace_told.jsonl"
    story = Told(path)
    story.position(1)
    story.order(stop_leg())
    story.position(0)
    story.wait(4_900)
    story.order(stop_leg(OrderStatus.CANCELLED))
    story.order(stop_leg(price=24_190))  # the venue wins no argument with the dead
    story.end()
    assert wrong(diagnosed(path)) == [], "a leg may work on for 5 s"

    path.unlink()
    story = Told(path)
    story.position(1)
    story.order(stop_leg())
    story.position(0)
    story.wait(6_000)
    story.order(stop_leg(OrderStatus.CANCELLED))
    story.end()
    (found,) = wrong(diagnosed(path))
    assert found[0] == "orphan"
    assert "worked on for 6.00 s while flat" in found[1]


def test_a_leg_at_work_at_the_end_is_an_orphan(tmp_path: Path) -> None:
    path = tmp_path / "trace_told.jsonl"
    story = Told(path)
    story.position(1)
    story.order(stop_leg())
    story.position(0)
    story.end()
    (found,) = wrong(diagnosed(path))
    assert found[0] == "orphan"
    assert "stop 7700124502 still at work while flat" in found[1]


@pytest.mark.parametrize(("bare", "violations"), [(1_900, 0), (2_100, 1)])
def test_an_unprotected_span_is_found(tmp_path: Path, bare: int, violations: int) -> None:
    path = tmp_path / "trace_told.jsonl"
    story = Told(path)
    story.position(1)
    story.wait(bare)
    story.order(stop_leg())
    story.order(stop_leg(OrderStatus.CANCELLED))
    story.position(0)
    story.end()
    found = wrong(diagnosed(path))
    assert [what for what, _ in found] == ["PROTECTED"] * violations
    assert not notes(diagnosed(path)), "told once"


def test_an_entry_on_stale_data_is_found(tmp_path: Path) -> None:
    path = tmp_path / "trace_told.jsonl"
    story = Told(path)
    story.wait(6_000)
    story.tell(place())
    silent = story.tell(Quote(MES, story.at, story.at))
    story.end()
    found = diagnosed(path)
    assert ("FRESH", "ff-1 sent on data 6000 ms old") in wrong(found)
    stale = next(one for one in found if one.what == "stale")
    assert (stale.severity, stale.id) == (Severity.NOTE, silent.id)


def test_what_a_session_that_is_not_flat_left_open_is_told(tmp_path: Path) -> None:
    path = tmp_path / "trace_told.jsonl"
    story = Told(path)
    story.position(1)
    story.order(stop_leg())
    story.state(EngineState.NOT_FLAT, "told")
    story.file.close()
    assert dict(wrong(diagnosed(path)))["left open"] == f"{MES}: +1 with stop 7700124502 at work"


def test_a_restart_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "trace_told.jsonl"
    story = Told(path)
    story.tell(ActorRestarted("model"))
    story.end()
    assert notes(diagnosed(path)) == {"restart": "model"}


def test_every_kind_of_finding_is_in_the_docs(killed: Path) -> None:
    page = (ROOT / "docs" / "doctor.md").read_text("utf-8")
    kinds = {what for _, what, _ in PLANTED} | {one.what for one in diagnosed(killed)}
    assert [what for what in kinds if f"| {what} |" not in page and what not in INVARIANTS] == []


@pytest.fixture
def killed(whole: Lines, tmp_path: Path) -> Path:
    """Cut off in mid-position, within a line."""
    held = first(whole, MESSAGE, "FillEvent")["at"] + 1 * SECOND
    kept = [line for line in whole if line.get("at", line.get("done", 0)) < held]
    path = write(tmp_path / "trace_killed.jsonl", [*kept, whole[len(kept)]])
    path.write_bytes(path.read_bytes()[:-40])
    return path


def test_a_killed_session_tells_the_tear_and_what_was_under_way(killed: Path, whole: Lines) -> None:
    found = diagnosed(killed)
    assert [what for what, _ in wrong(found)] == ["ENDS_FLAT", "left open"]
    assert "the session ended RUNNING" in dict(wrong(found))["ENDS_FLAT"]
    assert "+1 with stop 7700124502, limit 7700124503 at work" in dict(wrong(found))["left open"]
    told = notes(found)
    torn = killed.read_bytes().rpartition(b"\n")[2]
    assert told["torn"] == f"the last line is torn: {len(torn)} bytes of it were written"
    assert "RUNNING" in told["no end"]


def test_what_a_kill_interrupted_is_told_apart_from_what_was_lost(
    killed: Path,
) -> None:
    lines = read_whole(killed)
    deliveries = [line for line in lines if line["kind"] == DELIVERY]
    early = next(line for line in deliveries if line["type"] == "Quote")
    last = deliveries[-1]
    found = diagnosed(write(killed.with_name("trace_lost.jsonl"), without(lines, early, last)))
    assert ("unaccounted", f"Quote to {early['receiver']} has no end") in wrong(found)
    assert len(wrong(found)) == 3
    assert notes(found)["in flight"] == f"1 {last['type']} to {last['receiver']}"


def test_a_session_that_runs_is_not_judged_by_its_end(killed: Path) -> None:
    found = diagnosed(killed, goes_on=True)
    assert wrong(found) == []
    assert "RUNNING" in notes(found)["running"]


def test_a_session_runs_while_its_folder_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "trace_2026-11-20.jsonl"
    path.touch()
    assert not running(path)
    with FileLock(tmp_path / ".lock"):
        assert running(path)
        assert not running(tmp_path / "trace_2026-11-19.jsonl")
    assert not running(path)


def test_without_settings_there_are_no_promises_to_judge(tmp_path: Path) -> None:
    path = tmp_path / "trace_bare.jsonl"
    file = TraceFile(path, {"started": BEGAN})
    story = Story(file)
    story.position(1)
    story.state(EngineState.FLAT, "told")
    file.close()
    assert list(notes(diagnosed(path))) == ["settings"]


def test_the_command_ends_with_7_where_something_is_wrong(
    short: Session, killed: Path, tmp_path: Path
) -> None:
    healthy = run("doctor", short.trace)
    assert (healthy.returncode, healthy.stdout) == (0, "nothing to report\n")
    ended = run("doctor", killed, "--json")
    assert ended.returncode == 7
    rows = json.loads(ended.stdout)
    assert {"severity", "what", "when", "words", "id"} == set(rows[0])
    assert rows[0]["severity"] == "WRONG"
    table = run("doctor", killed)
    assert table.returncode == 7
    assert "left open" in table.stdout
    missing = run("doctor", tmp_path / "none.jsonl")
    assert missing.returncode == 9
    assert len(missing.stderr.splitlines()) == 1


WRITER = """
import gzip, sys, threading
from itertools import count
from pathlib import Path
from random import Random
from actors.runtime import segments
from actors.runtime.delivery import Published
from actors.runtime.trace import TraceFile
from messages.control import Latch
packing, killed, compress = threading.Event(), threading.Event(), gzip.compress

def held(block, level, mtime):  # the second block is never packed: the kill meets it
    if len(block) < segments.BLOCK:
        packing.set()
        killed.wait()
    return compress(block, level, mtime=mtime)

gzip.compress = held
rng = Random(7)
trace = TraceFile(Path(sys.argv[1]), {"started": 5}, segment=segments.BLOCK * 3 // 2)
for number in count(1):
    id = f"hub#1:{number}"
    trace.record(Published(id, "Latch", "hub", (), (), id, number, Latch("a", f"{rng.random()}")))
    trace.flush()
    if packing.is_set():
        break
print("packing", flush=True)
killed.wait()
"""


def test_a_kill_while_a_segment_is_packed_loses_no_line(tmp_path: Path) -> None:
    path = tmp_path / "trace_2026-11-20.jsonl"
    unfinished = tmp_path / "trace_2026-11-20.0001.jsonl.gz.part"
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "packing\n"
        process.kill()
    assert unfinished.exists(), "it was being packed"
    with Trace(path) as trace:
        numbers = [int(line.id.rpartition(":")[2]) for line in trace.sent()]
        found = examine(trace)
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(trace.index.segments) == 2
    assert not wrong(found)


def read_whole(path: Path) -> Lines:
    """Without the torn last line."""
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    path.write_bytes(whole + b"\n")
    return read(path)
