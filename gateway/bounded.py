"""HTTP answers that end: each is here whole within its socket's time-out, or not at all.

A socket's time-out alone bounds each silence; an answer that comes a byte at a time would last for
ever. Standard library only, for the sake of the emergency lane.
"""

import http.client
import io
import socket
import time
from typing import Any

LONGEST = 16 * 1024 * 1024
"""Bytes of an answer. The longest there is, 20,000 bars, runs to 2 MB."""


class BoundedResponse(http.client.HTTPResponse):
    """For `response_class` of a connection: the time-out of its socket bounds the whole answer,
    head and body, from the end of the request on. TimeoutError beyond it.
    """

    def __init__(self, sock: socket.socket, *rest: Any, **named: Any) -> None:
        super().__init__(sock, *rest, **named)
        allowed = sock.gettimeout()
        if allowed is not None:
            inner = self.fp.detach()
            self.fp = io.BufferedReader(_Timed(inner, sock, time.monotonic() + allowed))


class _Timed(io.RawIOBase):
    """Reads of a socket until a deadline (seconds of the monotonic clock)."""

    def __init__(self, inner: io.RawIOBase, sock: socket.socket, end: float) -> None:
        super().__init__()
        self._inner = inner
        self._sock = sock
        self._end = end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer was not here in time")
        allowed = self._sock.gettimeout()
        self._sock.settimeout(left)
        try:
            return self._inner.readinto(buffer)
        finally:
            self._sock.settimeout(allowed)

    def fileno(self) -> int:
        return self._inner.fileno()

    def close(self) -> None:
        self._inner.close()
        super().close()
