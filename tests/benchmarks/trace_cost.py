"""What the trace costs: python -m tests.benchmarks.trace_cost [--megabytes N] [--folder DIR]

In the caller: the records of one message and handing them to the journal, beside the floor, one
SimpleQueue.put; CPU time of the calling thread, best of some rounds. Then how fast a trace is
indexed, beside the floor, its lines parsed; and how long questions take, each from a process of its
own. The trace is a virtual session, repeated with other ids, times and order numbers until it has
so many megabytes (default 60), in segments as a session packs them. Budgets: 1 us a message,
50 MB/s, and 1 s a question over 1000 MB.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from time import perf_counter, process_time, thread_time_ns

from actors.runtime import segments
from actors.runtime.delivery import Finished, Outcome, Published
from actors.runtime.journal import Journal
from messages.market import Quote
from tools.trace.lines import parsed
from tools.trace.trace import Trace

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, MESSAGES = 9, 20_000
MB = 1_000_000
SEGMENT = 64 * MB
SECONDS = 240
DIGITS = 7
"""Of a time in ns: those before them are the same over the whole session."""

QUOTE = Quote("CON.F.US.MES.Z26", 1, 1)
TO, CAUSES = ("bar[CON.F.US.MES.Z26]",), ("market_hub#1:1",)


def published(tap: Callable[[Published | Finished], None]) -> None:
    """As Emitter sends it."""
    tap(Published("market_hub#1:1", "Quote", "market_hub", TO, CAUSES, "market_hub#1:1", 1, QUOTE))


def finished(tap: Callable[[Published | Finished], None]) -> None:
    """As Context ends it."""
    id, type_ = "market_hub#1:1", type(QUOTE).__name__
    tap(Finished(id, type_, TO[0], 1, id, 1, 2, 3, 0, Outcome.HANDLED, (), ""))


def caller() -> Iterator[tuple[str, float]]:
    """(what, ns a message)."""
    tap = Journal().tap
    record = Published("hub#1:1", "Quote", "hub", TO, CAUSES, "hub#1:1", 1, QUOTE)
    put = SimpleQueue[object]().put
    yield "floor: SimpleQueue.put", best(lambda: put(record))
    yield "sent: record and tap", (sent := best(lambda: published(tap)))
    yield "handled: record and tap", (handled := best(lambda: finished(tap)))
    yield "a message with one receiver", sent + handled


def best(call: Callable[[], None]) -> float:
    """CPU time of this thread for one call, in ns, without that of the loop."""
    return min(_round(call) for _ in range(ROUNDS)) - min(_round(_nothing) for _ in range(ROUNDS))


def _nothing() -> None:
    pass


def _round(call: Callable[[], None]) -> float:
    began = thread_time_ns()
    for _ in range(MESSAGES):
        call()
    return (thread_time_ns() - began) / MESSAGES


def repeated(folder: Path, size: int) -> Path:
    """A trace of so many bytes, from one virtual session, in packed segments."""
    seed, trace = folder / "seed.jsonl", folder / "trace_2026-11-20.jsonl"
    options = ("--seconds", str(SECONDS), "--seed", "7", "--trace", str(seed))
    command = [sys.executable, "-m", "tools.simulate", *options]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    header, _, body = seed.read_bytes().partition(b"\n")
    stem = str(json.loads(header)["started"])[:DIGITS].encode()
    number, written = 0, 0
    file = trace.open("wb")
    file.write(header + b"\n")
    for turn in range(size // len(body) + 1):
        written += file.write(_other(body, stem, turn))
        if written > SEGMENT:
            file.close()
            number, written = number + 1, 0
            segments.close(trace, number)
            segments.pack(trace, number)
            file = trace.open("wb")
            file.write(header + b"\n")
    file.close()
    seed.unlink()
    return trace


def _other(body: bytes, stem: bytes, turn: int) -> bytes:
    """The session once more, as if later: ids, times, order numbers and tags of their own."""
    body = body.replace(b"#1:", b"#%d:" % (turn + 1)).replace(stem, b"%d" % (int(stem) + turn))
    return body.replace(b":77001", b":%d" % (77_001 + turn)).replace(b'"ff-', b'"f%d-' % turn)


def indexed(trace: Path) -> tuple[float, float]:
    """MB a second of CPU time: every line read and parsed, which is the floor, and indexed."""
    parts = segments.segments(trace)
    began, size = process_time(), 0
    for part in parts:
        with part.open() as file:
            for line in file:
                parsed(line)
                size += len(line)
    read, began = process_time() - began, process_time()
    Trace(trace).close()
    return size / MB / read, size / MB / (process_time() - began)


def questions(trace: Path) -> Iterator[tuple[str, float]]:
    """(command, seconds), by the clock, the start of Python among them."""
    with Trace(trace) as opened:
        orders = list(opened.sent("PlaceOrder"))
        middle = orders[len(orders) // 2]
    tag = json.loads(bytes(middle.message))["tag"]
    for arguments in (
        ("explain", trace, tag),
        ("seq", trace, tag),
        ("graph", trace, middle.id),
        ("tail", trace, "--once"),
        ("stats", trace),
        ("ls", trace),
    ):
        began = perf_counter()
        command = [sys.executable, "-m", "tools.trace", *map(str, arguments)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        yield arguments[0], perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.trace_cost")
    parser.add_argument("--megabytes", type=int, default=60)
    parser.add_argument("--folder", type=Path, help="where the trace is made, and removed")
    given = parser.parse_args()
    for what, nanos in caller():
        print(f"{what:<30} {nanos:8.0f} ns")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        trace = repeated(Path(folder), given.megabytes * MB)
        floor, speed = indexed(trace)
        print(f"{'floor: lines parsed':<30} {floor:8.1f} MB/s")
        print(f"{'index':<30} {speed:8.1f} MB/s")
        for name, seconds in questions(trace):
            print(f"{name:<30} {seconds:8.2f} s")


if __name__ == "__main__":
    main()
