"""A session in Chrome's trace-event format, which Perfetto and chrome://tracing draw.

A track for each actor and each worker of a port, a slice for each delivery that was handled, an
arrow for each message from the slice that sent it to the slice that handled it (or handled the one
that it was merged into), a bar for each wait in a queue, and counters. Times are us since the first
message. Source of the format: Google's "Trace Event Format" document.
"""

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import msgspec

from messages.base import DOLLAR, Message, Money, Nanos
from messages.position import DayFigures, PositionChanged, PositionMarked
from tools.trace.explain import of_root
from tools.trace.flows import Flows, Row, Selection
from tools.trace.lines import Done
from tools.trace.trace import Trace
from tools.trace.words import Words

Event: TypeAlias = dict[str, object]

_PROCESS = 1
_NEVER: Nanos = 2**63 - 1
_STREAM = frozenset({"Quote", "Tape", "Depth"})
"""Types whose words would be most of the file."""


class Track(msgspec.Struct):
    """A row of slices. `done` is when its last one ended, `end` where that was drawn to end."""

    number: int
    done: Nanos = 0
    end: Nanos = 0


def selection(trace: Trace, first: Nanos | None, last: Nanos | None, root: str) -> Selection:
    """All of a trace, a part by its times, or all that goes back to one root. Raises Unknown."""
    if not root:
        begin = trace.span()[0] if first is None else first
        return Selection(begin, _NEVER if last is None else last, None)
    family = of_root(trace, root)
    ended = max((line.done for sent in family for line in trace.deliveries(sent.id)), default=0)
    return Selection(family[0].at, max(ended, family[-1].at), trace.index.key(root))


def write(path: Path, events: Iterable[Event]) -> dict[str, int]:
    """The events as a file, compressed where its name ends in .gz; how many there are of each
    kind. Raises OSError.
    """
    counts = dict.fromkeys(_KINDS.values(), 0)
    encode = msgspec.json.Encoder().encode
    with gzip.open(path, "wb", 3) if path.suffix == ".gz" else path.open("wb") as file:
        file.write(b'{"displayTimeUnit":"ns","traceEvents":[\n')
        separator = b""
        for event in events:
            file.write(separator + encode(event))
            separator = b",\n"
            kind = _KINDS.get(str(event["ph"]))
            if kind is not None and event["name"] != "process_name":
                counts[kind] += 1
        file.write(b"\n]}\n")
    return counts


_KINDS = {"M": "tracks", "X": "slices", "s": "arrows", "b": "waits", "C": "counter_values"}


class Picture:
    """The events of a selection, in the order of each track."""

    def __init__(self, trace: Trace, wanted: Selection) -> None:
        self._trace = trace
        self._wanted = wanted
        self._words = Words(trace.header)
        self._zero = trace.span()[0]
        self._tracks: dict[str, Track] = {}
        self._depths: dict[str, int] = {}
        self._waits = 0

    def events(self) -> Iterator[Event]:
        process = {"ph": "M", "pid": _PROCESS, "tid": 0, "name": "process_name", "ts": 0}
        yield process | {"args": {"name": "failflat"}}
        yield from self._counters()
        flows = Flows(self._trace, self._wanted)
        for row, done in flows.deliveries():
            yield from self._slice(flows, row, done)

    def _slice(self, flows: Flows, row: Row, done: Done) -> Iterator[Event]:
        """A slice with the ends of its arrows. It is at least 1 ns long and begins later than what
        it comes from, for in a virtual session all of that happens in no time.
        """
        sends, worker = flows.sends(row, done)
        track, made = self._track(worker or done.receiver, done)
        yield from made
        arrived = flows.arrived(done)
        start = max(done.started, track.end, *(at + 1 for _, at in arrived))
        end = max(done.done, start + 1)
        track.done, track.end = max(done.done, done.started), end
        slice_ = self._event("X", done.type, track, start) | {"dur": (end - start) / 1_000}
        yield slice_ | {"args": self._told(done)}
        for number, _ in arrived:
            yield self._event("f", "cause", track, start) | {"id": number, "bp": "e"}
        for send in sends:
            at = min(max(send.at, start), end - 1)
            yield self._event("s", "cause", track, at) | {"id": flows.depart(send, at)}
        yield from self._queue(done)

    def _track(self, name: str, done: Done) -> tuple[Track, list[Event]]:
        """The track of an actor's generation or a worker. Where the trace does not tell which of a
        port's workers it was: the first that was free.
        """
        name = name if done.generation <= 1 else f"{name} #{done.generation}"
        label, lane = name, 1
        while (track := self._tracks.get(label)) is not None and done.started < track.done:
            lane += 1
            label = f"{name} ({lane})"
        if track is not None:
            return track, []
        track = self._tracks[label] = Track(_PROCESS + len(self._tracks) + 1)
        named = {"ph": "M", "pid": _PROCESS, "tid": track.number, "name": "thread_name", "ts": 0}
        return track, [named | {"args": {"name": label}}]

    def _told(self, done: Done) -> dict[str, object]:
        told: dict[str, object] = {"id": done.id, "waited_us": done.waited / 1_000}
        if done.merged:
            told["merged"] = list(done.merged)
        if done.error:
            told["error"] = done.error
        if done.type not in _STREAM and (sent := self._trace.message(done.id)) is not None:
            told["words"] = self._words.say(sent)
        return told

    def _queue(self, done: Done) -> Iterator[Event]:
        """How long the message waited, and how many stood behind it when it was taken."""
        if done.waited > 0:
            self._waits += 1
            name, wait = (
                f"{done.receiver} queue",
                {"cat": "wait", "id2": {"local": f"{self._waits:#x}"}},
            )
            yield self._event("b", name, None, done.sent) | wait | {"args": {"type": done.type}}
            yield self._event("e", name, None, done.started) | wait
        if self._depths.get(done.receiver) != done.depth:
            self._depths[done.receiver] = done.depth
            yield self._counter(f"{done.receiver} depth", done.started, {"waiting": done.depth})

    def _counters(self) -> Iterator[Event]:
        """Profit and positions; at the beginning, what they had been before."""
        held: dict[str, Event] = {}
        books = _Books()
        for line in self._trace.sent(PositionChanged, PositionMarked, DayFigures):
            if line.at > self._wanted.last:
                break
            early = line.at < self._wanted.first
            for name, values in books.after(line.body):
                event = self._counter(name, max(line.at, self._wanted.first), values)
                if early:
                    held[name] = event
                    continue
                yield from held.values()
                held.clear()
                yield event
        yield from held.values()

    def _counter(self, name: str, at: Nanos, values: dict[str, float]) -> Event:
        return self._event("C", name, None, at) | {"args": values}

    def _event(self, kind: str, name: str, track: Track | None, at: Nanos) -> Event:
        number = 0 if track is None else track.number
        event: Event = {"ph": kind, "pid": _PROCESS, "tid": number, "name": name}
        return event | {"cat": "failflat", "ts": (at - self._zero) / 1_000}


class _Books:
    """What the position room has said, added up over the contracts."""

    def __init__(self) -> None:
        self._realised: Money = 0
        self._open: dict[str, Money] = {}

    def after(self, message: Message | None) -> Iterator[tuple[str, dict[str, float]]]:
        """The counters that a message changes."""
        match message:
            case PositionChanged():
                if not message.size:
                    self._open[message.contract] = 0
                yield f"position {message.contract}", {"contracts": message.size}
            case PositionMarked():
                self._open[message.contract] = message.open
            case DayFigures():
                self._realised = message.realised
            case _:
                return
        open_ = sum(self._open.values())
        total = self._realised + open_
        amounts = {"realised": self._realised, "open": open_, "total": total}
        yield "P&L USD", {name: amount / DOLLAR for name, amount in amounts.items()}
