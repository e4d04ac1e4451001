"""The tap: every message and delivery goes from here to the session's files, off the hot path."""

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Protocol

import msgspec

from actors.runtime.delivery import Published, Record
from messages.base import Message


class Sink(Protocol):
    """Something that keeps records: the trace, the log, the tables. Called from one thread, in
    order.
    """

    def record(self, record: Record) -> None: ...

    def flush(self) -> None:
        """What has been recorded so far must reach the file: called when the journal has caught
        up.
        """

    def close(self) -> None: ...


class Journal:
    """Hands records to the sinks on a thread of its own.

    Its queue is bounded: past `bound` records waiting, the bodies of `droppable` messages (market
    data) are left out and counted in `dropped`; nothing else ever is. A sink that raises is told
    of and left out from then on: a full disk must not take the writer down with it.
    """

    def __init__(
        self,
        droppable: frozenset[type[Message]] = frozenset(),
        bound: int = 200_000,
    ) -> None:
        self.dropped = 0
        self._sinks: list[Sink] = []
        self._droppable = droppable
        self._bound = bound
        self._broke: Callable[[str], None] = lambda words: None
        self._queue: SimpleQueue[Record | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self, sinks: Sequence[Sink], broke: Callable[[str], None]) -> None:
        """Begin to hand over; what was recorded before has waited. `broke` is told of a sink that
        fails, on the journal's thread.
        """
        self._sinks = list(sinks)
        self._broke = broke
        self._thread.start()

    def tap(self, record: Record) -> None:
        if (
            self._queue.qsize() >= self._bound
            and type(record) is Published
            and type(record.message) in self._droppable
        ):
            self.dropped += 1
            record = msgspec.structs.replace(record, message=None)
        self._queue.put(record)

    def close(self, timeout: float = 10.0) -> bool:
        """Write what waits and close the sinks; False if that took longer than `timeout`
        seconds.
        """
        self._queue.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (record := self._queue.get()) is not None:
            for sink in tuple(self._sinks):
                self._guard(sink, sink.record, record)
            if self._queue.empty():
                for sink in tuple(self._sinks):
                    self._guard(sink, sink.flush)
        for sink in tuple(self._sinks):
            self._guard(sink, sink.close)

    def _guard(self, sink: Sink, call: Callable[..., None], *args: Record) -> None:
        try:
            call(*args)
        except Exception as error:
            self._sinks.remove(sink)
            self._broke(f"{type(sink).__name__}: {error}")
