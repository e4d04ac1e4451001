"""The cores joined to the venue's core in one thread: no socket, no wall clock, one outcome."""

from typing import Any

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.exchange import HttpReply, Plan
from gateway.hub_protocol import HubClient
from gateway.market import MarketDecoder
from gateway.rest import RestCore
from gateway.session import Session, establishing
from gateway.subscriptions import market_subscriptions, user_subscriptions
from gateway.tally import Tally
from gateway.user import UserDecoder
from messages.base import SECOND, Message
from messages.hub import Hub, HubOpened
from messages.market import Side, Tape
from messages.order import FillEvent, OrderEvent, OrderStatus, OrderType, PlaceOrder, Purpose
from tools.simulator import contracts
from tools.simulator.generator import Generator
from tools.simulator.stamps import moment
from tools.simulator.venue import Listing, Venue, VenueConfig

NOON = 1_795_176_000 * SECOND


class World:
    """A venue, its clients, and the time they share."""

    def __init__(self, seed: int) -> None:
        self.now = NOON
        front = contracts.front(contracts.BY_ROOT["MES"], moment(NOON).date())
        self.venue = Venue(VenueConfig((Listing(front.id, Generator(seed)),), seed=seed), NOON)
        self.clients: dict[int, HubClient] = {}
        self.heard: list[Message] = []

    def carry(self, plan: Plan[Any]) -> Any:
        try:
            request = next(plan)
            while True:
                sent = self.now
                reply = self.venue.request(
                    sent, request.method, request.path, request.headers(), request.body
                )
                self.pass_time(reply.at)
                request = plan.send(HttpReply(reply.status, reply.body, sent, self.now))
        except StopIteration as end:
            return end.value

    def join(self, client: HubClient, token: str) -> None:
        number = self.venue.open(self.now, client.hub, {"access_token": token}, {})
        assert isinstance(number, int)
        self.clients[number] = client
        self.venue.receive(self.now, number, client.start(self.now))

    def pass_time(self, until: int) -> None:
        """Hand bytes over and let clients tick until the time is up and nothing moves any more."""
        while True:
            self.venue.advance(self.now)
            if self._hand_over():
                continue
            due = [self.venue.next_time(), *(c.due for c in self.clients.values() if not c.over)]
            following = min((at for at in due if at is not None), default=until)
            if following > until:
                break
            self.now = max(self.now, following)
            for client in self.clients.values():
                self.heard += client.tick(self.now)
        self.now = max(self.now, until)

    def _hand_over(self) -> bool:
        moved = False
        for out in self.venue.outgoing():
            client = self.clients[out.connection]
            self.heard += (
                client.lost("dropped") if out.data is None else client.receive(out.data, self.now)
            )
            moved = True
        for number, client in self.clients.items():
            data = client.outgoing()
            if data:
                self.venue.receive(self.now, number, data)
                moved = True
        return moved


def trade(seed: int) -> list[Message]:
    """Open both hubs, trade once with brackets, and let a minute pass."""
    world = World(seed)
    access = Access("demo", "demo")
    session: Session = world.carry(establishing(access, None, ["MES"]))
    table, account = Instruments(session.instruments), session.account.id
    contract = session.instruments[0].id
    assert access.token is not None
    market = HubClient(
        Hub.MARKET, 1, MarketDecoder(table), market_subscriptions([contract]), Tally()
    )
    user = HubClient(Hub.USER, 1, UserDecoder(table, account), user_subscriptions(account), Tally())
    for client in (market, user):
        world.join(client, access.token.text)
    entry = PlaceOrder(
        contract, "v-1", Purpose.ENTRY, OrderType.MARKET, Side.SELL, 2, None, None, 300, -300
    )
    world.heard.append(world.carry(RestCore(access, table, account).plan(entry)))
    world.pass_time(world.now + 60 * SECOND)
    return world.heard


def test_an_entry_fills_and_its_children_open_while_the_market_streams() -> None:
    heard = trade(7)
    assert [m for m in heard if isinstance(m, HubOpened)] == [
        HubOpened(Hub.MARKET, 1),
        HubOpened(Hub.USER, 1),
    ]
    fills = [m.fill for m in heard if isinstance(m, FillEvent)]
    assert sum(fill.size for fill in fills) == 2
    opened = [
        m.order.tag
        for m in heard
        if isinstance(m, OrderEvent) and m.order.status is OrderStatus.OPEN
    ]
    assert {"v-1-TP", "v-1-SL"} <= set(opened)
    tapes = [m for m in heard if isinstance(m, Tape)]
    assert len(tapes) > 20
    assert all(p.stamp <= tape.received for tape in tapes for p in tape.prints)


def test_the_same_seed_gives_the_same_messages() -> None:
    assert trade(3) == trade(3)
    assert trade(3) != trade(4)
