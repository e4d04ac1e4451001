"""The files of one trace: the live one, and closed segments beside it, packed and in time thinned.

`trace_DATE.jsonl` is live. `trace_DATE.0001.jsonl.gz` is closed, `trace_DATE.0001.thin.jsonl.gz` is
one that has lost its market data for want of room. Each is written under another name and then
renamed, so that a kill leaves a segment as it was or as it should be.

A packed file is a row of gzip members, each a block of whole lines: any gzip reads it through, and
a line can be read without unpacking what stands before its block.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

LIVE = 1 << 20
"""The number of the live segment: after all closed ones."""

_CLOSED = re.compile(r"\.(\d{4,})(\.thin)?\.jsonl(\.gz)?")
_LEVEL = 3
"""Of compression: a fifth larger than the best, in a fifth of the time."""
BLOCK = 1 << 20
"""Bytes of lines in a block: unpacked in milliseconds, packed nearly as well as the whole."""
_KEPT = 8
_PIECE = 1 << 16
_GZIP = 16 + zlib.MAX_WBITS


class Segment(msgspec.Struct, frozen=True):
    """`size` is that of the file as it stands on the disk, which tells whether it has changed."""

    number: int
    path: Path
    size: int

    @property
    def packed(self) -> bool:
        return ".gz" in self.path.suffixes

    @property
    def thin(self) -> bool:
        """Whether its market data has been left out."""
        return ".thin" in self.path.suffixes

    def open(self) -> BinaryIO:
        """Its lines, unpacked."""
        return cast(BinaryIO, gzip.open(self.path)) if self.packed else self.path.open("rb")

    def blocks(self, place: int = 0) -> Iterator[tuple[int, bytes]]:
        """Where each block begins in the file, and its lines; of a packed segment all, else from a
        place on. Raises OSError.
        """
        if self.packed:
            yield from _members(self.path)
            return
        with self.path.open("rb") as file:
            file.seek(place)
            while data := file.read(BLOCK):
                yield place, data
                place += len(data)

    def read(self, place: int, size: int) -> bytes:
        """Bytes from a place in the lines, which must be plain."""
        with self.path.open("rb") as file:
            file.seek(place)
            return file.read(size)

    def block(self, start: int) -> bytes:
        """The lines of the packed block that begins there in the file. Raises OSError."""
        return _unpacked(self, start)


def segments(trace: Path) -> list[Segment]:
    """Those of the trace whose live file is `trace`, oldest first. Where a kill has left a segment
    in two forms, the later form counts.
    """
    found = dict(sorted(_closed(trace), key=lambda closed: len(closed[1].name)))
    if trace.exists():
        found[LIVE] = trace
    return [Segment(number, path, path.stat().st_size) for number, path in sorted(found.items())]


def close(trace: Path, number: int) -> None:
    """Make the live file a closed segment. Raises OSError."""
    trace.replace(_named(trace, f"{number:04d}.jsonl"))


def pack(trace: Path, number: int) -> None:
    """Compress a closed segment. Raises OSError."""
    plain = _named(trace, f"{number:04d}.jsonl")
    packed = _named(trace, f"{number:04d}.jsonl.gz")
    with plain.open("rb") as source:
        _write(packed, _cut(source))
    _finish(packed, plain)


def thin(trace: Path, segment: Segment, wanted: Callable[[bytes], bool]) -> None:
    """Write a packed segment anew with the lines that are `wanted`. Raises OSError."""
    thinned = _named(trace, f"{segment.number:04d}.thin.jsonl.gz")
    with segment.open() as source:
        _write(thinned, _gathered(line for line in source if wanted(line)))
    _finish(thinned, segment.path)


def _named(trace: Path, ending: str) -> Path:
    return trace.with_name(f"{trace.name.removesuffix('.jsonl')}.{ending}")


def _unfinished(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _write(path: Path, blocks: Iterator[bytes]) -> None:
    with _unfinished(path).open("wb") as file:
        for block in blocks:
            file.write(gzip.compress(block, _LEVEL, mtime=0))


def _cut(source: BinaryIO) -> Iterator[bytes]:
    while block := source.read(BLOCK):
        yield block + source.readline()


def _gathered(lines: Iterable[bytes]) -> Iterator[bytes]:
    block, size = [], 0
    for line in lines:
        block.append(line)
        size += len(line)
        if size >= BLOCK:
            yield b"".join(block)
            block, size = [], 0
    if block:
        yield b"".join(block)


def _finish(path: Path, old: Path) -> None:
    _unfinished(path).replace(path)
    old.unlink()


def _closed(trace: Path) -> Iterator[tuple[int, Path]]:
    """A trace that has made room for a younger one keeps its `.1`, and so do its segments."""
    stem, _, older = trace.name.partition(".jsonl")
    for path in trace.parent.glob(f"{stem}.*.jsonl*"):
        name = path.name.removeprefix(stem)
        if not name.endswith(older):
            continue
        if match := _CLOSED.fullmatch(name.removesuffix(older)):
            yield int(match[1]), path


def _members(path: Path, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Where each gzip member begins, from one on, and what is packed in it."""
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(_PIECE)
        while data:
            began, member, parts = file.tell() - len(data), zlib.decompressobj(_GZIP), []
            while data and not member.eof:
                try:
                    parts.append(member.decompress(data))
                except zlib.error as problem:
                    raise gzip.BadGzipFile(f"{path}: not a gzip file: {problem}") from problem
                data = member.unused_data or file.read(_PIECE)
            if not member.eof:
                raise gzip.BadGzipFile(f"{path} ends within a block")
            yield began, b"".join(parts)


@lru_cache(_KEPT)
def _unpacked(segment: Segment, start: int) -> bytes:
    _, lines = next(_members(segment.path, start))
    return lines
