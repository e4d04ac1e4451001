"""The terminal, which may go away: a closed window or a broken pipe must not end a session."""

from typing import TextIO


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


def _printable(text: str, encoding: str | None) -> str:
    """What a console of an old code page can show."""
    return text if encoding is None else text.encode(encoding, "replace").decode(encoding)
