"""A trace is opened, asked, and followed while it grows, is closed, packed and thinned."""

import gzip
import sqlite3
from pathlib import Path

import msgspec
import pytest

from actors.runtime.delivery import Finished, Outcome, Published
from actors.runtime.segments import LIVE, segments
from actors.runtime.trace import TraceFile
from messages.base import Message
from messages.control import Flatten, Latch
from messages.decision import Signal, SignalKind
from messages.market import Quote
from messages.order import CancelOrder
from supervisor import ROUTES
from tools.trace.comparing import Parting, parting
from tools.trace.following import Filter, Following
from tools.trace.lines import Sent, TraceError, vocabulary
from tools.trace.stats import slowest, stats
from tools.trace.trace import Trace

BLOCKS = "actors.runtime.segments.BLOCK"

HEADER = {"started": 5, "seed": 7, "contracts": ["MES"]}
QUOTE, LATCH = Quote("MES", 1, 1), Latch("a", "b")
SIGNAL = Signal("MES", 9, SignalKind.LONG_ENTRY, 0.7, 100)


def sent(id: str, message: Message | None, *causes: str, root: str = "", at: int = 10) -> Published:
    sender = id.partition("#")[0]
    kind = "Quote" if message is None else type(message).__name__
    return Published(id, kind, sender, ("risk",), causes, root or id, at, message)


def done(id: str, started: int = 12, ended: int = 15) -> Finished:
    return Finished(id, "Quote", "risk", 1, id, 10, started, ended, 3, Outcome.HANDLED)


def write(path: Path, *records: Published | Finished, segment: int = 10**9, cap: int = 0) -> None:
    trace = TraceFile(path, HEADER, frozenset({"Quote"}), segment, cap or 10**9)
    for record in records:
        trace.record(record)
        trace.flush()
    trace.close()


CHAIN = (
    sent("hub#1:1", QUOTE),
    done("hub#1:1"),
    sent("signal#1:1", SIGNAL, "hub#1:1", "hub#1:9", root="hub#1:1"),
    sent("risk#1:1", LATCH, "signal#1:1", root="hub#1:1"),
    done("signal#1:1", 20, 30),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trace_2026-11-20.jsonl"


def test_messages_are_typed_and_found_by_id_type_cause_and_root(path: Path) -> None:
    write(path, *CHAIN)
    with Trace(path) as trace:
        assert (trace.header.seed, trace.header.contracts) == (7, ("MES",))
        assert [line.body for line in trace.sent(Signal)] == [SIGNAL]
        assert [line.type for line in trace.sent()] == ["Quote", "Signal", "Latch"]
        latch = trace.message("risk#1:1")
        assert latch is not None
        (signal,) = trace.causes(latch)
        assert signal.body == SIGNAL
        assert [line.id for line in trace.causes(signal)] == ["hub#1:1"], "hub#1:9 is not in it"
        assert [line.id for line in trace.effects("hub#1:1")] == ["signal#1:1"]
        assert [line.id for line in trace.family("hub#1:1")] == [
            "hub#1:1",
            "signal#1:1",
            "risk#1:1",
        ]
        (delivery,) = trace.deliveries("signal#1:1")
        assert (delivery.waited, delivery.took, delivery.depth) == (10, 10, 3)
        assert trace.message("nobody#1:1") is None
        assert trace.message("nonsense") is None
        assert list(trace.sent("NoSuchType")) == []


def test_every_message_that_is_routed_can_be_read_back() -> None:
    assert {kind.__name__ for kind in ROUTES} <= vocabulary().keys()


def test_a_body_that_was_left_out_is_none(path: Path) -> None:
    write(path, sent("hub#1:1", None))
    with Trace(path) as trace:
        assert [line.body for line in trace.sent()] == [None]


def test_the_index_is_kept_and_goes_on_where_the_trace_has_grown(path: Path) -> None:
    write(path, *CHAIN)
    Trace(path).close()
    index = path.with_name(f"{path.name}.index")
    base = sqlite3.connect(index)
    base.execute("DELETE FROM messages")  # to be seen: what is indexed is not read again
    base.commit()
    base.close()
    with Trace(path) as trace:
        assert list(trace.sent()) == []
        with path.open("ab") as file:
            file.write(b'{"kind":"message","id":"risk#1:2","type":"Latch","sender":"risk",')
        trace.refresh()
        assert trace.index.torn > 0
        assert list(trace.sent()) == []
        with path.open("ab") as file:
            file.write(b'"receivers":[],"causes":[],"root":"risk#1:2","at":1,"message":null}\n')
        trace.refresh()
        assert trace.index.torn == 0
        assert [line.id for line in trace.sent()] == ["risk#1:2"]


def test_a_trace_that_turns_packs_and_thins_while_it_is_open_stays_whole(path: Path) -> None:
    with TraceLong(path) as long:
        long.write(40)
        with Trace(path) as trace:
            assert [line.id for line in trace.sent(Latch)] == long.latches
            long.write(400)
            trace.refresh()
            assert len(trace.index.segments) > 3
            assert [line.id for line in trace.sent(Latch)] == long.latches
            long.cap()
            long.write(400)
            trace.refresh()
            assert [line.id for line in trace.sent(Latch)] == long.latches
            assert any(part.thin for part in trace.index.segments.values())
            first = trace.message(long.latches[0])
            assert first is not None
            assert first.body == LATCH


def test_a_growing_trace_is_followed_over_every_turn_without_a_hole_or_a_repeat(path: Path) -> None:
    with TraceLong(path) as long:
        long.write(15)
        with Trace(path) as trace:
            following = Following(trace, Filter(type="Latch"))
            assert len(following.last(5)) == 1
            told: list[str] = []
            for count in (1, 30, 3, 200, 7):
                long.write(count)
                told += following.more()
            assert len(trace.index.segments) > 3
            assert len(told) == len(long.latches) - 1
            assert len(Following(trace, Filter(type="Latch")).last(100)) == len(long.latches)
            assert Following(trace, Filter(actor="hub", order="nobody")).last(9) == []


def test_what_is_about_an_order_is_followed_by_its_number(path: Path) -> None:
    mine, other = (CancelOrder("MES", number) for number in (7, 77))
    write(path, sent("order#1:1", mine), sent("order#1:2", other), sent("risk#1:1", LATCH))
    with Trace(path) as trace:
        following = Following(trace, Filter(order="7"))
        assert [line.partition("  ")[2] for line in following.last(9)] == [
            "order -> risk  CancelOrder: CANCEL order 7"
        ]
        with path.open("ab") as file:
            for number, about in ((3, other), (4, mine)):
                body = msgspec.json.encode(sent(f"order#1:{number}", about))
                file.write(body + b"\n")
        assert len(following.more()) == 1


def test_what_lists_read_is_in_the_index_though_its_segment_is_packed(path: Path) -> None:
    flatten = Flatten(1, "stopping")
    quotes = [sent(f"hub#1:{number}", QUOTE) for number in range(1, 60)]
    write(path, *quotes[:30], sent("supervisor#1:1", flatten), *quotes[30:], segment=1_500)
    Trace(path).close()
    spoilt = [part for part in segments(path)[1:] if part.packed]
    assert len(spoilt) > 3
    for part in spoilt:
        part.path.write_bytes(b"x" * part.size)
    with Trace(path) as trace:
        assert [line.body for line in trace.sent(Flatten)] == [flatten]
        with pytest.raises(OSError, match="gzip"):
            list(trace.sent(Quote))


def test_a_line_of_a_packed_segment_needs_no_block_but_its_own(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BLOCKS, 1_000)
    write(path, *(sent(f"hub#1:{number}", QUOTE) for number in range(1, 101)), segment=12_000)
    part = segments(path)[0]
    with gzip.open(part.path) as file:
        assert len(file.readlines()) > 50, "any gzip reads it through"
    Trace(path).close()
    (_, first), (second, _), (third, lines), (fourth, _), *others = part.blocks()
    assert len(others) > 4
    whole = part.path.read_bytes()
    spoilt = b"x" * (third - second), whole[third:fourth], b"x" * (part.size - fourth)
    part.path.write_bytes(whole[:second] + b"".join(spoilt))
    with Trace(path) as trace:
        found = [line for number in range(1, 50) if (line := _read(trace, f"hub#1:{number}"))]
    assert len(found) == (first + lines).count(b"\n") - 1, "the first line is the header"
    assert found[-1].body == QUOTE


def _read(trace: Trace, id: str) -> Sent | None:
    try:
        return trace.message(id)
    except OSError:
        return None


def test_a_packed_file_that_ends_within_a_block_is_refused(path: Path) -> None:
    write(path, *(sent(f"hub#1:{number}", QUOTE) for number in range(1, 101)), segment=9_000)
    part = segments(path)[0]
    part.path.write_bytes(part.path.read_bytes()[:-20])
    with pytest.raises(TraceError, match=r"cannot be read: .* ends within a block"):
        Trace(path)


def test_sums_of_waits_stand_once_a_segment_however_many_blocks_it_has(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BLOCKS, 1_000)
    write(path, *(done(f"hub#1:{number}") for number in range(1, 101)), segment=12_000)
    with Trace(path) as trace:
        (row,) = stats(trace)
        assert row["count"] == 100
        kinds = trace.index.rows("SELECT segment, measure, bucket FROM spans")
        assert len(set(kinds)) == len(kinds)


def test_messages_from_a_time_on(path: Path) -> None:
    write(path, *(sent(f"risk#1:{number}", LATCH, at=number) for number in (1, 5, 9)))
    with Trace(path) as trace:
        assert [line.at for line in trace.sent(Latch, first=5)] == [5, 9]
        assert [line.at for line in trace.sent(first=6)] == [9]


def test_waits_and_handling_times_per_actor_and_type(path: Path) -> None:
    write(path, *CHAIN, done("risk#1:1", 11, 1_000_011))
    with Trace(path) as trace:
        (row,) = stats(trace)
        assert (row["actor"], row["type"], row["count"]) == ("risk", "Quote", 3)
        assert row["took_max_ms"] == 1.0
        assert [line["id"] for line in slowest(trace, 1)] == ["risk#1:1"]


def test_the_slowest_are_found_however_few_took_long(path: Path) -> None:
    spans = {"hub#1:1": 3_000_000, "hub#1:2": 5, "hub#1:3": 2_000_000, "hub#1:4": 900_000}
    write(path, *(done(id, 0, span) for id, span in spans.items()))
    with Trace(path) as trace:
        for count in range(6):
            found = [line["id"] for line in slowest(trace, count)]
            assert found == sorted(spans, key=lambda id: -spans[id])[:count]


def test_the_first_decision_that_differs_is_found(tmp_path: Path) -> None:
    one, same, other, shorter = (tmp_path / name for name in ("1", "2", "3", "4"))
    write(one, *CHAIN)
    write(same, sent("signal#1:8", SIGNAL, at=99), sent("risk#1:9", LATCH, at=100))
    write(other, sent("signal#1:1", SIGNAL), sent("risk#1:1", Latch("a", "c")))
    write(shorter, sent("signal#1:1", SIGNAL))
    with Trace(one) as mine, Trace(same) as its:
        assert parting(mine, its) == 2, "ids and times do not count"
    with Trace(one) as mine, Trace(other) as its:
        found = parting(mine, its)
        assert isinstance(found, Parting)
        assert found.alike == 1
        assert found.other is not None
        assert found.other.body == Latch("a", "c")
    with Trace(one) as mine, Trace(shorter) as its:
        found = parting(mine, its)
        assert isinstance(found, Parting)
        assert (found.alike, found.other) == (1, None)


class TraceLong:
    """A running session's trace: a latch after every nine quotes."""

    def __init__(self, path: Path) -> None:
        self.file = TraceFile(path, HEADER, frozenset({"Quote"}), 4_000, 10**9)
        self.latches: list[str] = []
        self.count = 0

    def __enter__(self) -> "TraceLong":
        return self

    def __exit__(self, *ignored: object) -> None:
        self.file.close()

    def write(self, lines: int) -> None:
        for _ in range(lines):
            self.count += 1
            latch = self.count % 10 == 0
            id = f"{'risk' if latch else 'hub'}#1:{self.count}"
            self.latches += [id] * latch
            self.file.record(sent(id, LATCH if latch else QUOTE))
            self.file.flush()
        self.file.settle()

    def cap(self) -> None:
        self.file.cap = 1


def test_an_index_of_another_session_is_made_anew(path: Path) -> None:
    write(path, *CHAIN)
    Trace(path).close()
    path.unlink()
    HEADER["started"] = 6
    try:
        write(path, sent("risk#1:7", LATCH))
    finally:
        HEADER["started"] = 5
    with Trace(path) as trace:
        assert [line.id for line in trace.sent()] == ["risk#1:7"]


def test_a_spoilt_index_is_made_anew(path: Path) -> None:
    write(path, *CHAIN)
    path.with_name(f"{path.name}.index").write_bytes(b"no database" * 500)
    with Trace(path) as trace:
        assert len(list(trace.sent())) == 3


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no trace"),
        ("{}\n", "no trace"),
        ('{"kind":"header","schema":2}\n', "schema 2; this version reads 1"),
        ('{"kind":"header","schema":1}\nnonsense\n', "line 2"),
    ],
)
def test_what_is_no_trace_is_said_in_one_line(path: Path, text: str, complaint: str) -> None:
    path.write_text(text, "utf-8")
    with pytest.raises(TraceError, match=complaint) as raised:
        Trace(path)
    assert "\n" not in str(raised.value)


def test_a_trace_that_is_not_there(path: Path) -> None:
    with pytest.raises(TraceError, match="no such file"):
        Trace(path)


def test_every_line_is_indexed_once_over_all_segments(path: Path) -> None:
    with TraceLong(path) as long:
        long.write(1_000)
    with Trace(path) as trace:
        found = [int(line.id.rpartition(":")[2]) for line in trace.sent()]
    assert found == list(range(1, 1_001))
    assert segments(path)[-1].number == LIVE
