"""The index beside a trace: where each line stands, and what was caused by what.

SQLite, built on first use and continued where the trace has grown since. It holds few bodies: a
query reads the others from the trace, at the place that the index names. A folder that cannot be
written to costs the saving, nothing else.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from actors.runtime.delivery import Outcome
from actors.runtime.segments import LIVE, Segment, segments
from actors.session.histogram import bucket
from tools.trace.lines import Done, Sent, TraceError, header_of, parsed
from tools.trace.subjects import subjects

VERSION = 4
NUMBERS = 1 << 40
"""Messages that a key has room for, per sender."""

_TABLES = """
CREATE TABLE state (version INTEGER, started INTEGER);
CREATE TABLE segments (
    number INTEGER PRIMARY KEY, thin INTEGER, size INTEGER, reached INTEGER, lines INTEGER);
CREATE TABLE blocks (segment INTEGER, place INTEGER, start INTEGER, PRIMARY KEY (segment, place));
CREATE TABLE names (no INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE messages (
    key INTEGER PRIMARY KEY, type INTEGER, at INTEGER, root INTEGER,
    segment INTEGER, place INTEGER, size INTEGER);
CREATE TABLE deliveries (
    key INTEGER, type INTEGER, receiver INTEGER, outcome TEXT, sent INTEGER, started INTEGER,
    done INTEGER, segment INTEGER, place INTEGER, size INTEGER);
CREATE TABLE causes (effect INTEGER, cause INTEGER, segment INTEGER);
CREATE TABLE spans (
    receiver INTEGER, type INTEGER, measure INTEGER, bucket INTEGER, count INTEGER, most INTEGER,
    segment INTEGER);
CREATE TABLE bodies (segment INTEGER, place INTEGER, line BLOB, PRIMARY KEY (segment, place));
CREATE TABLE subjects (subject TEXT, key INTEGER, segment INTEGER);
"""
LONG = "outcome <> 'conflated' AND done - started > 1000000"
"""Of a handling: more than 1 ms. Few are, so that the longest are at hand at little cost."""
_INDEXES = f"""
CREATE INDEX IF NOT EXISTS messages_by_type ON messages (type);
CREATE INDEX IF NOT EXISTS messages_by_root ON messages (root);
CREATE INDEX IF NOT EXISTS deliveries_by_key ON deliveries (key);
CREATE INDEX IF NOT EXISTS effects_of ON causes (cause);
CREATE INDEX IF NOT EXISTS causes_of ON causes (effect);
CREATE INDEX IF NOT EXISTS subjects_by_name ON subjects (subject);
CREATE INDEX IF NOT EXISTS long_deliveries ON deliveries (done - started) WHERE {LONG};
"""
_FILLED = ("blocks", "messages", "deliveries", "causes", "spans", "bodies", "subjects")

LISTED = frozenset(
    {
        *("PlaceOrder", "OrderEvent", "FillEvent", "RoundTrip"),
        *("Flatten", "Flattened", "FlattenFailed", "ActorRestarted", "Alarm"),
    }
)
"""Types whose lines the index holds itself, because a list reads all of them: to unpack every
block for a few lines each would take seconds.
"""

WAITED, TOOK = 0, 1
"""What a span measures: in the queue, and in the handler."""

_BLOCK = """
SELECT place, start FROM blocks WHERE segment = ? AND place <= ? ORDER BY place DESC LIMIT 1
"""

_HANDLED = Outcome.HANDLED.value
_NONE = (0, 0)

_Spans = dict[tuple[int, int, int, int], tuple[int, int]]
"""(count, longest) by receiver, type, measure and bucket."""


class Index:
    """Places of lines by message id, by type, by cause and by root. Raises TraceError."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace
        self.segments: dict[int, Segment] = {}
        first = segments(trace)
        if not first:
            raise TraceError(f"{trace}: no such file")
        self.header = header_of(first[0])
        self._base = _opened(trace.with_name(f"{trace.name}.index"), self.header.started)
        self._names: dict[str, int] = {
            name: no for no, name in self._base.execute("SELECT no, name FROM names")
        }
        self.refresh()

    def close(self) -> None:
        self._base.close()

    def refresh(self) -> None:
        """Take in what has been written since."""
        self.segments = {segment.number: segment for segment in segments(self._trace)}
        rows = self._base.execute("SELECT number, thin, size, reached, lines FROM segments")
        known = {number: (thin, size, at, lines) for number, thin, size, at, lines in rows}
        for number in tuple(self._stale(known)):
            del known[number]
            self._forget(number)
        for segment in self.segments.values():
            _, size, reached, lines = known.get(segment.number, (0, 0, 0, 0))
            if segment.number not in known or (segment.number == LIVE and segment.size != size):
                try:
                    self._read(segment, reached, lines)
                except OSError as problem:
                    raise TraceError(f"{segment.path} cannot be read: {problem}") from problem
        self._base.executescript(_INDEXES)
        self._base.commit()

    @property
    def torn(self) -> int:
        """Bytes at the end that are no whole line: a kill's, or one that is being written."""
        query = "SELECT size - reached FROM segments WHERE number = ?"
        return sum(torn for (torn,) in self.rows(query, LIVE))

    def rows(self, query: str, *arguments: object) -> list[tuple[int, ...]]:
        """The rows of a query over the tables above."""
        return self._base.execute(query, arguments).fetchall()

    def each(self, query: str, *arguments: object) -> Iterator[tuple[int, ...]]:
        """The rows of a query, one after the other: for those that may not be read to the end."""
        yield from self._base.execute(query, arguments)

    @property
    def live(self) -> int:
        """The number that the live segment will have once it is closed."""
        return max((number for number in self.segments if number < LIVE), default=0) + 1

    @property
    def reached(self) -> int:
        """How much of the live segment is indexed."""
        query = "SELECT reached FROM segments WHERE number = ?"
        return sum(reached for (reached,) in self.rows(query, LIVE))

    def line(self, segment: int, place: int, size: int) -> Sent | Done:
        """The line at a place that the index named."""
        part = self.segments[segment]
        found = parsed(self._packed(part, place, size) if part.packed else part.read(place, size))
        if isinstance(found, Sent | Done):
            return found
        raise TraceError(
            f"{self._trace}: the index is of another trace: delete {self._trace}.index"
        )

    def key(self, id: str) -> int | None:
        """The number of a message id in this index; None for one that no line has."""
        sender, _, number = id.rpartition(":")
        no = self._names.get(sender)
        return None if no is None or not number.isdecimal() else no * NUMBERS + int(number)

    def name(self, number: int) -> str:
        """The name with a number."""
        ((name,),) = self._base.execute("SELECT name FROM names WHERE no = ?", (number,))
        return str(name)

    def number(self, name: str) -> int | None:
        """The number of a type's or an address's name; None for one that no line has."""
        return self._names.get(name)

    def _packed(self, part: Segment, place: int, size: int) -> bytes:
        """A line of a packed segment: the index holds it itself, or knows its block."""
        query = "SELECT line FROM bodies WHERE segment = ? AND place = ?"
        found = self._base.execute(query, (part.number, place)).fetchone()
        if found:
            return bytes(found[0])
        first, start = self._base.execute(_BLOCK, (part.number, place)).fetchone()
        return part.block(start)[place - first : place - first + size]

    def _stale(self, known: Mapping[int, tuple[bool, int, int, int]]) -> Iterator[int]:
        """The segments whose lines are no longer where they were: the live one when it has been
        closed, a closed one that has been thinned out.
        """
        turned = self.segments.keys() - known.keys() - {LIVE}
        for number, (thin, size, _, _) in known.items():
            segment = self.segments.get(number)
            moved = number == LIVE and (turned or (segment is not None and segment.size < size))
            if segment is None or segment.thin != bool(thin) or moved:
                yield number

    def _forget(self, number: int) -> None:
        self._base.execute("DELETE FROM segments WHERE number = ?", (number,))
        for table in _FILLED:
            self._base.execute(f"DELETE FROM {table} WHERE segment = ?", (number,))

    def _read(self, segment: Segment, reached: int, count: int) -> None:
        """Index the whole lines of a segment from `reached` on."""
        rest, spans = b"", _Spans()
        for start, data in segment.blocks(reached):
            if segment.packed:
                block = (segment.number, reached, start)
                self._base.execute("INSERT INTO blocks VALUES (?, ?, ?)", block)
            whole, end, rest = (rest + data).rpartition(b"\n")
            if end:
                lines = whole.split(b"\n")
                reached = self._take(segment, lines, reached, count, spans)
                count += len(lines)
        totals = [(*kind, *total, segment.number) for kind, total in spans.items()]
        self._base.executemany("INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, ?)", totals)
        row = (segment.number, segment.thin, max(segment.size, reached), reached, count)
        self._base.execute("INSERT OR REPLACE INTO segments VALUES (?, ?, ?, ?, ?)", row)

    def _take(
        self, segment: Segment, lines: list[bytes], place: int, count: int, spans: _Spans
    ) -> int:
        messages, deliveries, causes, about, bodies = [], [], [], [], []
        key, name, number = self._key, self._named, segment.number
        for row, line in enumerate(lines, count + 1):
            try:
                found = parsed(line)
            except TraceError as problem:
                raise TraceError(f"{segment.path}, line {row}: {problem}") from problem
            size = len(line)
            if type(found) is Done:
                sent, started, done = found.sent, found.started, found.done
                type_, receiver = name(found.type), name(found.receiver)
                outcome = _HANDLED if found.outcome is Outcome.HANDLED else found.outcome.value
                what = (key(found.id), type_, receiver, outcome)
                deliveries.append((*what, sent, started, done, number, place, size))
                if found.outcome is not Outcome.CONFLATED:
                    for measure, span in ((WAITED, started - sent), (TOOK, done - started)):
                        kind = (receiver, type_, measure, bucket(span))
                        count, most = spans.get(kind, _NONE)
                        spans[kind] = (count + 1, span if span > most else most)
            elif type(found) is Sent:
                effect = key(found.id)
                root = effect if found.root == found.id else key(found.root)
                messages.append((effect, name(found.type), found.at, root, number, place, size))
                if found.causes:
                    causes += [(effect, key(cause), number) for cause in found.causes]
                if found.type in LISTED:
                    bodies.append((number, place, line))
                about += [(subject, effect, number) for subject in subjects(found)]
            place += size + 1
        run = self._base.executemany
        run("INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)", messages)
        run("INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", deliveries)
        run("INSERT INTO causes VALUES (?, ?, ?)", causes)
        run("INSERT INTO subjects VALUES (?, ?, ?)", about)
        run("INSERT OR REPLACE INTO bodies VALUES (?, ?, ?)", bodies)
        return place

    def _key(self, id: str) -> int:
        sender, _, number = id.rpartition(":")
        return (self._names.get(sender) or self._named(sender)) * NUMBERS + int(number)

    def _named(self, name: str) -> int:
        """The number, from 1, of a name; a new one for a new name."""
        no = self._names.get(name)
        if no is None:
            no = self._names[name] = len(self._names) + 1
            self._base.execute("INSERT INTO names VALUES (?, ?)", (no, name))
        return no


def _opened(path: Path, started: int) -> sqlite3.Connection:
    """The index of a trace that began at `started`: the one that is there if it is of that trace,
    else a new one.
    """
    with suppress(sqlite3.Error, OSError):
        base = _connected(path)
        try:
            if base.execute("SELECT version, started FROM state").fetchone() == (VERSION, started):
                return base
        except sqlite3.Error:
            pass
        base.close()
        path.unlink()
    try:
        return _new(_connected(path), started)
    except sqlite3.Error:
        return _new(sqlite3.connect(":memory:"), started)


def _connected(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path)
    base.execute("PRAGMA journal_mode = OFF")
    base.execute("PRAGMA synchronous = OFF")
    return base


def _new(base: sqlite3.Connection, started: int) -> sqlite3.Connection:
    base.executescript(_TABLES)
    base.execute("INSERT INTO state VALUES (?, ?)", (VERSION, started))
    return base
