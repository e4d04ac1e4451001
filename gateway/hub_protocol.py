"""The client side of SignalR's JSON protocol as a core: bytes and time in, bytes and messages out.

A shell or a harness moves the bytes:

    send(client.start(now))
    messages = client.receive(data, now)      # data: the payload of text frames, cut anyhow
    send(client.outgoing())                   # what became due: subscriptions, heartbeats, pings
    if now >= client.due: messages = client.tick(now)
    messages = client.lost(reason)            # the transport ended
"""

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Protocol

import msgspec

from gateway.framing import SEPARATOR, Framer
from gateway.heartbeat import Heartbeat
from gateway.subscriptions import HEARTBEATS, Invocation, invocation
from gateway.tally import Tally
from gateway.wire import UNREADABLE, WireError, parsed
from messages.base import SECOND, Message, Nanos
from messages.hub import Hub, HubLost, HubOpened, Loss

HANDSHAKE = b'{"protocol":"json","version":1}' + SEPARATOR
PING = b'{"type":6}' + SEPARATOR
LOGOUT = "GatewayLogout"


class Decoder(Protocol):
    """What turns the events of one hub into messages."""

    targets: frozenset[str]

    def decode(self, record: bytes, received: Nanos) -> tuple[Message, ...] | None:
        """The usual shapes, fast; None: something else, or in another shape."""

    def read(self, target: str, arguments: list[msgspec.Raw], received: Nanos) -> Iterator[Message]:
        """Any shape. Raises what UNREADABLE names."""


class Limits(msgspec.Struct, frozen=True):
    """How long the venue may take, ns, and how often it is asked for a sign of life. It pings after
    15 s of silence and drops us after 30 s (gateway.md 7.1).
    """

    handshake: Nanos = 5 * SECOND
    subscribe: Nanos = 5 * SECOND
    silence: Nanos = 30 * SECOND
    ping: Nanos = 10 * SECOND
    """A ping leaves when nothing else has for this long."""
    heartbeat: Nanos = 5 * SECOND
    """Between two calls whose answers are timed."""


class State(Enum):
    CONNECTING = "connecting"
    HANDSHAKE = "handshake"
    SUBSCRIBING = "subscribing"
    OPEN = "open"
    CLOSED = "closed"


class _Head(msgspec.Struct, frozen=True, rename="camel"):
    type: int
    target: str | None = None
    arguments: list[msgspec.Raw] = []
    invocation_id: str | int | None = None
    error: str | None = None


class _HandshakeAnswer(msgspec.Struct, frozen=True):
    error: str | None = None


_HEAD = msgspec.json.Decoder(_Head)
_HANDSHAKE = msgspec.json.Decoder(_HandshakeAnswer)


class HubClient:
    """One connection to one hub, from handshake to its end; a lost one is not revived.

    Gives HubOpened(hub, number) when every subscription is acknowledged, and exactly one HubLost
    when the connection ends otherwise than by `close`: with `number` if it was open, with 0 if it
    never was. Events that arrive before the last acknowledgement are given at once. A record that
    cannot be read is counted in the tally and told to `report`.
    """

    def __init__(
        self,
        hub: Hub,
        number: int,
        decoder: Decoder,
        subscriptions: Sequence[Invocation],
        tally: Tally,
        limits: Limits | None = None,
        report: Callable[[str], None] | None = None,
    ) -> None:
        self.hub = hub
        self.number = number
        self.state = State.CONNECTING
        self.opened = False
        self.fenced = False
        self._decoder = decoder
        self._pending = {str(place + 1): call for place, call in enumerate(subscriptions)}
        self._tally = tally
        self._limits = Limits() if limits is None else limits
        self.heartbeat = Heartbeat(self._limits.heartbeat, len(subscriptions) + 1)
        self._report = report
        self._framer = Framer()
        self._outgoing: list[bytes] = []
        self._fencing = False
        self._fence = ""
        self._due: Nanos = 0
        self._deadline: Nanos = 0
        self._heard: Nanos = 0
        self._sent: Nanos = 0

    @property
    def due(self) -> Nanos:
        """From when on `tick` is needed."""
        return 0 if self._fencing and not self.heartbeat.waiting else self._due

    @property
    def over(self) -> bool:
        return self.state is State.CLOSED

    def start(self, now: Nanos) -> bytes:
        """The transport is up: what to send first."""
        if self.over:
            return b""
        self.state = State.HANDSHAKE
        self._heard = self._sent = now
        self._deadline = now + self._limits.handshake
        self._settle_due()
        return HANDSHAKE

    def receive(self, data: bytes, now: Nanos) -> list[Message]:
        """Read what arrived at `now`, which becomes the `received` of its events."""
        messages: list[Message] = []
        if self.over:
            return messages
        self._heard = self._tally.last_frame = now
        try:
            records = self._framer.feed(data)
        except WireError as problem:
            self._unreadable(problem)
            return messages
        decode = self._decoder.decode
        for record in records:
            decoded = decode(record, now)
            if decoded is not None:
                messages += decoded
            elif record:
                self._other(record, now, messages)
            if self.over:
                break
        self._tally.count(messages)
        return messages

    def outgoing(self) -> bytes:
        """What has become due to be sent, once."""
        if not self._outgoing:
            return b""
        data = b"".join(self._outgoing)
        self._outgoing.clear()
        return data

    def tick(self, now: Nanos) -> list[Message]:
        """What the time brings: a ping, a missed deadline, too long a silence. Needed from `due`
        on.
        """
        if self.state in (State.CONNECTING, State.CLOSED):
            return []
        silent = now - self._heard
        if silent >= self._limits.silence:
            return self.lost(f"nothing heard for {silent / SECOND:.1f} s")
        if self.state is State.HANDSHAKE and now >= self._deadline:
            return self.lost("no answer to the handshake")
        if self.state is State.SUBSCRIBING and now >= self._deadline:
            missing = ", ".join(call.target for call in self._pending.values())
            return self.lost(f"not acknowledged: {missing}")
        if self._beating(now):
            self._beat(now)
        elif now - self._sent >= self._limits.ping:
            self._outgoing.append(PING)
            self._sent = now
        self._settle_due()
        return []

    def fence(self) -> None:
        """Have a heartbeat made at once. `fenced` is true when its answer has come: by then
        everything has come that the venue sent here before it heard of the fence.
        """
        self._fencing, self.fenced = True, False

    def lost(self, reason: str, loss: Loss = Loss.ENDED) -> list[Message]:
        """The connection is over."""
        if self.over:
            return []
        number = self.number if self.state is State.OPEN else 0
        self.close()
        return [HubLost(self.hub, number, reason, loss)]

    def close(self) -> None:
        """End it on purpose: nothing more is given."""
        self.state = State.CLOSED
        self._outgoing.clear()

    def _other(self, record: bytes, now: Nanos, messages: list[Message]) -> None:
        """Whatever is not a plain event."""
        try:
            if self.state is State.HANDSHAKE:
                messages += self._shaken(record, now)
                return
            head = parsed(_HEAD, record)
            if head.type == 1:
                self._event(head, now, messages)
            elif head.type == 3:
                messages += self._completed(head, now)
            elif head.type == 7:
                messages += self.lost(f"closed by the venue: {head.error or 'no reason given'}")
            elif head.type != 6:
                self._tally.unknown += 1
        except UNREADABLE as problem:
            self._unreadable(problem)

    def _shaken(self, record: bytes, now: Nanos) -> list[Message]:
        try:
            answer = parsed(_HANDSHAKE, record)
        except WireError as problem:
            return self.lost(f"handshake unreadable: {problem}")
        if answer.error:
            return self.lost(f"handshake refused: {answer.error}")
        self.state = State.SUBSCRIBING
        self._deadline = now + self._limits.subscribe
        self._outgoing += [invocation(identity, call) for identity, call in self._pending.items()]
        self._sent = now
        self._settle_due()
        return self._opened(now)

    def _completed(self, head: _Head, now: Nanos) -> list[Message]:
        identity = str(head.invocation_id)
        call = self._pending.pop(identity, None)
        if call is None:
            self._answered(identity, now)
            return []
        if head.error is not None:
            return self.lost(f"{call.target} refused: {head.error}")
        return self._opened(now)

    def _opened(self, now: Nanos) -> list[Message]:
        if self._pending:
            return []
        self.state = State.OPEN
        self.opened = True
        self.heartbeat.begin(now)
        self._settle_due()
        return [HubOpened(self.hub, self.number)]

    def _beating(self, now: Nanos) -> bool:
        if self.state is not State.OPEN or self.heartbeat.waiting:
            return False
        return self._fencing or now >= self.heartbeat.due

    def _beat(self, now: Nanos) -> None:
        identity = self.heartbeat.beat(now)
        if self._fencing:
            self._fencing, self._fence = False, identity
        self._outgoing.append(invocation(identity, HEARTBEATS[self.hub]))
        self._sent = now

    def _answered(self, identity: str, now: Nanos) -> None:
        if not self.heartbeat.answered(identity, now):
            self._tally.unknown += 1
        elif identity == self._fence:
            self.fenced = True
        self._settle_due()

    def _event(self, head: _Head, now: Nanos, messages: list[Message]) -> None:
        if head.target == LOGOUT:
            words = b" ".join(bytes(argument) for argument in head.arguments)
            reason = f"{LOGOUT} {words.decode(errors='replace')}".strip()
            messages += self.lost(reason, Loss.LOGOUT)
        elif head.target in self._decoder.targets:
            for message in self._decoder.read(head.target, head.arguments, now):
                messages.append(message)
        else:
            self._tally.unknown += 1

    def _unreadable(self, problem: Exception) -> None:
        self._tally.unreadable += 1
        self._tally.problem = str(problem)
        if self._report is not None:
            self._report(str(problem))

    def _settle_due(self) -> None:
        due = min(self._heard + self._limits.silence, self._sent + self._limits.ping)
        if self.state is State.OPEN:
            self._due = min(due, self.heartbeat.due)
        else:
            self._due = min(due, self._deadline)
