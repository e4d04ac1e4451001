"""The doctor finds each planted defect, and nothing in a session that is healthy."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

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
from tests.trace.bench import ROOT, Lines, Session, first, read, run, write
from tools.trace.doctor import examine, running
from tools.trace.findings import TOLD, Finding, Severity
from tools.trace.trace import Trace

MESSAGE, DELIVERY = "message", "delivery"
HUB = "market_hub#1"
MS = 1_000_000


def diagnosed(path: Path, goes_on: bool = False) -> list[Finding]:
    with Trace(path) as trace:
        return examine(trace, goes_on)


def wrong(found: list[Finding]) -> list[tuple[str, str]]:
    return [(one.what, one.words) for one in found if one.severity is Severity.WRONG]


def notes(found: list[Finding]) -> dict[str, str]:
    return {one.what: one.words for one in found if one.severity is Severity.NOTE}


def entry(lines: Lines) -> dict[str, Any]:
    return first(lines, MESSAGE, "PlaceOrder")


def signal(lines: Lines) -> dict[str, Any]:
    return first(lines, MESSAGE, "Signal")


def without(lines: Lines, *gone: dict[str, Any]) -> Lines:
    return [line for line in lines if line not in gone]


def absent_cause(lines: Lines) -> Lines:
    signal(lines)["causes"] = [f"{HUB}:99999999"]
    return lines


def later_cause(lines: Lines) -> Lines:
    """The supervisor's rounds go on to the end."""
    signal(lines)["causes"] = [lines[-1]["id"]]
    return lines


def cause_of_another(lines: Lines) -> Lines:
    signal(lines)["causes"] = [first(lines, MESSAGE, "Quote")["id"]]
    return lines


def cause_of_before(lines: Lines) -> Lines:
    signal(lines)["causes"] = [first(lines, MESSAGE, "NoPrediction")["id"]]
    return lines


def cause_not_yet_taken_up(lines: Lines) -> Lines:
    cause = signal(lines)["causes"][0]
    first(lines, DELIVERY, id=cause)["started"] += 1 * MS
    return lines


def lost_prediction(lines: Lines) -> Lines:
    cause = signal(lines)["causes"][0]
    return [line for line in lines if line.get("id") != cause]


def lost_message(lines: Lines) -> Lines:
    return without(lines, first(lines, MESSAGE, "Prediction"))


def lost_result(lines: Lines) -> Lines:
    return without(lines, first(lines, MESSAGE, "PlaceResult"))


def lost_refusal(lines: Lines) -> Lines:
    """Nobody receives it, and nothing follows: only what it answers can tell."""
    return without(lines, first(lines, MESSAGE, "NoSignal"))


def fill_of_nobody(lines: Lines) -> Lines:
    first(lines, MESSAGE, "FillEvent")["message"]["fill"]["order"] = 999
    return lines


def no_end(lines: Lines) -> Lines:
    return without(lines, first(lines, DELIVERY, "Prediction"))


def two_ends(lines: Lines) -> Lines:
    return [*lines, first(lines, DELIVERY, "Prediction")]


def end_elsewhere(lines: Lines) -> Lines:
    first(lines, DELIVERY, "Prediction")["receiver"] = "risk"
    return lines


def gap(lines: Lines) -> Lines:
    """A depth record: nothing follows from it."""
    gone = first(lines, MESSAGE, "Depth")["id"]
    return [line for line in lines if line.get("id") != gone]


def number_again(lines: Lines) -> Lines:
    again = first(lines, MESSAGE, "Depth")
    return [*lines, {**again, "receivers": []}]


def backward(lines: Lines) -> Lines:
    first(lines, MESSAGE, id=f"{HUB}:50")["at"] -= 60 * SECOND
    return lines


def silence(lines: Lines) -> Lines:
    begin = lines[-1]["sent"] - 10 * SECOND
    return [
        line for line in lines if not 0 < line.get("at", line.get("done", 0)) - begin < 3 * SECOND
    ]


def no_body(lines: Lines) -> Lines:
    first(lines, MESSAGE, "Tape")["message"] = None
    return lines


def slow(lines: Lines) -> Lines:
    first(lines, DELIVERY, "Prediction")["done"] += 3 * SECOND
    return lines


def dead(lines: Lines) -> Lines:
    first(lines, DELIVERY, "Prediction").update(outcome="dead", error="ValueError('planted')")
    return lines


def resent(lines: Lines) -> Lines:
    """The venue is sent the same tag twice."""
    again = entry(lines)
    return [*lines, {**again, "id": "order#1:9999999", "receivers": [], "at": lines[-1]["done"]}]


PLANTED: list[tuple[Callable[[Lines], Lines], str, str]] = [
    (absent_cause, "wrong edge", f"Signal of signal names {HUB}:99999999 as a cause, which is not"),
    (later_cause, "wrong edge", "which comes later"),
    (cause_of_another, "wrong edge", "which signal never received"),
    (cause_of_before, "wrong edge", "which signal was done with"),
    (cause_not_yet_taken_up, "wrong edge", "which signal took up only later"),
    (lost_prediction, "missing hop", "was sent without Prediction behind it"),
    (lost_result, "missing hop", "gateway took PlaceOrder and gave no PlaceResult"),
    (
        lost_refusal,
        "missing hop",
        "signal took a bar and its prediction and gave no NoSignal or Signal",
    ),
    (fill_of_nobody, "missing hop", "of order 999, which nobody here sent"),
    (no_end, "unaccounted", "Prediction to signal has no end"),
    (two_ends, "unaccounted", "Prediction ended twice at signal"),
    (end_elsewhere, "unaccounted", "Prediction ended at risk, to whom it was not sent"),
    (lost_message, "unaccounted", "Prediction ended at signal, and was never sent"),
    (gap, "gap", "lines are missing"),
    (number_again, "number again", f"{HUB} has sent"),
    (backward, "time runs back", "ms older than what"),
    (silence, "silence", "nothing for 3.1 s"),
    (no_body, "body left out", "1 of Tape"),
    (slow, "slow handler", "signal was 3.00 s with Prediction"),
    (dead, "dead letter", "Prediction at signal: ValueError('planted')"),
    (resent, "ONE_ORDER", "is used again"),
]
PLANTS = [f"{plant.__name__}, {what}" for plant, what, _ in PLANTED]


def test_a_healthy_session_has_nothing_wrong(session: Session, short: Session) -> None:
    assert diagnosed(short.trace) == []
    assert wrong(diagnosed(session.trace)) == [], "flattens for lost brackets are no fault"


@pytest.mark.parametrize(("plant", "what", "words"), PLANTED, ids=PLANTS)
def test_a_planted_defect_is_found(
    whole: Lines,
    tmp_path: Path,
    plant: Callable[[Lines], Lines],
    what: str,
    words: str,
) -> None:
    fresh: Lines = json.loads(json.dumps(whole))
    found = wrong(diagnosed(write(tmp_path / "trace_planted.jsonl", plant(fresh))))
    assert any(kind == what and words in said for kind, said in found), found


def test_a_prediction_may_reach_the_signal_room_before_its_bar(
    whole: Lines, tmp_path: Path
) -> None:
    """Threads: then the signal names the bar as its cause, and no prediction."""
    fresh: Lines = json.loads(json.dumps(whole))
    entered = signal(fresh)
    prediction = first(fresh, MESSAGE, id=entered["causes"][0])
    closed = first(fresh, MESSAGE, id=prediction["causes"][0])
    heard = [
        first(fresh, DELIVERY, id=told["id"], receiver="signal") for told in (prediction, closed)
    ]
    entered["causes"] = [closed["id"]]
    rest = without(fresh, *heard)
    place = rest.index(entered)
    early = [*rest[:place], heard[0], entered, heard[1], *rest[place + 1 :]]
    assert diagnosed(write(tmp_path / "trace_early.jsonl", early)) == []


def test_what_is_found_is_told_with_the_message_to_look_at(whole: Lines, tmp_path: Path) -> None:
    fresh: Lines = json.loads(json.dumps(whole))
    gone = first(fresh, DELIVERY, "Prediction")
    (one,) = diagnosed(write(tmp_path / "trace_planted.jsonl", no_end(fresh)))
    assert (one.severity, one.what, one.at, one.id) == (
        *(Severity.WRONG, "unaccounted"),
        *(gone["sent"], gone["id"]),
    )


def test_too_many_to_tell_are_counted(whole: Lines, tmp_path: Path) -> None:
    quotes = [line for line in whole if line["kind"] == DELIVERY and line["type"] == "Quote"][:70]
    found = diagnosed(write(tmp_path / "trace_planted.jsonl", without(whole, *quotes)))
    assert len(found) == TOLD + 1
    assert [one.words for one in found if one.words.startswith("and ")] == ["and 50 more"]


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
import sys
from pathlib import Path
from random import Random
from actors.runtime import segments
from actors.runtime.delivery import Published
from actors.runtime.trace import TraceFile
from messages.control import Latch
segments._LEVEL = 9  # slow, so that a kill can meet it
rng = Random(7)
trace = TraceFile(Path(sys.argv[1]), {"started": 5}, segment=16_000_000)
for number in range(1, 1_000_000):
    id = f"hub#1:{number}"
    trace.record(Published(id, "Latch", "hub", (), (), id, number, Latch("a", f"{rng.random()}")))
    trace.flush()
"""


def test_a_kill_while_a_segment_is_packed_loses_no_line(tmp_path: Path) -> None:
    path = tmp_path / "trace_2026-11-20.jsonl"
    unfinished = tmp_path / "trace_2026-11-20.0001.jsonl.gz.part"
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], cwd=ROOT)
    try:
        end = monotonic() + 30
        while not unfinished.exists() or not path.exists():
            assert monotonic() < end, "nothing was packed"
            assert process.poll() is None
            sleep(0.001)
    finally:
        process.kill()
        process.wait()
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
