"""Trace schema v1: what is written can be read back, also after a kill."""

from pathlib import Path

import msgspec
import pytest

from actors.runtime.delivery import Finished, Outcome, Published
from actors.runtime.segments import segments
from actors.runtime.trace import DECISIONS, SCHEMA, TraceFile, decisions, lines
from messages.base import Message
from messages.control import Latch, Pong
from messages.market import Print, Quote, Side, Tape
from tests.runtime.stage import VOCABULARY

HEADER = {"seed": 7, "contracts": ["MES"]}


def published(number: int, message: Message | None, sender: str = "risk", at: int = 5) -> Published:
    kind = "Quote" if message is None else type(message).__name__
    return Published(f"{sender}#1:{number}", kind, sender, ("order",), ("c",), "r", at, message)


def written(path: Path, *records: Published | Finished) -> Path:
    trace = TraceFile(path, HEADER)
    for record in records:
        trace.record(record)
    trace.close()
    return path


def test_the_header_comes_first_with_the_schemas_version(tmp_path: Path) -> None:
    trace = TraceFile(tmp_path / "t", HEADER)
    (header,) = lines(tmp_path / "t")  # there at once
    assert header == {"kind": "header", "schema": SCHEMA, **HEADER}
    trace.close()


def test_a_message_and_its_delivery_are_a_line_each(tmp_path: Path) -> None:
    tape = Tape("MES", 3, (Print(2, 100, 1, Side.SELL),))
    done = Finished(
        "a#1:1", "Tape", "bar", 2, "r", 1, 2, 3, 4, Outcome.DEAD, ("x",), "ValueError()"
    )
    _, message, delivery = lines(written(tmp_path / "t", published(1, tape), done))
    assert message == {
        "kind": "message",
        "id": "risk#1:1",
        "type": "Tape",
        "sender": "risk",
        "receivers": ["order"],
        "causes": ["c"],
        "root": "r",
        "at": 5,
        "message": {
            "is": "Tape",
            "contract": "MES",
            "received": 3,
            "prints": [{"stamp": 2, "price": 100, "size": 1, "side": -1}],
        },
    }
    assert (delivery["kind"], delivery["outcome"]) == ("delivery", "dead")
    assert (delivery["sent"], delivery["started"], delivery["done"], delivery["depth"]) == (
        1,
        2,
        3,
        4,
    )
    assert (delivery["merged"], delivery["error"]) == (["x"], "ValueError()")


def test_a_dropped_body_is_null(tmp_path: Path) -> None:
    _, message = lines(written(tmp_path / "t", published(1, None)))
    assert message["message"] is None


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "t", *[published(n, Latch("a", "b")) for n in range(3)])
    whole = path.read_bytes()
    for cut in (1, 5, 40):
        path.write_bytes(whole[:-cut])
        assert len(list(lines(path))) == 3
    path.write_bytes(whole)
    assert len(list(lines(path))) == 4


def test_lines_are_in_the_file_after_each_flush_and_many_need_none(tmp_path: Path) -> None:
    trace = TraceFile(tmp_path / "t", HEADER)
    trace.record(published(1, Latch("a", "b")))
    trace.flush()
    trace.flush()
    assert len(list(lines(tmp_path / "t"))) == 2
    for number in range(2_000):
        trace.record(published(number, Latch("a", "b")))
    assert len(list(lines(tmp_path / "t"))) > 1_000
    trace.close()
    assert len(list(lines(tmp_path / "t"))) == 2_002


def test_an_older_trace_is_added_to_and_not_overwritten(tmp_path: Path) -> None:
    written(tmp_path / "t", published(1, Latch("a", "b")))
    kinds = [line["kind"] for line in lines(written(tmp_path / "t"))]
    assert kinds == ["header", "message", "header"]


SEGMENT = 20_000
QUOTES = frozenset({"Quote"})


def busy(path: Path, cap: int) -> TraceFile:
    """A trace of 3,000 quotes and 30 latches that has been closed many times over."""
    trace = TraceFile(path, HEADER, QUOTES, SEGMENT, cap)
    for number in range(1, 3_031):
        kind = Latch("a", str(number)) if number % 101 == 0 else Quote("MES", number, number)
        trace.record(published(number, kind))
        if number % 50 == 0:
            trace.flush()
    return trace


def numbers(path: Path, kind: str) -> list[int]:
    found = [line for line in lines(path) if line["kind"] == "message" and line["type"] == kind]
    return [int(line["id"].rpartition(":")[2]) for line in found]


def test_a_full_file_is_closed_and_packed_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "trace_1.jsonl"
    busy(path, cap=SEGMENT * 1_000).close()
    *closed, live = segments(path)
    assert live.path == path
    assert len(closed) > 20
    assert all(part.packed and part.size < SEGMENT / 2 for part in closed)
    assert [line["kind"] for line in lines(path)].count("header") == 1
    every = [int(line["id"].rpartition(":")[2]) for line in lines(path) if "id" in line]
    assert every == list(range(1, 3_031))


def test_beyond_the_cap_the_oldest_market_data_goes_and_never_a_decision(tmp_path: Path) -> None:
    path = tmp_path / "trace_1.jsonl"
    cap = 12_000
    busy(path, cap).close()
    *closed, _ = segments(path)
    thinned = [part.thin for part in closed]
    assert thinned == sorted(thinned, reverse=True), "the oldest first"
    assert any(thinned)
    assert not thinned[-1]
    assert sum(part.size for part in closed if not part.thin) <= cap
    assert numbers(path, "Latch") == list(range(101, 3_031, 101))
    kept = numbers(path, "Quote")
    assert kept == [n for n in range(kept[0], 3_031) if n % 101]
    assert not list(tmp_path.glob("*.part"))


def test_a_kill_between_closing_and_packing_leaves_a_trace_that_can_be_read_and_gone_on_with(
    tmp_path: Path,
) -> None:
    path = tmp_path / "trace_1.jsonl"
    busy(path, cap=SEGMENT * 1_000).close()
    first, second = segments(path)[:2]
    with first.open() as file:
        plain = file.read()
    (tmp_path / "trace_1.0001.jsonl").write_bytes(plain)  # both forms: not yet unlinked
    second.path.with_name(f"{second.path.name}.part").write_bytes(b"half")
    assert numbers(path, "Latch") == list(range(101, 3_031, 101))
    first.path.unlink()  # only the plain form: not yet packed
    assert numbers(path, "Latch") == list(range(101, 3_031, 101))
    before = len(segments(path))
    again = TraceFile(path, HEADER, QUOTES, segment=1)
    again.record(published(9, Latch("a", "b")))
    again.close()
    assert len(segments(path)) == before + 1, "numbers go on: no closed segment is overwritten"


def test_a_file_that_cannot_be_renamed_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, number: int) -> None:
        raise PermissionError("somebody reads it")

    monkeypatch.setattr("actors.runtime.trace.close", refuse)
    path = tmp_path / "trace_1.jsonl"
    busy(path, cap=SEGMENT * 1_000).close()
    assert [part.path for part in segments(path)] == [path]
    assert len(list(lines(path))) == 3_031


def test_decisions_are_the_deciding_messages_without_ids_and_times(tmp_path: Path) -> None:
    latch, pong = Latch("a", "b"), Pong("risk", 1)
    one = written(tmp_path / "1", published(1, Quote("MES", 0, 0)), published(2, latch, at=9))
    two = written(tmp_path / "2", published(7, latch, at=11), published(8, pong))
    (decision,) = decisions(one)
    assert list(decisions(two)) == [decision]
    assert msgspec.json.decode(decision) == ["risk", {"is": "Latch", "code": "a", "words": "b"}]
    other = written(tmp_path / "3", published(7, Latch("a", "c")))
    assert list(decisions(other)) != [decision]
    other = written(tmp_path / "4", published(7, latch, sender="supervisor"))
    assert list(decisions(other)) != [decision]


def test_decisions_name_messages_that_exist() -> None:
    assert {kind.__name__ for kind in VOCABULARY} >= DECISIONS
