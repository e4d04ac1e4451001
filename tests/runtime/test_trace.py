"""Trace schema v1: what is written can be read back, also after a kill."""

from pathlib import Path

import msgspec

from actors.runtime.delivery import Finished, Outcome, Published
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
