"""Trace schema v1: JSON lines. A header; a line a message with its body; a line a delivery with its
times.

`decisions` reads back the decision trace: the bodies of the messages that say what the engine
decided, in order, without ids and measured times. Two runs with the same inputs have the same
decision trace.
"""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from actors.runtime.delivery import Record
from actors.runtime.segments import LIVE, close, pack, segments, thin

SCHEMA = 1

DECISIONS = frozenset(
    {
        "BarClosed",
        "Prediction",
        "NoPrediction",
        "Signal",
        "NoSignal",
        "Approved",
        "Denied",
        "Permission",
        "PlaceOrder",
        "CancelOrder",
        "ModifyOrder",
        "CloseContract",
        "PhaseChanged",
        "PositionChanged",
        "RoundTrip",
        "Alarm",
        "Latch",
        "Unlatch",
        "Flatten",
        "StateChanged",
        "ActorRestarted",
    }
)


MEGABYTE = 1_000_000


class TraceFile:
    """Writes the trace. Lines go to the file whole and unbuffered at every flush, so a kill tears
    at most the last.

    A live file of `segment` bytes is closed, and packed on a thread of its own. Where the closed
    ones take more than `cap` bytes, the oldest lose their lines of the types in `market`; what was
    decided and ordered is never given up.
    """

    def __init__(
        self,
        path: Path,
        header: Mapping[str, Any],
        market: frozenset[str] = frozenset(),
        segment: int = 64 * MEGABYTE,
        cap: int = 4_000 * MEGABYTE,
    ) -> None:
        self.path = path
        self._encoder = msgspec.json.Encoder()
        self._header = self._encoder.encode({"kind": "header", "schema": SCHEMA, **header})
        self._market = market
        self._segment = segment
        self.cap = cap
        self._closed = max(
            (part.number for part in segments(path) if part.number < LIVE), default=0
        )
        self._packer: threading.Thread | None = None
        self._size = 0
        self._lines: list[bytes] = []
        self._open()

    def record(self, record: Record) -> None:
        self._lines.append(self._encoder.encode(record))
        if len(self._lines) >= 512:
            self.flush()

    def flush(self) -> None:
        if self._lines:
            self._write()
        if self._size >= self._segment:
            self._turn()

    def close(self) -> None:
        self.flush()
        os.close(self._file)
        self.settle()

    def _write(self) -> None:
        data = memoryview(b"\n".join(self._lines) + b"\n")
        self._lines.clear()
        self._size += len(data)
        while data:
            data = data[os.write(self._file, data) :]

    def _open(self) -> None:
        self._append()
        self._lines.append(self._header)
        self._write()
        self._size = 0  # the header does not count: a file that holds nothing else is not closed

    def _append(self) -> None:
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._size = 0

    def _turn(self) -> None:
        """Close the live file and begin the next one. Where that cannot be (Windows renames no file
        that somebody reads), the live file goes on for another length.
        """
        self.settle()
        os.close(self._file)
        try:
            close(self.path, self._closed + 1)
        except OSError:
            self._append()
            return
        self._closed += 1
        self._open()
        work = (self._closed,)
        self._packer = threading.Thread(target=self._pack, args=work, name="trace", daemon=True)
        self._packer.start()

    def settle(self) -> None:
        """Wait for the packer: it is many times faster than the trace grows."""
        if self._packer is not None:
            self._packer.join()

    def _pack(self, number: int) -> None:
        """A segment that cannot be packed (a full disk) stays as it is: it can still be read."""
        with suppress(OSError):
            pack(self.path, number)
            closed = segments(self.path)[:-1]
            total = sum(part.size for part in closed)
            for part in closed:
                if total <= self.cap:
                    break
                if not part.thin:
                    total -= part.size
                    thin(self.path, part, self._kept)

    def _kept(self, line: bytes) -> bool:
        return msgspec.json.decode(line, type=_Typed).type not in self._market


class _Typed(msgspec.Struct, frozen=True):
    type: str = ""


def raw(path: Path) -> Iterator[bytes]:
    """The trace's lines, closed segments first, with one header; a torn last line (after a kill) is
    left out.
    """
    for place, segment in enumerate(segments(path)):
        with segment.open() as file:
            for row, line in enumerate(file):
                if line.endswith(b"\n") and not (place and row == 0):
                    yield line


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of `raw`, read."""
    return map(msgspec.json.decode, raw(path))


def decisions(path: Path) -> Iterator[bytes]:
    """The decision trace: (sender, type, body) of each deciding message as canonical JSON, in
    order.
    """
    encoder = msgspec.json.Encoder(order="sorted")
    for line in lines(path):
        if line["kind"] == "message" and line["type"] in DECISIONS:
            yield encoder.encode([line["sender"], line["message"]])
