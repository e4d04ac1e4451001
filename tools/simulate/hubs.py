"""The hub connections between engine and venue, in virtual time."""

from collections.abc import Collection
from urllib.parse import quote

import msgspec

from actors.runtime.ports import Answer
from actors.runtime.virtual import VirtualRuntime
from gateway.access import Access
from gateway.contracts import Instruments
from gateway.handover import Handover
from gateway.heartbeat import NEVER
from gateway.hub_protocol import Decoder, HubClient, Limits, State
from gateway.market import MarketDecoder
from gateway.session import Session
from gateway.subscriptions import Invocation, market_subscriptions, user_subscriptions
from gateway.tally import Tally
from gateway.user import UserDecoder
from messages.base import MILLISECOND, Message, Nanos
from messages.hub import (
    CloseHub,
    Hub,
    HubActivity,
    Loss,
    MeasureHubs,
    OpenHub,
    RefreshFailed,
    RefreshHub,
    Stream,
)
from tools.simulate.network import VenueWorld

HUB_DELAY = 2 * MILLISECOND
"""One way. A frame keeps its place: every frame of a connection takes the same time."""


class VirtualHubs:
    """The port for the hubs: the client's protocol core joined with the venue's, frame by frame."""

    def __init__(
        self,
        access: Access,
        session: Session,
        world: VenueWorld,
        runtime: VirtualRuntime,
        limits: Limits | None = None,
        streams: Collection[Stream] = tuple(Stream),
    ) -> None:
        table = Instruments(session.instruments)
        contracts = [instrument.id for instrument in session.instruments]
        account = session.account.id
        network = _Network(access, world, runtime, Limits() if limits is None else limits)
        market = MarketDecoder(table), market_subscriptions(contracts, streams)
        user = UserDecoder(table, account), user_subscriptions(account)
        self._links = {
            Hub.MARKET: VirtualLink(Hub.MARKET, *market, network),
            Hub.USER: VirtualLink(Hub.USER, *user, network),
        }
        world.arrive = self._arrive

    def handle(self, message: Message, now: Nanos, answer: Answer) -> None:
        match message:
            case OpenHub(hub):
                self._links[hub].open(now)
            case RefreshHub(hub):
                self._links[hub].refresh(now)
            case CloseHub(hub):
                self._links[hub].close(now)
            case MeasureHubs():
                for link in self._links.values():
                    answer(now, link.activity(now))
            case _:
                raise TypeError(f"the hubs do not answer {type(message).__name__}")

    def drop(self, now: Nanos) -> None:
        """Every connection is gone at once."""
        for link in self._links.values():
            link.close(now)

    def _arrive(self, connection: int, data: bytes | None, at: Nanos) -> None:
        for link in self._links.values():
            link.arrive(connection, data, at)


class _Network(msgspec.Struct, frozen=True):
    """What the connections of both hubs share."""

    access: Access
    world: VenueWorld
    runtime: VirtualRuntime
    limits: Limits


class VirtualLink:
    """One hub and its connections, as gateway/hub_shell.py has them over sockets."""

    def __init__(
        self,
        hub: Hub,
        decoder: Decoder,
        subscriptions: tuple[Invocation, ...],
        network: _Network,
    ) -> None:
        self._hub = hub
        self._decoder = decoder
        self._subscriptions = subscriptions
        self._access = network.access
        self._venue = network.world.venue
        self._collect = network.world.collect
        self._runtime = network.runtime
        self._limits = network.limits
        self._emit = network.runtime.emitter(f"{hub.value}_hub")
        self._tally = Tally()
        self._number = 0
        self._clients: dict[int, HubClient] = {}
        """By the venue's number of the connection, as long as it lives."""
        self._wakes: dict[HubClient, Nanos] = {}
        self._current: HubClient | None = None
        self._next: HubClient | None = None
        self._handover: Handover | None = None

    def open(self, now: Nanos) -> None:
        if self._next is not None and self._current is not None and self._current.over:
            return  # a refresh that is under way opens a connection by itself
        self.close(now)
        self._current = self._made()
        self._connect(self._current, now)

    def refresh(self, now: Nanos) -> None:
        """Put a second connection in the place of the open one."""
        old = self._current
        if old is None or old.state is not State.OPEN or self._next is not None:
            self._emit(RefreshFailed(self._hub, 0, "no connection is open"))
            return
        new = self._next = self._made()
        handover = self._handover = Handover(old, new, now)
        self._connect(new, now)
        due = now + self._limits.handshake + self._limits.subscribe
        self._runtime.at(due, lambda: self._expire(handover))

    def close(self, now: Nanos) -> None:
        self._current = self._next = self._handover = None
        for client in self._clients.values():
            client.close()
        self._drop(now)

    def activity(self, now: Nanos) -> HubActivity:
        client = self._current
        is_open = client is not None and client.state is State.OPEN
        heartbeat = None if client is None else client.heartbeat
        return self._tally.activity(self._hub, is_open, now, heartbeat)

    def arrive(self, connection: int, data: bytes | None, at: Nanos) -> None:
        """Bytes on their way from the venue; None is the end of the connection."""
        if connection in self._clients:
            self._runtime.at(at + HUB_DELAY, lambda: self._receive(connection, data))

    def _made(self) -> HubClient:
        return HubClient(
            self._hub,
            self._number + 1,
            self._decoder,
            self._subscriptions,
            self._tally,
            self._limits,
        )

    def _connect(self, client: HubClient, now: Nanos) -> None:
        token = "" if self._access.token is None else self._access.token.text
        query = {"access_token": token, "escaped": quote(token)}
        connection = self._venue.open(now, self._hub.value, query, {})
        if not isinstance(connection, int):
            blamed = connection.status in (401, 403)
            loss = Loss.UNAUTHORISED if blamed else Loss.ENDED
            self._hear(client, client.lost(f"refused: HTTP {connection.status}", loss), now)
            return
        self._clients[connection] = client
        self._carry(connection, client.start(now))
        self._settle(now)

    def _carry(self, connection: int, data: bytes) -> None:
        """Bytes on their way to the venue."""
        if not data:
            return

        def arrive() -> None:
            if connection in self._clients:
                self._venue.receive(self._runtime.clock.now, connection, data)
                self._collect()

        self._runtime.at(self._runtime.clock.now + HUB_DELAY, arrive)

    def _receive(self, connection: int, data: bytes | None) -> None:
        client = self._clients.get(connection)
        if client is None:
            return
        now = self._runtime.clock.now
        if data is None:
            messages = client.lost("the venue dropped the connection")
        else:
            messages = client.receive(data, now)
        self._hear(client, messages, now)
        self._settle(now)

    def _tick(self, client: HubClient) -> None:
        now = self._runtime.clock.now
        if self._wakes.get(client) != now:
            return  # woken earlier since
        del self._wakes[client]
        if now >= client.due:
            self._hear(client, client.tick(now), now)
        self._settle(now)

    def _hear(self, client: HubClient, messages: list[Message], now: Nanos) -> None:
        """Emit what a connection gave; while two of them give, what the handover makes of it."""
        handover = self._handover
        if handover is not None:
            messages = handover.heard(client, messages, now)
            if handover.changed and self._next is not None:
                self._current, self._next = self._next, None
            if handover.settled:
                self._next = None
            if handover.spent(now):
                self._handover = None
        if self._current is not None and self._current.opened:
            self._number = self._current.number
        for message in messages:
            self._emit(message)

    def _expire(self, handover: Handover) -> None:
        if self._handover is handover:
            now = self._runtime.clock.now
            for message in handover.expire(now):
                self._emit(message)
            if handover.settled:
                self._next = None
            self._settle(now)

    def _settle(self, now: Nanos) -> None:
        """Send what has become due, arm the timers, let go of what is over."""
        for connection, client in tuple(self._clients.items()):
            if not client.over and now >= client.due:
                self._hear(client, client.tick(now), now)
            self._carry(connection, client.outgoing())
            self._wake(client)
        self._drop(now)

    def _wake(self, client: HubClient) -> None:
        due = max(client.due, self._runtime.clock.now)
        if not client.over and due < self._wakes.get(client, NEVER):
            self._wakes[client] = due
            self._runtime.at(due, lambda: self._tick(client))

    def _drop(self, now: Nanos) -> None:
        for connection, client in tuple(self._clients.items()):
            if client.over:
                del self._clients[connection]
                self._wakes.pop(client, None)
                self._venue.closed(now, connection)
