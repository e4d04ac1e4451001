"""signalrcore, made fit: its connection, with a receiving client and a protocol of our own
underneath.

What the library lacks (dependencies.md): time-outs, pongs, buffered reads, survival of unreadable
records, silence detection. Its automatic reconnect is never used. All sending happens on the
receiving thread, so that sends cannot overlap; other threads may only `shut` the connection.
"""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from signalrcore.hub_connection_builder import HubConnectionBuilder
from signalrcore.messages.handshake.request import HandshakeRequestMessage
from signalrcore.protocol.base_hub_protocol import BaseHubProtocol
from signalrcore.transport.base_transport import TransportState
from signalrcore.transport.sockets.errors import SocketClosedError
from signalrcore.transport.transport_factory import TRANSPORTS
from signalrcore.transport.websockets.websocket_client import WebSocketClient
from signalrcore.transport.websockets.websocket_transport import WebsocketTransport
from signalrcore.types import RECORD_SEPARATOR, HttpTransportType, HubProtocolEncoding

from gateway.hub_protocol import HubClient, State
from gateway.websocket import FrameError, FrameReader, Opcode
from messages.base import Message, Nanos
from messages.hub import Loss

log = logging.getLogger(__name__)

POLL = 0.25
"""Seconds after which the receiving thread looks at the time, however silent the venue is."""

_JOIN = 2.0
_CHUNK = 256 * 1024
_LONGEST_REFUSAL = 64 * 1024
_LEAST_WAIT = 0.001


class Refused(ConnectionError):
    """The venue answered the upgrade with something else than a WebSocket."""

    def __init__(self, reason: str, loss: Loss = Loss.ENDED) -> None:
        super().__init__(reason)
        self.loss = loss


_SHAKEN = (State.SUBSCRIBING, State.OPEN)

Hear = Callable[[HubClient, list[Message], Nanos], None]
"""(client, messages, now): what a client's core gave; nothing, too, may have changed its state."""


class CoreProtocol(BaseHubProtocol):  # type: ignore[misc]  # signalrcore has no types
    """The library's protocol seam: hands every byte to the core, and on what comes out of it."""

    def __init__(
        self,
        core: HubClient,
        clock: Callable[[], Nanos],
        hear: Hear,
        gate: threading.Lock,
        connect_timeout: float,
    ) -> None:
        """`gate` lets one connection of a hub speak at a time."""
        super().__init__("json", 1, HubProtocolEncoding.text, RECORD_SEPARATOR)
        self.core = core
        self.connect_timeout = connect_timeout
        self._clock = clock
        self._hear = hear
        self._gate = gate

    def encode(self, message: Any) -> bytes:
        """The library itself only sends the handshake; calls and pings are the core's."""
        if not isinstance(message, HandshakeRequestMessage):
            raise TypeError(f"{type(message).__name__} is not sent through signalrcore")
        return self.core.start(self._clock())

    def parse_messages(self, raw: bytes) -> list[Any]:
        """Feed the core (nothing for silence). The library is left without messages to dispatch."""
        with self._gate:
            now = self._clock()
            messages = self.core.receive(raw, now) if raw else []
            if now >= self.core.due:
                messages += self.core.tick(now)
            self._hear(self.core, messages, now)
        return []

    def end(self, reason: str, loss: Loss = Loss.ENDED) -> None:
        """The connection is over."""
        with self._gate:
            self._hear(self.core, self.core.lost(reason, loss), self._clock())


class CoreClient(WebSocketClient):  # type: ignore[misc]  # signalrcore has no types
    """The library's client seam: time-outs, buffered reads, pongs; it never ends without a word."""

    sock: socket.socket
    recv_thread: threading.Thread | None

    def __init__(self, protocol: CoreProtocol, **options: Any) -> None:
        super().__init__(**options)
        self._protocol = protocol
        self._reader = FrameReader()
        self._early = b""

    def create_socket(self) -> socket.socket:
        address = urlsplit(self.url)
        secure = address.scheme in ("wss", "https")
        port = address.port or (443 if secure else 80)
        connected = socket.create_connection(
            (address.hostname, port), self._protocol.connect_timeout
        )
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not secure:
            return connected
        wrapped: socket.socket = self.ssl_context.wrap_socket(
            connected, server_hostname=address.hostname
        )
        return wrapped

    def get_socket_headers(self) -> list[str]:
        """The library's, with the port in Host: behind a proxy it decides who is meant."""
        address = urlsplit(self.url)
        host = f"Host: {address.netloc.rpartition('@')[2]}"
        headers: list[str] = super().get_socket_headers()
        return [host if line.startswith("Host:") else line for line in headers]

    def connect(self) -> None:
        """Raises OSError: no connection, or no upgrade."""
        self.sock = self.create_socket()
        try:
            request = "\r\n".join([*self.get_socket_headers(), "", ""])
            self.sock.sendall(request.encode("ascii"))
            self._early = _upgraded(self.sock, self._protocol.connect_timeout)
        except BaseException:
            self.sock.close()
            raise
        self.sock.settimeout(POLL)
        self.running = True
        self.thread_name = f"{self._protocol.core.hub} hub"
        self.recv_thread = threading.Thread(target=self.run, name=self.thread_name, daemon=True)
        self.recv_thread.start()

    def run(self) -> None:
        """The receiving thread. However it ends, the core is told why."""
        reason = "the connection was shut"
        try:
            self.on_open()
            self._turn(self._early)
            while self.running and not self._protocol.core.over:
                self._turn(self._received())
        except (OSError, SocketClosedError, FrameError) as problem:
            reason = f"the connection broke: {problem or type(problem).__name__}"
        except Exception as problem:
            log.exception("%s failed", self.thread_name)
            reason = f"{type(problem).__name__}: {problem}"
        finally:
            self.running = False
            self.sock.close()
            self._protocol.end(reason)
            self.on_close()

    def shut(self) -> None:
        """End the connection from another thread: a plain close would not wake the receiver.
        When this returns, the receiver has ended; there is none where no connection came about."""
        self.running = False
        if self.recv_thread is None:
            return
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        if self.recv_thread is not threading.current_thread():
            self.recv_thread.join(_JOIN)

    def _received(self) -> bytes:
        """What has arrived; nothing after a while of silence."""
        try:
            data: bytes = self.sock.recv(_CHUNK)
        except TimeoutError:
            return b""
        if not data:
            raise ConnectionError("the venue hung up")
        return data

    def _turn(self, data: bytes) -> None:
        text, controls = self._reader.feed(data) if data else (b"", [])
        self.on_message(self, text)
        for opcode, payload in controls:
            if opcode == Opcode.PING:
                self.send(payload, Opcode.PONG)
            elif opcode == Opcode.CLOSE:
                raise ConnectionError(_farewell(payload))
        due = self._protocol.core.outgoing()
        if due:
            self.send(due, Opcode.TEXT)


class CoreTransport(WebsocketTransport):  # type: ignore[misc]  # signalrcore has no types
    """The library's transport seam: our client, and a state that follows the core's."""

    handshake_received: bool

    def create_client(self) -> CoreClient:
        return CoreClient(
            self.protocol,
            url=self.url,
            connection_id=self.connection_id,
            headers=self.headers,
            ssl_context=self.ssl_context,
            on_message=self.on_message,
            on_error=self.on_socket_error,
            on_close=self.on_socket_close,
            on_open=self.on_socket_open,
        )

    def on_message(self, app: CoreClient, raw: bytes) -> None:
        self.protocol.parse_messages(raw)
        if not self.handshake_received and self.protocol.core.state in _SHAKEN:
            self.handshake_received = True
            self._set_state(TransportState.connected)

    def shut(self) -> None:
        if self._client is not None:
            self._client.shut()


TRANSPORTS[HttpTransportType.web_sockets] = CoreTransport


class Connection(Protocol):
    """What is used of signalrcore's BaseHubConnection."""

    transport: CoreTransport | None

    def start(self) -> bool: ...
    def stop(self) -> None: ...


def connection(url: str, token: str, protocol: CoreProtocol) -> Connection:
    """A fresh connection, not started. The token rides in the query as the venue wants it
    (gateway.md 2.2), and only there: headers would be copied into every call."""
    joint = "&" if "?" in url else "?"
    address = f"{url}{joint}access_token={quote(token, safe='')}"
    builder = HubConnectionBuilder().with_url(
        address, options={"skip_negotiation": True, "transport": HttpTransportType.web_sockets}
    )
    built: Connection = builder.with_hub_protocol(protocol).build()
    return built


def _upgraded(sock: socket.socket, allowed: float) -> bytes:
    """Read the answer to the upgrade, in `allowed` seconds; what already follows it. Raises
    Refused.
    """
    answer = b""
    end = time.monotonic() + allowed
    while b"\r\n\r\n" not in answer:
        sock.settimeout(max(_LEAST_WAIT, end - time.monotonic()))
        try:
            data = sock.recv(_CHUNK)
        except TimeoutError:
            raise Refused(f"no whole answer to the upgrade within {allowed:g} s") from None
        answer += data
        if not data or len(answer) > _LONGEST_REFUSAL:
            raise Refused("no answer to the upgrade")
    head, _, early = answer.partition(b"\r\n\r\n")
    line = head.split(b"\r\n", 1)[0].decode("ascii", "replace")
    status = line.split(" ")[1:2]
    if status != ["101"]:
        blamed = status in (["401"], ["403"])
        loss = Loss.UNAUTHORISED if blamed else Loss.ENDED
        raise Refused(f"the upgrade was refused: {line}", loss)
    return early


def _farewell(payload: bytes) -> str:
    code = int.from_bytes(payload[:2], "big")
    words = payload[2:].decode("utf-8", "replace")
    return f"the venue closed the socket ({code} {words})".replace(" )", ")")
