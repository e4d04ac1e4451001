"""Both hubs over real sockets: the runtime's port for them."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping

import msgspec

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.hub_protocol import (
    Decoder,
    HubClient,
    Invocation,
    Limits,
    State,
    Tally,
    market_subscriptions,
    user_subscriptions,
)
from gateway.hub_transport import Connection, CoreProtocol, connection
from gateway.market import MarketDecoder
from gateway.user import UserDecoder
from messages.base import SECOND, Message, Nanos
from messages.hub import CloseHub, Hub, HubActivity, MeasureHubs, OpenHub

log = logging.getLogger(__name__)

Emit = Callable[[Message], None]

SLACK: Nanos = 2 * SECOND
"""By how much a connection may overrun its own deadlines before the worker stops waiting."""


class HubPort:
    """Opens, closes and measures the two hubs: serves OpenHub, CloseHub and MeasureHubs.

    All that a hub says goes through its `emit`, in order and from one thread at a time: its events,
    HubOpened and HubLost, so that none overtakes another. `handle` returns answers only to
    MeasureHubs. OpenHub blocks until the hub is open or lost. After CloseHub nothing more is
    emitted for the hub. It never reconnects by itself.
    """

    def __init__(
        self,
        addresses: Mapping[Hub, str],
        access: Access,
        instruments: Instruments,
        account: int,
        clock: Callable[[], Nanos],
        emit: Mapping[Hub, Emit],
        connect_timeout: float = 3.0,
        limits: Limits | None = None,
    ) -> None:
        contracts = [traded.id for traded in instruments]
        streams = (
            _Stream(Hub.MARKET, MarketDecoder(instruments), market_subscriptions(contracts)),
            _Stream(Hub.USER, UserDecoder(instruments, account), user_subscriptions(account)),
        )
        timing = _Timing(clock, connect_timeout, Limits() if limits is None else limits)
        self._clock = clock
        self._links = {
            stream.hub: Link(stream, addresses[stream.hub], access, timing, emit[stream.hub])
            for stream in streams
        }

    def handle(self, message: Message) -> Iterable[Message]:
        match message:
            case OpenHub(hub):
                self._links[hub].open()
            case CloseHub(hub):
                self._links[hub].close()
            case MeasureHubs():
                return tuple(link.activity(self._clock()) for link in self._links.values())
            case _:
                raise TypeError(f"{type(message).__name__} is no request to the hubs")
        return ()

    def close(self) -> None:
        for link in self._links.values():
            link.close()


class _Stream(msgspec.Struct, frozen=True):
    """What a hub gives and what has to be asked for it."""

    hub: Hub
    decoder: Decoder
    subscriptions: tuple[Invocation, ...]


class _Timing(msgspec.Struct, frozen=True):
    clock: Callable[[], Nanos]
    connect_timeout: float
    limits: Limits


class Link:
    """One hub and its connections, one after another: each fresh, with the current token."""

    def __init__(
        self, stream: _Stream, address: str, access: Access, timing: _Timing, emit: Emit
    ) -> None:
        self._stream = stream
        self._address = address
        self._access = access
        self._timing = timing
        self._emit = emit
        self._tally = Tally()
        self._number = 0
        self._core: HubClient | None = None
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    def open(self) -> None:
        """Connect, shake hands, subscribe; blocks until HubOpened or HubLost has been emitted."""
        with self._lock:
            self._end()
            core = self._core = self._client()
            timing = self._timing
            protocol = CoreProtocol(core, timing.clock, self._emit, timing.connect_timeout)
            token = self._access.token
            if token is None:
                protocol.end("no token yet")
                return
            self._connection = connection(self._address, token.text, protocol)
            try:
                self._connection.start()
            except (OSError, ValueError) as problem:
                protocol.end(f"no connection: {problem}")
                return
            patience = timing.limits.handshake + timing.limits.subscribe + SLACK
            if not protocol.settled.wait(patience / SECOND):
                protocol.end("neither open nor lost in time")
            if core.opened:
                self._number += 1

    def close(self) -> None:
        """End the connection; when this returns, nothing more comes from it."""
        if self._core is not None:
            self._core.close()  # an open() in progress gives up
        with self._lock:
            self._end()

    def activity(self, now: Nanos) -> HubActivity:
        is_open = self._core is not None and self._core.state is State.OPEN
        return self._tally.activity(self._stream.hub, is_open, now)

    def _client(self) -> HubClient:
        stream = self._stream
        return HubClient(
            stream.hub,
            self._number + 1,
            stream.decoder,
            stream.subscriptions,
            self._tally,
            self._timing.limits,
            self._report,
        )

    def _end(self) -> None:
        """Shut the socket before the library's stop, which would wait for the peer's next byte."""
        if self._core is not None:
            self._core.close()
        ended, self._connection = self._connection, None
        if ended is not None and ended.transport is not None:
            ended.transport.shut()
            ended.stop()

    def _report(self, problem: str) -> None:
        """Unreadable records in the log: the first, the second, the fourth..."""
        count = self._tally.unreadable
        if count & (count - 1) == 0:
            log.warning(
                "%s hub: unreadable record (%d so far): %s", self._stream.hub, count, problem
            )
