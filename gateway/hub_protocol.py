"""The client side of SignalR's JSON protocol as a core: bytes and time in, bytes and messages out.

A shell or a harness moves the bytes:

    send(client.start(now))
    messages = client.receive(data, now)      # data: the payload of text frames, cut anyhow
    send(client.outgoing())                   # whatever became due: subscriptions, pings
    if now >= client.due: messages = client.tick(now)
    messages = client.lost(reason)            # the transport ended
"""

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Protocol

import msgspec

from gateway.framing import SEPARATOR, Framer
from gateway.wire import UNREADABLE, WireError, parsed
from messages.base import SECOND, Message, Nanos
from messages.hub import Hub, HubActivity, HubLost, HubOpened, Loss
from messages.market import Depth, Quote, Tape

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


class Invocation(msgspec.Struct, frozen=True):
    """A hub method and its arguments."""

    target: str
    arguments: tuple[str | int, ...] = ()


def market_subscriptions(contracts: Sequence[str]) -> tuple[Invocation, ...]:
    """gateway.md 7.3."""
    streams = (
        "SubscribeContractQuotes",
        "SubscribeContractTrades",
        "SubscribeContractMarketDepth",
    )
    return tuple(Invocation(stream, (contract,)) for contract in contracts for stream in streams)


def user_subscriptions(account: int) -> tuple[Invocation, ...]:
    """gateway.md 7.2."""
    streams = ("SubscribeOrders", "SubscribePositions", "SubscribeTrades")
    return (
        Invocation("SubscribeAccounts"),
        *(Invocation(stream, (account,)) for stream in streams),
    )


def invocation(identity: str, call: Invocation) -> bytes:
    """The record of a call that asks for a completion. No headers: they would carry the token."""
    body = {
        "type": 1,
        "invocationId": identity,
        "target": call.target,
        "arguments": call.arguments,
    }
    return msgspec.json.encode(body) + SEPARATOR


class Limits(msgspec.Struct, frozen=True):
    """How long the venue may take, ns. It pings after 15 s of silence and drops us after 30 s
    (gateway.md 7.1)."""

    handshake: Nanos = 5 * SECOND
    subscribe: Nanos = 5 * SECOND
    silence: Nanos = 30 * SECOND
    ping: Nanos = 10 * SECOND


class Tally:
    """What one hub has delivered since the start, over all its connections.

    `unreadable` counts records that could not be read (`problem` is the latest), `unknown` those of
    targets and types that nobody asked for.
    """

    def __init__(self) -> None:
        self.quotes = self.tapes = self.depths = self.events = 0
        self.last_frame = self.last_quote = self.last_tape = self.last_depth = 0
        self.unreadable = self.unknown = 0
        self.problem = ""

    def count(self, messages: Sequence[Message], now: Nanos) -> None:
        for message in messages:
            kind = type(message)
            if kind is Quote:
                self.quotes += 1
                self.last_quote = now
            elif kind is Depth:
                self.depths += 1
                self.last_depth = now
            elif kind is Tape:
                self.tapes += 1
                self.last_tape = now
            elif kind is not HubOpened and kind is not HubLost:
                self.events += 1

    def activity(self, hub: Hub, is_open: bool, now: Nanos) -> HubActivity:
        return HubActivity(
            hub,
            is_open,
            now,
            self.last_frame,
            self.quotes,
            self.tapes,
            self.depths,
            self.events,
            self.last_quote,
            self.last_tape,
            self.last_depth,
        )


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
        self.state = State.CONNECTING
        self.opened = False
        self.due: Nanos = 0
        self._number = number
        self._decoder = decoder
        self._pending = {str(place + 1): call for place, call in enumerate(subscriptions)}
        self._tally = tally
        self._limits = Limits() if limits is None else limits
        self._report = report
        self._framer = Framer()
        self._outgoing: list[bytes] = []
        self._deadline: Nanos = 0
        self._heard: Nanos = 0
        self._sent: Nanos = 0

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
        self._tally.count(messages, now)
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
        if now - self._sent >= self._limits.ping:
            self._outgoing.append(PING)
            self._sent = now
        self._settle_due()
        return []

    def lost(self, reason: str) -> list[Message]:
        """The connection is over."""
        if self.over:
            return []
        number = self._number if self.state is State.OPEN else 0
        self.close()
        return [HubLost(self.hub, number, reason)]

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
        return self._opened()

    def _completed(self, head: _Head, now: Nanos) -> list[Message]:
        call = self._pending.pop(str(head.invocation_id), None)
        if call is None:
            self._tally.unknown += 1
            return []
        if head.error is not None:
            return self.lost(f"{call.target} refused: {head.error}")
        return self._opened()

    def _opened(self) -> list[Message]:
        if self._pending:
            return []
        self.state = State.OPEN
        self.opened = True
        self._settle_due()
        return [HubOpened(self.hub, self._number)]

    def _event(self, head: _Head, now: Nanos, messages: list[Message]) -> None:
        if head.target == LOGOUT:
            words = b" ".join(bytes(argument) for argument in head.arguments)
            lost = self.lost(f"{LOGOUT} {words.decode(errors='replace')}".strip())
            messages += [msgspec.structs.replace(one, loss=Loss.LOGOUT) for one in lost]
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
        self.due = min(self._heard + self._limits.silence, self._sent + self._limits.ping)
        if self.state is not State.OPEN:
            self.due = min(self.due, self._deadline)
