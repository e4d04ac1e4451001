"""A trace opened: its messages, typed, and the questions that can be asked of it.

    from tools.trace.trace import Trace
    trace = Trace(Path("logs/trace_2026-11-20.jsonl"))
    for sent in trace.sent(PlaceOrder):
        print(sent.at, sent.body)

Times are ns UTC, prices ticks, money 1/10,000 dollar, as in messages/.
"""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from actors.runtime.segments import LIVE
from messages.base import Message, Nanos
from tools.trace.index import Index
from tools.trace.lines import Done, Header, Sent, TraceError, parsed

_SENT = "SELECT segment, place, size FROM messages"
_DONE = "SELECT segment, place, size FROM deliveries"
_ORDER = " ORDER BY segment, place"
_BEHIND = """
WITH RECURSIVE behind (key) AS (
    SELECT ?
    UNION
    SELECT cause FROM behind
    JOIN messages ON messages.key = behind.key AND messages.root <> behind.key
    JOIN causes ON effect = behind.key)
SELECT type FROM behind JOIN messages ON messages.key = behind.key
UNION
SELECT type FROM behind JOIN subjects ON subjects.key = behind.key AND subject LIKE '%@%'
JOIN subjects AS said USING (subject) JOIN messages ON messages.key = said.key
"""


class Place(NamedTuple):
    """A place between two lines: the number that the segment has, or will have once it is closed,
    and the bytes before it there.
    """

    segment: int
    offset: int


class Trace:
    """One session's trace: its live file, and the closed segments beside it. Raises TraceError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.index = Index(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self.index.close()

    @property
    def header(self) -> Header:
        return self.index.header

    def refresh(self) -> None:
        """Take in what a running session has written since."""
        self.index.refresh()

    def message(self, id: str) -> Sent | None:
        return next(self._sent(f"{_SENT} WHERE key = ?", self.index.key(id)), None)

    def deliveries(self, id: str) -> list[Done]:
        """What became of a message at each of its receivers, in the order in which it did."""
        rows = self.index.rows(f"{_DONE} WHERE key = ?{_ORDER}", self.index.key(id))
        return [self.delivery(*row) for row in rows]

    def delivery(self, segment: int, place: int, size: int) -> Done:
        """The delivery at a place that the index named. Raises TraceError."""
        line = self.index.line(segment, place, size)
        if not isinstance(line, Done):
            raise TraceError(f"{self.path}: the index is spoilt: delete {self.path}.index")
        return line

    def causes(self, sent: Sent) -> list[Sent]:
        """The messages that one was sent because of: the one in hand, then those conflated into
        it. What the trace no longer holds is left out.
        """
        return [found for id in sent.causes if (found := self.message(id)) is not None]

    def effects(self, id: str) -> list[Sent]:
        """What was sent because of a message, in order."""
        query = f"{_SENT} WHERE key IN (SELECT effect FROM causes WHERE cause = ?){_ORDER}"
        return list(self._sent(query, self.index.key(id)))

    def family(self, root: str) -> list[Sent]:
        """Everything that goes back to one root, in order."""
        return list(self._sent(f"{_SENT} WHERE root = ?{_ORDER}", self.index.key(root)))

    def about(self, subject: str) -> list[Sent]:
        """What was said of an order (its tag or number) or a bar, by its subject, in order."""
        query = f"{_SENT} WHERE key IN (SELECT key FROM subjects WHERE subject = ?){_ORDER}"
        return list(self._sent(query, subject))

    def sent(self, *kinds: type[Message] | str, first: Nanos = 0) -> Iterator[Sent]:
        """Every message of some types (of all, where none is named) sent from `first` on, in
        order.
        """
        names = [kind if isinstance(kind, str) else kind.__name__ for kind in kinds]
        numbers = [no for name in names if (no := self.index.number(name)) is not None]
        if not names:
            return self._sent(f"{_SENT} WHERE at >= ?{_ORDER}", first)
        marks = ", ".join("?" * len(numbers))
        where = f"WHERE type IN ({marks}) AND at >= ?"
        return self._sent(f"{_SENT} {where}{_ORDER}", *numbers, first)

    def newest(self, kind: str = "") -> Iterator[Sent]:
        """Every message (of one type, where it is named), the newest first."""
        newest = "ORDER BY segment DESC, place DESC"
        if not kind:
            return self._sent(f"{_SENT} {newest}")
        return self._sent(f"{_SENT} WHERE type = ? {newest}", self.index.number(kind))

    def lines(self) -> Iterator[tuple[Place, Sent | Done]]:
        """Every line but the header, one after the other, as far as it is indexed. Raises
        TraceError.
        """
        for number, segment in sorted(self.index.segments.items()):
            try:
                with segment.open() as file:
                    offset = len(file.readline())
                    for line in file:
                        if number == LIVE and offset >= self.index.reached:
                            return
                        if isinstance(found := parsed(line), Sent | Done):
                            yield Place(number, offset), found
                        offset += len(line)
            except OSError as problem:
                raise TraceError(f"{segment.path} cannot be read: {problem}") from problem

    def place(self, id: str) -> Place | None:
        """Where a message stands; None where the trace does not hold it."""
        query = "SELECT segment, place FROM messages WHERE key = ?"
        return next((Place(*row) for row in self.index.rows(query, self.index.key(id))), None)

    def ended(self, id: str, receiver: str) -> bool:
        """Whether a delivery of a message to a receiver came to an end."""
        query = "SELECT 1 FROM deliveries WHERE key = ? AND receiver = ?"
        return bool(self.index.rows(query, self.index.key(id), self.index.number(receiver)))

    def behind(self, id: str) -> set[str]:
        """The types of all messages that one goes back to, its roots included, and of those that
        speak of the same bar: what waited for another message is not named by its answer.
        """
        rows = self.index.rows(_BEHIND, self.index.key(id))
        return {self.index.name(type_) for (type_,) in rows}

    def receivers(self) -> frozenset[str]:
        """Everyone to whom something was delivered."""
        rows = self.index.rows("SELECT DISTINCT receiver FROM spans")
        return frozenset(self.index.name(receiver) for (receiver,) in rows)

    @property
    def thinned(self) -> bool:
        """Whether segments have lost their market data."""
        return any(segment.thin for segment in self.index.segments.values())

    def end(self) -> Place:
        """Where the trace ends now."""
        return Place(self.index.live, self.index.reached)

    def since(self, place: Place) -> Iterator[Sent]:
        """Every message from a place on that was once the end, in order."""
        first = LIVE if place.segment == self.index.live else place.segment
        query = f"{_SENT} WHERE segment = ? AND place >= ? OR segment > ?{_ORDER}"
        return self._sent(query, first, place.offset, first)

    def done(self) -> Iterator[Done]:
        """Every delivery that came to an end, in order."""
        for row in self.index.rows(f"{_DONE}{_ORDER}"):
            yield self.delivery(*row)

    def span(self) -> tuple[Nanos, Nanos]:
        """From the first to the last message."""
        ((first, last),) = self.index.rows("SELECT min(at), max(at) FROM messages")
        return first or self.header.started, last or self.header.started

    def _sent(self, query: str, *arguments: int | str | None) -> Iterator[Sent]:
        for row in self.index.each(query, *arguments):
            if isinstance(line := self.index.line(*row), Sent):
                yield line
