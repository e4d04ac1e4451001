"""The network between engine and venue, in virtual time: the client's cores on one side, the
venue's on the other.
"""

from collections.abc import Callable
from random import Random
from urllib.parse import quote

from actors.runtime.ports import Answer
from actors.runtime.virtual import VirtualRuntime
from gateway.access import Access
from gateway.contracts import Instruments
from gateway.exchange import (
    FailureKind,
    HttpReply,
    HttpRequest,
    Outcome,
    Plan,
    TransportFailure,
)
from gateway.hub_protocol import (
    Decoder,
    HubClient,
    Invocation,
    State,
    Tally,
    market_subscriptions,
    user_subscriptions,
)
from gateway.limiter import Limiter
from gateway.market import MarketDecoder
from gateway.rest import RestCore
from gateway.session import Session
from gateway.user import UserDecoder
from messages.base import MILLISECOND, SECOND, Message, Nanos
from messages.hub import CloseHub, Hub, HubLost, MeasureHubs, OpenHub
from tools.simulator.venue import Venue

REST_DELAY = 2 * MILLISECOND
HUB_DELAY = 2 * MILLISECOND
"""One way. A frame keeps its place: every frame of a connection takes the same time."""
JITTER = 3 * MILLISECOND
TICK = 5 * SECOND
"""How often an open connection looks at its own deadlines and pings."""


class VenueWorld:
    """The venue as the virtual runtime's world: time passes for it, and what it sends is carried
    over.
    """

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.arrive: Callable[[int, bytes | None, Nanos], None] = lambda connection, data, at: None

    def next_time(self) -> Nanos | None:
        return self.venue.next_time()

    def advance(self, now: Nanos) -> None:
        self.venue.advance(now)
        self.collect()

    def collect(self) -> None:
        for sent in self.venue.outgoing():
            self.arrive(sent.connection, sent.data, sent.at)


def establish(venue: Venue, plan: Plan[Session], limiter: Limiter, now: Nanos) -> Session:
    """Run the start of a session against the venue at one instant."""
    try:
        request = next(plan)
        while True:
            limiter.permit(request.lane, now)
            answer = venue.request(
                now, request.method, request.path, request.headers(), request.body
            )
            request = plan.send(HttpReply(answer.status, answer.body, now, now))
    except StopIteration as end:
        session: Session = end.value
        return session


class VirtualRest:
    """The port for REST: carries a plan's exchanges over the virtual network, within the request
    budget of a live session.
    """

    def __init__(
        self,
        core: RestCore,
        world: VenueWorld,
        runtime: VirtualRuntime,
        limiter: Limiter,
        seed: int,
    ) -> None:
        self._core = core
        self._limiter = limiter
        self._world = world
        self._runtime = runtime
        self._rng = Random(f"{seed}:rest")

    def handle(self, message: Message, now: Nanos, answer: Answer) -> None:
        plan = self._core.plan(message)
        self._send(plan, next(plan), answer)

    def _send(self, plan: Plan[Message], request: HttpRequest, answer: Answer) -> None:
        sent = self._runtime.clock.now
        if self._limiter.permit(request.lane, sent):
            words = "the rate budget is used up"
            self._go_on(plan, TransportFailure(FailureKind.NO_BUDGET, words, sent), answer)
            return

        def arrive() -> None:
            now = self._runtime.clock.now
            reply = self._world.venue.request(
                now, request.method, request.path, request.headers(), request.body
            )
            self._world.collect()
            self._runtime.at(
                max(reply.at, now) + self._delay(), lambda: back(reply.status, reply.body)
            )

        def back(status: int, body: bytes) -> None:
            self._go_on(plan, HttpReply(status, body, sent, self._runtime.clock.now), answer)

        self._runtime.at(sent + self._delay(), arrive)

    def _go_on(self, plan: Plan[Message], outcome: Outcome, answer: Answer) -> None:
        try:
            following = plan.send(outcome)
        except StopIteration as end:
            answer(self._runtime.clock.now, end.value)
        else:
            self._send(plan, following, answer)

    def _delay(self) -> Nanos:
        return REST_DELAY + self._rng.randrange(JITTER)


class VirtualHubs:
    """The port for the hubs: the client's protocol core joined with the venue's, frame by frame."""

    def __init__(
        self, access: Access, session: Session, world: VenueWorld, runtime: VirtualRuntime
    ) -> None:
        table = Instruments(session.instruments)
        contracts = [instrument.id for instrument in session.instruments]
        account = session.account.id
        self._streams: dict[Hub, tuple[Decoder, tuple[Invocation, ...]]] = {
            Hub.MARKET: (MarketDecoder(table), market_subscriptions(contracts)),
            Hub.USER: (UserDecoder(table, account), user_subscriptions(account)),
        }
        self._access = access
        self._world = world
        self._runtime = runtime
        self._tallies = {hub: Tally() for hub in Hub}
        self._emit = {hub: runtime.emitter(f"{hub.value}_hub") for hub in Hub}
        self._clients: dict[int, HubClient] = {}
        self._numbers = dict.fromkeys(Hub, 0)
        self._current: dict[Hub, int] = {}
        world.arrive = self._arrive

    def handle(self, message: Message, now: Nanos, answer: Answer) -> None:
        match message:
            case OpenHub(hub):
                self._open(hub, now)
            case CloseHub(hub):
                self._close(hub, now)
            case MeasureHubs():
                for hub, tally in self._tallies.items():
                    client = self._clients.get(self._current.get(hub, -1))
                    is_open = client is not None and client.state is State.OPEN
                    answer(now, tally.activity(hub, is_open, now))
            case _:
                raise TypeError(f"the hubs do not answer {type(message).__name__}")

    def _open(self, hub: Hub, now: Nanos) -> None:
        self._close(hub, now)
        token = "" if self._access.token is None else self._access.token.text
        query = {"access_token": token, "escaped": quote(token)}
        connection = self._world.venue.open(now, hub.value, query, {})
        if not isinstance(connection, int):
            self._emit[hub](HubLost(hub, 0, f"refused: HTTP {connection.status}"))
            return
        decoder, subscriptions = self._streams[hub]
        self._numbers[hub] += 1
        client = HubClient(hub, self._numbers[hub], decoder, subscriptions, self._tallies[hub])
        self._clients[connection] = client
        self._current[hub] = connection
        self._carry(connection, client.start(now))
        self._runtime.at(now + TICK, lambda: self._tick(connection))

    def _close(self, hub: Hub, now: Nanos) -> None:
        connection = self._current.pop(hub, None)
        if connection is not None and (client := self._clients.pop(connection, None)) is not None:
            client.close()
            self._world.venue.closed(now, connection)

    def _carry(self, connection: int, data: bytes) -> None:
        """Bytes on their way to the venue."""
        if not data:
            return

        def arrive() -> None:
            if connection in self._clients:
                self._world.venue.receive(self._runtime.clock.now, connection, data)
                self._world.collect()

        self._runtime.at(self._runtime.clock.now + HUB_DELAY, arrive)

    def _arrive(self, connection: int, data: bytes | None, at: Nanos) -> None:
        """Bytes on their way from the venue; None is the end of the connection."""
        self._runtime.at(at + HUB_DELAY, lambda: self._receive(connection, data))

    def _receive(self, connection: int, data: bytes | None) -> None:
        client = self._clients.get(connection)
        if client is None:
            return
        now = self._runtime.clock.now
        ended = client.lost("the venue dropped the connection") if data is None else None
        self._say(client, client.receive(data, now) if data is not None else ended or [])
        self._carry(connection, client.outgoing())
        self._forget(connection, client, now)

    def _tick(self, connection: int) -> None:
        client = self._clients.get(connection)
        if client is None:
            return
        now = self._runtime.clock.now
        self._say(client, client.tick(now))
        self._carry(connection, client.outgoing())
        self._forget(connection, client, now)
        self._runtime.at(now + TICK, lambda: self._tick(connection))

    def _say(self, client: HubClient, messages: list[Message]) -> None:
        emit = self._emit[client.hub]
        for message in messages:
            emit(message)

    def _forget(self, connection: int, client: HubClient, now: Nanos) -> None:
        if client.state is State.CLOSED and self._clients.pop(connection, None) is not None:
            self._current.pop(client.hub, None)
            self._world.venue.closed(now, connection)
