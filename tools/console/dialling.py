"""One hub opened step by step by a plain WebSocket client, so that a failure has its place and each
step its time. The engine's own connection has no such steps to be asked for, and does without
negotiation.
"""

import http.client
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

import msgspec
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from gateway.framing import Framer
from gateway.hub_protocol import HANDSHAKE
from gateway.subscriptions import Invocation, invocation
from gateway.wire import WireError
from messages.base import Nanos
from messages.hub import Hub

STEPS = NEGOTIATE, UPGRADE, SHAKE, SUBSCRIBE = "negotiate", "upgrade", "handshake", "subscribe"


class Dialled(msgspec.Struct, frozen=True):
    """How long each step took, as far as it went; why it ended, if it did."""

    hub: Hub
    took: dict[str, Nanos]
    problem: str = ""


class _Refused(Exception):
    """The venue answered, and said no."""


class _Record(msgspec.Struct, frozen=True, rename="camel"):
    """What matters of an answer: a handshake's has no type, a completion has an invocation's id."""

    type: int = 0
    invocation_id: str | None = None
    error: str | None = None


_RECORD = msgspec.json.Decoder(_Record, strict=False)


def dialled(
    hub: Hub, url: str, token: str, calls: Sequence[Invocation], timeout_s: float
) -> Dialled:
    """Open a hub and subscribe, then hang up. `token` is sent as the venue wants it."""
    took: dict[str, Nanos] = {}
    step = NEGOTIATE

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        nonlocal step
        step, begun = name, time.monotonic_ns()
        yield
        took[name] = time.monotonic_ns() - begun

    try:
        with timed(NEGOTIATE):
            _negotiate(url, token, timeout_s)
        with timed(UPGRADE):
            line = _Line(_upgraded(url, token, timeout_s), timeout_s)
        with line.socket:
            with timed(SHAKE):
                line.shake()
            with timed(SUBSCRIBE):
                line.subscribe(calls)
    except InvalidStatus as refusal:
        status = refusal.response.status_code
        return Dialled(hub, took, f"{step}: {_status(status)}")
    except TimeoutError:
        return Dialled(hub, took, f"{step}: no answer within {timeout_s:g} s")
    except (OSError, http.client.HTTPException, WebSocketException, _Refused) as problem:
        return Dialled(hub, took, f"{step}: {str(problem) or type(problem).__name__}")
    except (msgspec.DecodeError, WireError) as problem:
        return Dialled(hub, took, f"{step}: not SignalR ({problem})")
    return Dialled(hub, took)


class _Line:
    """An open socket, read record by record."""

    def __init__(self, socket: ClientConnection, timeout_s: float) -> None:
        self.socket = socket
        self._deadline = time.monotonic() + timeout_s
        self._framer = Framer()
        self._timeout_s = timeout_s

    def shake(self) -> None:
        self.socket.send(HANDSHAKE.decode())
        for record in self._records():
            if record.error:
                raise _Refused(record.error)
            return

    def subscribe(self, calls: Sequence[Invocation]) -> None:
        """Until each call is acknowledged. The market data in between is passed over."""
        pending = {str(place): call for place, call in enumerate(calls, 1)}
        for identity, call in pending.items():
            self.socket.send(invocation(identity, call).decode())
        self._deadline = time.monotonic() + self._timeout_s
        for record in self._records():
            identity = record.invocation_id or ""
            if record.error:
                asked = pending[identity].target if identity in pending else "closed by the venue"
                raise _Refused(f"{asked}: {record.error}")
            pending.pop(identity, None)
            if not pending:
                return

    def _records(self) -> Iterator[_Record]:
        while True:
            data = self.socket.recv(max(0.0, self._deadline - time.monotonic()))
            for record in self._framer.feed(data if isinstance(data, bytes) else data.encode()):
                yield _RECORD.decode(record)


def _upgraded(url: str, token: str, timeout_s: float) -> ClientConnection:
    address = f"{url}?access_token={quote(token, safe='')}"
    return connect(
        address,
        open_timeout=timeout_s,
        close_timeout=1,
        max_size=None,
        proxy=None,
        compression=None,
    )


def _negotiate(url: str, token: str, timeout_s: float) -> None:
    parts = urlsplit(url)
    secure = parts.scheme in ("wss", "https")
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=timeout_s)
    headers = {"Authorization": f"Bearer {token}", "Content-Length": "0"}
    try:
        connection.request("POST", f"{parts.path}/negotiate?negotiateVersion=1", headers=headers)
        response = connection.getresponse()
        response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise _Refused(_status(response.status))


def _status(status: int) -> str:
    if status == 401:
        return "HTTP 401: the venue does not take the token"
    return f"HTTP {status}"
