"""The files of a recording: Arrow streams while it grows, parquet files once it has ended.

A parquet file is nothing without its footer, which is written last. A stream is read up to its last
whole batch, wherever a kill has cut it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from filelock import FileLock, Timeout
from pyarrow import parquet

from messages.base import Nanos
from tools.console.command import Stopped
from tools.record.rows import Row
from tools.simulator.recording import COLUMNS, PRICES

GROUP = 65_536
"""Rows of a parquet file's row group, all that is held of a recording while it is finished."""


class Written(msgspec.Struct, frozen=True):
    """A finished file, times in ns UTC; `torn`: its stream was cut within a batch, and is kept."""

    kind: str
    path: Path
    rows: int
    first: Nanos
    last: Nanos
    bytes: int
    torn: bool


class Growing:
    """The three streams of one contract's recording. Raises Stopped where a file of that name
    exists already.
    """

    def __init__(self, prefix: Path) -> None:
        self._prefix = prefix
        self._files: dict[str, Any] = {}
        self._streams: dict[str, Any] = {}
        self._written: set[str] = set()
        for kind in COLUMNS:
            _unused(prefix, kind)
        try:
            for kind in COLUMNS:
                file = self._files[kind] = part(prefix, kind).open("xb")
                self._streams[kind] = pa.ipc.new_stream(file, _schema(kind))
                file.flush()
        except OSError as error:
            self.leave()
            raise unwritable(prefix, error) from error

    def write(self, kind: str, rows: list[Row]) -> None:
        """Append rows, where a kill does not lose them. Raises OSError and ArrowException."""
        schema = _schema(kind)
        columns = zip(schema, zip(*rows, strict=True), strict=True)
        arrays = [pa.array(column, field.type) for field, column in columns]
        self._written.add(kind)
        self._streams[kind].write_batch(pa.record_batch(arrays, schema=schema))
        self._files[kind].flush()

    def close(self) -> None:
        """The streams get no end mark: behind a batch that a full disk has cut it would be read as
        the rest of it.
        """
        for file in self._files.values():
            with suppress(OSError):
                file.close()

    def leave(self) -> None:
        """Close the files, and delete those to which nothing was written."""
        self.close()
        for kind in self._files.keys() - self._written:
            part(self._prefix, kind).unlink(missing_ok=True)


@contextmanager
def held(prefix: Path) -> Iterator[None]:
    """Nobody else records under this prefix, or finishes what is. Raises Stopped."""
    path = Path(f"{prefix}.lock")
    lock = FileLock(path)
    try:
        if not path.parent.is_dir():
            raise FileNotFoundError(f"{path.parent} is not a folder")
        lock.acquire(timeout=0)
    except Timeout:
        words = f"lock: {prefix} is being recorded: wait for its end, or name another prefix"
        raise Stopped(words, 9) from None
    except OSError as error:
        raise unwritable(prefix, error) from error
    try:
        yield
    finally:
        with suppress(OSError):  # Windows keeps the file of an open lock
            path.unlink()
        lock.release()


def finished(prefix: Path) -> list[Written]:
    """Turn what the streams of a recording hold into parquet; one without rows leaves no file.

    Raises Stopped, which leaves the streams that are not finished.
    """
    return [done for kind in COLUMNS if (done := _finished(prefix, kind)) is not None]


def part(prefix: Path, kind: str) -> Path:
    """The stream that becomes a file."""
    return Path(f"{prefix}_{kind}.part")


def unwritable(prefix: Path, error: Exception) -> Stopped:
    why = getattr(error, "strerror", None) or error
    return Stopped(f"files: {prefix}: {why}: name a prefix that can be written", 9)


def _file(prefix: Path, kind: str) -> Path:
    return Path(f"{prefix}_{kind}.parquet")


def _schema(kind: str) -> Any:
    types = {"ts": pa.int64(), "side": pa.int8(), "action": pa.int8()}
    types |= dict.fromkeys(PRICES, pa.float64())
    return pa.schema([(name, types.get(name, pa.int32())) for name in COLUMNS[kind]])


def _unused(prefix: Path, kind: str) -> None:
    if _file(prefix, kind).exists():
        raise Stopped(f"files: {_file(prefix, kind)} exists: name another prefix", 9)
    if part(prefix, kind).exists():
        words = f"files: {part(prefix, kind)} is of a recording that did not end"
        raise Stopped(f"{words}: python -m tools.record finish {prefix}", 9)


def _finished(prefix: Path, kind: str) -> Written | None:
    source, target, rough = part(prefix, kind), _file(prefix, kind), Path(f"{prefix}_{kind}.rough")
    if not source.exists():
        return None
    batches = _Batches(source)
    first = last = None
    rows = 0
    try:
        with parquet.ParquetWriter(rough, _schema(kind), compression="zstd") as writer:
            for group in _groups(batches):
                writer.write_table(group)
                stamps = group.column("ts")
                first = stamps[0].as_py() if first is None else first
                last, rows = stamps[-1].as_py(), rows + group.num_rows
        if first is None or last is None:
            rough.unlink()
            size = 0
        else:
            target.open("xb").close()  # ours from here on
            rough.replace(target)
            size = target.stat().st_size
        if not batches.torn:
            source.unlink()
    except FileExistsError:
        rough.unlink()
        words = f"files: {target} exists: move it away, then finish again"
        raise Stopped(f"{words}; the recording waits in {source}", 9) from None
    except (OSError, pa.ArrowException) as error:
        words = f"files: {source}: {getattr(error, 'strerror', None) or error}: mend that"
        raise Stopped(f"{words}, then python -m tools.record finish {prefix}", 9) from error
    if first is None or last is None:
        return None
    return Written(kind, target, rows, first, last, size, batches.torn)


class _Batches:
    """The whole batches of a stream; `torn` when something follows on them that is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.torn = False

    def __iter__(self) -> Iterator[Any]:
        if not self._path.stat().st_size:
            return
        with pa.OSFile(str(self._path)) as file:
            try:
                with pa.ipc.open_stream(file) as stream:
                    yield from stream
            except (OSError, pa.ArrowInvalid):
                self.torn = True


def _groups(batches: _Batches) -> Iterator[Any]:
    """Tables of about GROUP rows."""
    waiting: list[Any] = []
    rows = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        if rows >= GROUP:
            yield pa.Table.from_batches(waiting)
            waiting, rows = [], 0
    if waiting:
        yield pa.Table.from_batches(waiting)
