"""Trace schema v1: JSON lines. A header; a line a message with its body; a line a delivery with its
times.

`decisions` reads back the decision trace: the bodies of the messages that say what the engine
decided, in order, without ids and measured times. Two runs with the same inputs have the same
decision trace.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from actors.runtime.delivery import Record

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


class TraceFile:
    """Writes the trace. Lines go to the file whole and unbuffered at every flush, so a kill tears
    at most the last.
    """

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        self.path = path
        self._encoder = msgspec.json.Encoder()
        self._lines: list[bytes] = []
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._lines.append(self._encoder.encode({"kind": "header", "schema": SCHEMA, **header}))
        self.flush()

    def record(self, record: Record) -> None:
        self._lines.append(self._encoder.encode(record))
        if len(self._lines) >= 512:
            self.flush()

    def flush(self) -> None:
        if not self._lines:
            return
        data = memoryview(b"\n".join(self._lines) + b"\n")
        self._lines.clear()
        while data:
            data = data[os.write(self._file, data) :]

    def close(self) -> None:
        self.flush()
        os.close(self._file)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The trace's lines; a torn last line (after a kill) is left out."""
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield msgspec.json.decode(line)


def decisions(path: Path) -> Iterator[bytes]:
    """The decision trace: (sender, type, body) of each deciding message as canonical JSON, in
    order.
    """
    encoder = msgspec.json.Encoder(order="sorted")
    for line in lines(path):
        if line["kind"] == "message" and line["type"] in DECISIONS:
            yield encoder.encode([line["sender"], line["message"]])
