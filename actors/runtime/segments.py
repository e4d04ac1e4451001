"""The files of one trace: the live one, and closed segments beside it, packed and in time thinned.

`trace_DATE.jsonl` is live. `trace_DATE.0001.jsonl.gz` is closed, `trace_DATE.0001.thin.jsonl.gz` is
one that has lost its market data for want of room. Each is written under another name and then
renamed, so that a kill leaves a segment as it was or as it should be.
"""

import gzip
import re
import shutil
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

LIVE = 1 << 20
"""The number of the live segment: after all closed ones."""

_CLOSED = re.compile(r"\.(\d{4,})(\.thin)?\.jsonl(\.gz)?")
_LEVEL = 3
"""Of compression: a fifth larger than the best, in a fifth of the time."""
_KEPT = 2


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

    def read(self, place: int, size: int) -> bytes:
        """Bytes from a place in the lines. A packed segment is unpacked whole, once."""
        if self.packed:
            return _unpacked(self)[place : place + size]
        with self.path.open("rb") as file:
            file.seek(place)
            return file.read(size)


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
    with _written(packed) as target, plain.open("rb") as source:
        shutil.copyfileobj(source, target, 1 << 20)
    _finish(packed, plain)


def thin(trace: Path, segment: Segment, wanted: Callable[[bytes], bool]) -> None:
    """Write a packed segment anew with the lines that are `wanted`. Raises OSError."""
    thinned = _named(trace, f"{segment.number:04d}.thin.jsonl.gz")
    with _written(thinned) as target, segment.open() as source:
        target.writelines(line for line in source if wanted(line))
    _finish(thinned, segment.path)


def _named(trace: Path, ending: str) -> Path:
    return trace.with_name(f"{trace.name.removesuffix('.jsonl')}.{ending}")


def _unfinished(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _written(path: Path) -> gzip.GzipFile:
    return gzip.open(_unfinished(path), "wb", _LEVEL)


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


@lru_cache(_KEPT)
def _unpacked(segment: Segment) -> bytes:
    with segment.open() as file:
        return file.read()
