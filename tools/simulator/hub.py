"""Wire core of the SignalR hubs' server side (gateway.md 7): bytes and time in, frames out.

Handshake, framing, invocations, completions, pings, closing. What a method does is the given
`Methods`; what market and account events look like is not known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple, Protocol

import msgspec

from tools.simulator.agenda import Agenda
from tools.simulator.decoding import untyped
from tools.simulator.faults import Faults
from tools.simulator.journal import Journal
from tools.simulator.outgoing import Outgoing, shaped
from tools.simulator.shapes import Shapes
from tools.simulator.stamps import SECOND
from tools.simulator.tokens import Tokens, bearer

END = b"\x1e"
PING = b'{"type":6}' + END
PING_EVERY = 15 * SECOND
SILENCE = 30 * SECOND
HANDSHAKE = 15 * SECOND
MOST_INBOUND = 32 * 1024
"""The framework's cap on one inbound record."""
HUBS = ("user", "market")
CLOSED = b'{"type":7,"error":"Connection closed with an error."}' + END
BYE = b'{"type":7}' + END
LOGOUT = (
    b'{"type":1,"target":"GatewayLogout","arguments":["Logged in from another session."]}' + END
)


class Offer(NamedTuple):
    """A negotiated connection: good for one socket of that hub and user, by any of its names."""

    hub: str
    user: str
    names: tuple[str, ...]
    until: int


class Refusal(NamedTuple):
    """The HTTP status an upgrade is refused with."""

    status: int


class HubError(Exception):
    """Why an invocation failed, for its completion."""


@dataclass
class Connection:
    """One socket, and what the client asked of it."""

    number: int
    hub: str
    user: str
    heard: int
    ready: bool = False
    inbound: bytes = b""


class Methods(Protocol):
    """The invocable methods of both hubs; raises HubError."""

    def invoke(
        self, now: int, connection: Connection, target: str, arguments: list[Any]
    ) -> None: ...

    def left(self, now: int, connection: Connection) -> None:
        """The connection is gone."""


class Hubs:
    """Both hubs' connections. `outgoing` collects what the shell has to send."""

    def __init__(
        self,
        tokens: Tokens,
        agenda: Agenda,
        journal: Journal,
        methods: Methods,
        faults: Faults,
        shapes: Shapes,
    ) -> None:
        self._tokens = tokens
        self._shapes = shapes
        self._faults = faults
        self._agenda = agenda
        self._journal = journal
        self._methods = methods
        self._numbers = count(1)
        self._offers: list[Offer] = []
        self.connections: dict[int, Connection] = {}
        self.outgoing: list[Outgoing] = []

    def negotiate(
        self, now: int, hub: str, query: Mapping[str, str], headers: dict[str, str]
    ) -> dict[str, Any] | None:
        """The answer of the negotiate endpoint, or None for a bad token (401).

        Version 0 knows only connectionId, version 1 should send connectionToken back; some clients
        of it send the connectionId all the same (gateway.md 13).
        """
        user = self._tokens.user(now, query.get("access_token") or bearer(headers))
        if user is None:
            return None
        number = next(self._numbers)
        identity, token = f"simulated-{number:08d}", f"simulated-token-{number:08d}"
        versioned = query.get("negotiateVersion", "0") not in ("", "0")
        self._offers = [row for row in self._offers if row.until > now]
        names = (identity, token) if versioned else (identity,)
        self._offers.append(Offer(hub, user, names, now + HANDSHAKE))
        answer: dict[str, Any] = {"connectionId": identity}
        if versioned:
            answer["connectionToken"] = token
        answer["negotiateVersion"] = int(versioned)
        answer["availableTransports"] = [
            {"transport": "WebSockets", "transferFormats": ["Text", "Binary"]}
        ]
        return answer

    def open(
        self, now: int, hub: str, query: Mapping[str, str], headers: dict[str, str]
    ) -> int | Refusal:
        """Admit a WebSocket, negotiated (`id` in the query) or direct. A path is read without
        case, as ASP.NET does.
        """
        hub = hub.lower()
        user = self._tokens.user(now, query.get("access_token") or bearer(headers))
        if hub not in HUBS:
            return Refusal(404)
        if user is None:
            return Refusal(401)
        identity = query.get("id")
        if identity and not self._redeem(now, hub, user, identity):
            return Refusal(404)
        if self._faults.hit(now, "refuse_upgrade", hub):
            return Refusal(503)
        self._make_room(now, hub, user)
        number = next(self._numbers)
        self.connections[number] = Connection(number, hub, user, heard=now)
        self._journal.add({"ns": now, "kind": "connect", "connection": number, "hub": hub})
        self._agenda.add(now + HANDSHAKE, lambda at: self._check_handshake(at, number))
        self._agenda.add(now + PING_EVERY, lambda at: self._ping(at, number))
        self._agenda.add(now + SILENCE, lambda at: self._check_silence(at, number))
        return number

    def _redeem(self, now: int, hub: str, user: str, identity: str) -> bool:
        """Use an offer up; False where it was never made, is too old, or has been used."""
        for row in self._offers:
            if identity in row.names:
                self._offers.remove(row)
                return (row.hub, row.user) == (hub, user) and row.until > now
        return False

    def _make_room(self, now: int, hub: str, user: str) -> None:
        """End the oldest connections over the venue's cap: a logout, a close message, the door."""
        most = self._shapes.connections
        if most is None:
            return
        rows = [row for row in self.connections.values() if (row.hub, row.user) == (hub, user)]
        for row in rows[: max(0, len(rows) + 1 - most)]:
            if row.ready:
                self.send(now, row.number, LOGOUT)
                self.send(now, row.number, BYE)
            self.drop(now, row.number)

    def take(self) -> list[Outgoing]:
        """What has to be sent since the last call, in order, shaped into WebSocket messages."""
        sent, self.outgoing = self.outgoing, []
        return shaped(sent, self._shapes)

    def closed(self, now: int, number: int) -> None:
        """The socket is gone; harmless when the venue dropped it itself."""
        connection = self.connections.pop(number, None)
        if connection is not None:
            row = {"ns": now, "kind": "disconnect", "connection": number, "hub": connection.hub}
            self._journal.add(row)
            self._methods.left(now, connection)

    def send(self, now: int, number: int, data: bytes) -> None:
        """Queue complete records, separators included, if the connection still lives."""
        connection = self.connections.get(number)
        if connection and not self._faults.hit(now, "half_open", connection.hub):
            self.outgoing.append(Outgoing(number, data, now))

    def push(self, now: int, number: int, data: bytes) -> bool:
        """Send what nobody asked for, a ping or an event; whether it went out."""
        if number not in self.connections or self.silent(now, number):
            return False
        self.outgoing.append(Outgoing(number, data, now))
        return True

    def silent(self, now: int, number: int) -> bool:
        """Whether a fault keeps pings and events of a connection back."""
        hub, hit = self.connections[number].hub, self._faults.hit
        return bool(hit(now, "silent_hub", hub) or hit(now, "half_open", hub))

    def drop(self, now: int, number: int) -> None:
        """Close the socket without a word."""
        if number in self.connections:
            self.outgoing.append(Outgoing(number, None, now))
            self.closed(now, number)

    def receive(self, now: int, number: int, data: bytes) -> None:
        """Bytes of a frame; records may share a frame or span several."""
        connection = self.connections.get(number)
        if connection is None:
            return
        connection.heard = now
        if self._faults.hit(now, "half_open", connection.hub):
            return
        *records, rest = (connection.inbound + data).split(END)
        connection.inbound = rest
        if max(map(len, (*records, rest))) > MOST_INBOUND:
            if connection.ready:
                self._fail(now, number)
            else:
                self._shake(now, connection, None)
            return
        for record in records:
            if number not in self.connections:
                return
            self._record(now, connection, record)

    def _record(self, now: int, connection: Connection, record: bytes) -> None:
        try:
            message = untyped(record)
        except msgspec.DecodeError:
            message = None
        if not connection.ready:
            self._shake(now, connection, message)
        elif not isinstance(message, dict):
            self._fail(now, connection.number)
        elif message.get("type") in (1, 4):
            self._invoke(now, connection, message)
        elif message.get("type") == 7:
            self.drop(now, connection.number)

    def _shake(self, now: int, connection: Connection, message: object) -> None:
        error = _handshake_error(message)
        if error is None:
            connection.ready = True
            self.send(now, connection.number, b"{}" + END)
        else:
            self.send(now, connection.number, msgspec.json.encode({"error": error}) + END)
            self.drop(now, connection.number)

    def _invoke(self, now: int, connection: Connection, message: dict[str, Any]) -> None:
        """Run a method; without an invocationId nobody is told how it went."""
        target, arguments = message.get("target"), message.get("arguments")
        late = message.get("invocationId")
        completion: dict[str, Any] = {"type": 3, "invocationId": late}
        sent = len(self.outgoing)
        try:
            if not isinstance(target, str) or not isinstance(arguments, list):
                raise HubError("Method does not exist.")
            self._methods.invoke(now, connection, target, arguments)
            completion["result"] = None
        except HubError as reason:
            failure = f"Failed to invoke '{target}' due to an error on the server."
            completion["error"] = f"{failure} HubException: {reason}"
        if late is not None and connection.number in self.connections:
            # the completion precedes what the method itself pushed
            data = msgspec.json.encode(completion) + END
            self.outgoing.insert(sent, Outgoing(connection.number, data, now))

    def _fail(self, now: int, number: int) -> None:
        self.send(now, number, CLOSED)
        self.drop(now, number)

    def _check_handshake(self, now: int, number: int) -> None:
        connection = self.connections.get(number)
        if connection is not None and not connection.ready:
            if self._faults.hit(now, "half_open", connection.hub):
                return
            self.send(now, number, b'{"error":"Handshake was canceled."}' + END)
            self.drop(now, number)

    def _ping(self, now: int, number: int) -> None:
        connection = self.connections.get(number)
        if connection is not None:
            if connection.ready:
                self.push(now, number, PING)
            self._agenda.add(now + PING_EVERY, lambda at: self._ping(at, number))

    def _check_silence(self, now: int, number: int) -> None:
        connection = self.connections.get(number)
        if connection is None:
            return
        if self._faults.hit(now, "half_open", connection.hub):
            connection.heard = now  # neither side knows: the venue does not close it either
        if now - connection.heard >= SILENCE:
            self.drop(now, number)
        else:
            due = connection.heard + SILENCE
            self._agenda.add(due, lambda at: self._check_silence(at, number))


def _handshake_error(message: object) -> str | None:
    if not isinstance(message, dict) or "protocol" not in message:
        return "An unexpected error occurred during connection handshake."
    if message["protocol"] != "json":
        return f"The protocol '{message['protocol']}' is not supported."
    version = message.get("version")
    if version not in (0, 1):  # signalrcore says 0 where it did not negotiate
        return f"The server does not support version {version} of the 'json' protocol."
    return None
