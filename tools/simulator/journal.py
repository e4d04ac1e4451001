"""The venue's journal: everything that happened, flat rows in time order, schema 1.

It is the oracle's evidence, so it records the venue's truth and what was sent, never a belief of
a client. Kinds and keys are listed in docs/simulator.md.
"""

from collections.abc import Iterator
from itertools import islice
from os import SEEK_END
from typing import IO, Any, Protocol

import msgspec

Row = dict[str, Any]
BATCH = 512
CHUNK = 1 << 16


class Journal(Protocol):
    """Where rows go."""

    def add(self, row: Row) -> None:
        """Append a row; it may still be completed until the next `settle`."""

    def settle(self) -> None:
        """The step in hand is over: rows may be written away."""

    def lines(self, since: int) -> Iterator[bytes]:
        """The rows from line `since` (0 = first) as JSON lines."""


class MemoryJournal:
    """Keeps the rows as they are, for tests and virtual runs."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.add = self.rows.append

    def settle(self) -> None:
        """Nothing to write away."""

    def lines(self, since: int) -> Iterator[bytes]:
        encode = msgspec.json.encode
        return (encode(row) + b"\n" for row in islice(self.rows, since, len(self.rows)))


class FileJournal:
    """Appends to a file opened in mode w+b with buffering=0, so that memory does not grow."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._encoder = msgspec.json.Encoder()
        self._pending: list[Row] = []
        self.add = self._pending.append

    def settle(self) -> None:
        if len(self._pending) >= BATCH:
            self._write()

    def close(self) -> None:
        """Write what waits; the file is its owner's."""
        self._write()

    def lines(self, since: int) -> Iterator[bytes]:
        """Reads what is there now; rows added while reading are not part of it."""
        self._write()
        end, position, number, rest = self._file.seek(0, SEEK_END), 0, 0, b""
        while position < end:
            self._file.seek(position)
            chunk = self._file.read(min(CHUNK, end - position))
            position += len(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if number >= since:
                    yield line + b"\n"
                number += 1

    def _write(self) -> None:
        if self._pending:
            # not left to mode a: a temporary file has no O_APPEND, and reading moves its position
            self._file.seek(0, SEEK_END)
            self._file.write(self._encoder.encode_lines(self._pending))
            self._pending.clear()
