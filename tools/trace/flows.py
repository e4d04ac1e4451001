"""Which delivery was caused by which: the arrows between the slices of a picture."""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import msgspec

from messages.base import Nanos
from tools.trace.index import NUMBERS
from tools.trace.lines import Done, room
from tools.trace.trace import Trace

Row: TypeAlias = tuple[Nanos, int, int]
"""When a delivery began, and where its line stands: the order in which slices are drawn."""

_DRAWN = """
SELECT started, segment, place, size FROM deliveries
WHERE outcome <> 'conflated' AND started BETWEEN ? AND ?
"""
_OF_ROOT = "AND key IN (SELECT key FROM messages WHERE root = ?)"
_ORDER = "ORDER BY started, segment, place"
_SENT = """
SELECT messages.key, messages.at, deliveries.receiver, deliveries.outcome = 'conflated',
    deliveries.started, deliveries.segment, deliveries.place, deliveries.size
FROM causes JOIN messages ON messages.key = causes.effect
LEFT JOIN deliveries ON deliveries.key = messages.key
WHERE causes.cause = ?
"""
_INTO = """
SELECT key, started, segment, place FROM deliveries
WHERE key = ? AND receiver = ? AND outcome <> 'conflated'
"""


class Selection(msgspec.Struct, frozen=True):
    """Deliveries begun from `first` to `last`; of one root's messages, by its key, or of all."""

    first: Nanos
    last: Nanos
    root: int | None


class Send(NamedTuple):
    """A message sent while another was handled, to one receiver (by its number in the index)."""

    id: str
    receiver: int
    at: Nanos


class Flows:
    """The deliveries of a selection and the arrows between them. What is under way is all that is
    kept in memory.
    """

    def __init__(self, trace: Trace, wanted: Selection) -> None:
        self._trace = trace
        self._index = trace.index
        self._wanted = wanted
        self._names: dict[int, str] = {}
        self._under_way: dict[tuple[str, int], tuple[int, Nanos]] = {}
        self._arrows = 0

    def deliveries(self) -> Iterator[tuple[Row, Done]]:
        """Every delivery that is drawn, as they began."""
        wanted = self._wanted
        times = (wanted.first, wanted.last)
        if wanted.root is None:
            rows = self._index.each(f"{_DRAWN}{_ORDER}", *times)
        else:
            rows = self._index.each(f"{_DRAWN}{_OF_ROOT} {_ORDER}", *times, wanted.root)
        for started, segment, place, size in rows:
            yield (started, segment, place), self._trace.delivery(segment, place, size)

    def sends(self, row: Row, done: Done) -> tuple[list[Send], str]:
        """What was sent in a delivery's handling and is drawn where it arrived, later; and the
        sender's name, which for a port is the worker's.
        """
        found, worker = [], ""
        for key, at, receiver, conflated, *line in self._index.each(
            _SENT, self._index.key(done.id)
        ):
            sender = self._sender(key // NUMBERS)
            name = sender.partition("#")[0]
            if room(name) != done.receiver:
                continue
            worker = name
            if receiver is None:
                continue
            end = self._merged(receiver, line) if conflated else (key, *line[:3])
            if end is not None and end[1:] > row and self._drawn(end[0], end[1]):
                found.append(Send(f"{sender}:{key % NUMBERS}", receiver, at))
        return found, worker

    def depart(self, send: Send, at: Nanos) -> int:
        """An arrow begins at a time of the picture; its number."""
        self._arrows += 1
        self._under_way[send.id, send.receiver] = (self._arrows, at)
        return self._arrows

    def arrived(self, done: Done) -> list[tuple[int, Nanos]]:
        """The arrows that end in a delivery: their numbers, and when they began."""
        receiver = self._index.number(done.receiver)
        assert receiver is not None
        ids = (done.id, *done.merged)
        found = (self._under_way.pop((id, receiver), None) for id in ids)
        return [arrow for arrow in found if arrow is not None]

    def _merged(self, receiver: int, line: list[int]) -> tuple[int, ...] | None:
        """The delivery that a conflated one went into."""
        _, segment, place, size = line
        into = self._trace.delivery(segment, place, size).merged
        rows = self._index.rows(_INTO, self._index.key(into[0]) if into else None, receiver)
        return rows[0] if rows else None

    def _drawn(self, key: int, started: Nanos) -> bool:
        wanted = self._wanted
        if not wanted.first <= started <= wanted.last:
            return False
        if wanted.root is None:
            return True
        return self._index.rows("SELECT root FROM messages WHERE key = ?", key) == [(wanted.root,)]

    def _sender(self, number: int) -> str:
        name = self._names.get(number)
        if name is None:
            name = self._names[number] = self._index.name(number)
        return name
