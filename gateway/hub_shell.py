"""Both hubs over real sockets: the runtime's port for them."""

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping

import msgspec

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.handover import Handover
from gateway.hub_protocol import Decoder, HubClient, Limits, State
from gateway.hub_transport import Connection, CoreProtocol, Refused, connection
from gateway.market import MarketDecoder
from gateway.subscriptions import Invocation, market_subscriptions, user_subscriptions
from gateway.tally import Tally
from gateway.token import Token
from gateway.user import UserDecoder
from messages.base import SECOND, Message, Nanos
from messages.hub import (
    CloseHub,
    Hub,
    HubActivity,
    MeasureHubs,
    OpenHub,
    RefreshFailed,
    RefreshHub,
    Stream,
)

log = logging.getLogger(__name__)

Emit = Callable[[Message], None]

SLACK: Nanos = 2 * SECOND
"""By how much a connection may overrun its own deadlines before the worker stops waiting."""


class HubPort:
    """Opens, refreshes, closes and measures the two hubs: serves OpenHub, RefreshHub, CloseHub and
    MeasureHubs.

    All that a hub says goes through its `emit`, in order and from one thread at a time: its events,
    HubOpened, HubLost, HubRefreshed and RefreshFailed, so that none overtakes another. `handle`
    returns answers only to MeasureHubs. OpenHub and RefreshHub block until they are answered. After
    CloseHub nothing more is emitted for the hub. It never reconnects by itself.
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
        streams: Collection[Stream] = tuple(Stream),
    ) -> None:
        contracts = [traded.id for traded in instruments]
        market = market_subscriptions(contracts, streams)
        feeds = (
            _Feed(Hub.MARKET, MarketDecoder(instruments), market),
            _Feed(Hub.USER, UserDecoder(instruments, account), user_subscriptions(account)),
        )
        timing = _Timing(clock, connect_timeout, Limits() if limits is None else limits)
        self._clock = clock
        self._links = {
            feed.hub: Link(feed, addresses[feed.hub], access, timing, emit[feed.hub])
            for feed in feeds
        }

    def handle(self, message: Message) -> Iterable[Message]:
        match message:
            case OpenHub(hub):
                self._links[hub].open()
            case RefreshHub(hub):
                self._links[hub].refresh()
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


class _Feed(msgspec.Struct, frozen=True):
    """What a hub gives and what has to be asked for it."""

    hub: Hub
    decoder: Decoder
    subscriptions: tuple[Invocation, ...]


class _Timing(msgspec.Struct, frozen=True):
    clock: Callable[[], Nanos]
    connect_timeout: float
    limits: Limits


class _Leg:
    """One connection of a hub: its core, and the socket beneath once there is one."""

    def __init__(self, core: HubClient, protocol: CoreProtocol) -> None:
        self.core = core
        self.tell_end = protocol.end
        self._protocol = protocol
        self._connection: Connection | None = None

    def start(self, address: str, token: Token | None) -> None:
        """Connect; a failure is told like any other end."""
        if token is None:
            self.tell_end("no token yet")
            return
        self._connection = connection(address, token.text, self._protocol)
        try:
            self._connection.start()
        except Refused as refused:
            self.tell_end(f"no connection: {refused}", refused.loss)
        except (OSError, ValueError) as problem:
            self.tell_end(f"no connection: {problem}")

    def end(self) -> None:
        """Shut the socket before the library's stop, which would wait for the peer's next byte."""
        self.core.close()
        ended, self._connection = self._connection, None
        if ended is not None and ended.transport is not None:
            ended.transport.shut()
            ended.stop()


class Link:
    """One hub and its connections, one after another: each fresh, with the current token."""

    def __init__(
        self, feed: _Feed, address: str, access: Access, timing: _Timing, emit: Emit
    ) -> None:
        self._feed = feed
        self._address = address
        self._access = access
        self._timing = timing
        self._emit = emit
        self._tally = Tally()
        self._number = 0
        self._leg: _Leg | None = None
        self._next: _Leg | None = None
        self._handover: Handover | None = None
        self._settled = threading.Event()
        self._lock = threading.Lock()
        """One request at a time."""
        self._gate = threading.Lock()
        """One connection speaks at a time."""

    def open(self) -> None:
        """Connect, shake hands, subscribe; blocks until HubOpened or HubLost has been emitted."""
        before = self._number
        with self._lock:
            if self._number != before and self._is_open:
                return  # a refresh that was under way has opened a connection by itself
            self._end()
            leg = self._leg = self._made()
            if not self._started(leg, SLACK):
                leg.tell_end("neither open nor lost in time")
            if leg.core.opened:
                self._number += 1

    def refresh(self) -> None:
        """Put a second connection in the place of the open one; blocks until it is known which
        stays.
        """
        with self._lock:
            old, new = self._leg, self._made()
            with self._gate:
                if old is None or not self._is_open:
                    self._emit(RefreshFailed(self._feed.hub, 0, "no connection is open"))
                    return
                handover = Handover(old.core, new.core, self._timing.clock())
                self._next, self._handover = new, handover
            if not self._started(new, 0):
                with self._gate:
                    for message in handover.expire(self._timing.clock()):
                        self._emit(message)
            self._next = None
            (old if self._leg is new else new).end()

    def close(self) -> None:
        """End every connection; when this returns, nothing more comes from them."""
        with self._gate:
            for leg in (self._leg, self._next):
                if leg is not None:
                    leg.core.close()  # an open() or refresh() in progress gives up
        with self._lock:
            self._end()

    def activity(self, now: Nanos) -> HubActivity:
        core = None if self._leg is None else self._leg.core
        heartbeat = None if core is None else core.heartbeat
        return self._tally.activity(self._feed.hub, self._is_open, now, heartbeat)

    @property
    def _is_open(self) -> bool:
        return self._leg is not None and self._leg.core.state is State.OPEN

    def _made(self) -> _Leg:
        feed, timing = self._feed, self._timing
        core = HubClient(
            feed.hub,
            self._number + 1,
            feed.decoder,
            feed.subscriptions,
            self._tally,
            timing.limits,
            self._report,
        )
        protocol = CoreProtocol(core, timing.clock, self._hear, self._gate, timing.connect_timeout)
        return _Leg(core, protocol)

    def _started(self, leg: _Leg, slack: Nanos) -> bool:
        """Connect; whether it was known in time how that came out."""
        self._settled.clear()
        timing = self._timing
        due = timing.clock() + timing.limits.handshake + timing.limits.subscribe + slack
        leg.start(self._address, self._access.token)
        return self._settled.wait(max(0, due - timing.clock()) / SECOND)

    def _hear(self, core: HubClient, messages: list[Message], now: Nanos) -> None:
        """Emit what a connection gave; while two of them give, what the handover makes of it."""
        handover = self._handover
        if handover is not None:
            messages = handover.heard(core, messages, now)
            if handover.changed and self._next is not None:
                self._leg, self._next = self._next, None
                self._number += 1
            settled = handover.settled
            if handover.spent(now):
                self._handover = None
        else:
            current = self._leg is not None and self._leg.core is core
            settled = current and core.state in (State.OPEN, State.CLOSED)
        for message in messages:
            self._emit(message)
        if settled and not self._settled.is_set():
            self._settled.set()

    def _end(self) -> None:
        if self._leg is not None:
            self._leg.end()
        self._handover = None

    def _report(self, problem: str) -> None:
        """Unreadable records in the log: the first, the second, the fourth..."""
        count = self._tally.unreadable
        if count & (count - 1) == 0:
            log.warning("%s hub: unreadable record (%d so far): %s", self._feed.hub, count, problem)
