"""The terminal, which may go away or stand still: a closed window or a broken pipe must not end a
session, nor a frozen one hold it up.
"""

from queue import Full, Queue
from threading import Event, Thread
from typing import TextIO

BACKLOG = 10_000
"""Writes that wait for a frozen terminal; what comes after them is not shown."""


class Terminal:
    """Writes as long as somebody listens. Once a write fails, the rest goes nowhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def write(self, message: str) -> int:
        stream = self._stream
        try:
            if stream is not None:
                stream.write(_printable(message, stream.encoding))
                stream.flush()
        except (OSError, ValueError):  # ValueError: the stream has been closed
            self._stream = None
        return len(message)

    def flush(self) -> None:
        """Every write is flushed."""


class Aside:
    """A terminal that is written to on a thread of its own. Ctrl-S, a selection in a Windows
    console or a pipe that nobody reads freeze whoever writes: nobody who supervises may be.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._waiting: Queue[str | Event] = Queue(BACKLOG)
        Thread(target=self._write, name="terminal", daemon=True).start()

    def isatty(self) -> bool:
        return self._terminal.isatty()

    def write(self, message: str) -> int:
        self._put(message)
        return len(message)

    def flush(self) -> None:
        """What waits is written as soon as it can be."""

    def drain(self, seconds: float) -> bool:
        """Whether everything was written within that time; a frozen terminal takes nothing."""
        written = Event()
        return self._put(written) and written.wait(seconds)

    def _put(self, given: str | Event) -> bool:
        try:
            self._waiting.put_nowait(given)
        except Full:
            return False
        return True

    def _write(self) -> None:
        while True:
            given = self._waiting.get()
            if isinstance(given, Event):
                given.set()
            else:
                self._terminal.write(given)


def _printable(text: str, encoding: str | None) -> str:
    """What a console of an old code page can show."""
    return text if encoding is None else text.encode(encoding, "replace").decode(encoding)
