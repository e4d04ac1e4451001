"""The client's hubs against the simulated venue's."""

import json
import time
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import Any

import pytest
import requests

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.hub_protocol import Limits
from gateway.hub_shell import HubPort
from gateway.rest_shell import RestPort
from gateway.session import Session
from gateway.token import Token
from messages.base import SECOND, Message, Nanos
from messages.hub import (
    Hub,
    HubActivity,
    HubLost,
    HubOpened,
    HubRefreshed,
    Loss,
    MeasureHubs,
    OpenHub,
    RefreshFailed,
    RefreshHub,
)
from messages.market import Depth, Print, Quote, Side, Tape
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    CloseResult,
    FillEvent,
    FillsFound,
    OrdersFound,
    OrderStatus,
    OrderType,
    Outcome,
    PlaceOrder,
    PlaceResult,
    Purpose,
    QueryFills,
    QueryOrders,
)
from messages.position import PositionEvent, PositionsFound, QueryPositions
from tests.gateway.simulator.bench import PATIENCE_S, ask, status


class Heard:
    """Everything a hub said, in order."""

    def __init__(self) -> None:
        self.queue: SimpleQueue[Message] = SimpleQueue()
        self.prints: list[Print] = []
        self.lost: list[HubLost] = []

    def until(self, wanted: Any) -> Any:
        """The next message for which `wanted` holds."""
        deadline = time.monotonic() + PATIENCE_S
        seen: list[Message] = []
        while (left := deadline - time.monotonic()) > 0:
            try:
                message = self.queue.get(timeout=left)
            except Empty:
                break
            if isinstance(message, Tape):
                self.prints += message.prints
            elif isinstance(message, HubLost):
                self.lost.append(message)
            if wanted(message):
                return message
            seen.append(message)
        raise AssertionError(f"not among {seen[-12:]}")


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def hubs(
    venue: dict[str, str], access: Access, session: Session, heard: Heard
) -> Iterator[HubPort]:
    addresses = {Hub.MARKET: venue["market_hub"], Hub.USER: venue["user_hub"]}
    table = Instruments(session.instruments)
    opened = HubPort(
        addresses,
        access,
        table,
        session.account.id,
        time.time_ns,
        dict.fromkeys(Hub, heard.queue.put),
    )
    yield opened
    opened.close()


def test_the_market_streams(hubs: HubPort, heard: Heard) -> None:
    begun = time.time_ns()
    hubs.handle(OpenHub(Hub.MARKET))
    assert heard.until(lambda m: isinstance(m, HubOpened)) == HubOpened(Hub.MARKET, 1)
    kinds: set[type[Message]] = set()
    deadline = time.monotonic() + PATIENCE_S
    while kinds != {Quote, Tape, Depth} and time.monotonic() < deadline:
        message = heard.until(lambda m: isinstance(m, Quote | Tape | Depth))
        assert begun <= message.received <= time.time_ns()
        kinds.add(type(message))
    assert kinds == {Quote, Tape, Depth}


def test_a_bracketed_entry_lives_and_is_closed(
    port: RestPort, hubs: HubPort, heard: Heard, session: Session
) -> None:
    contract, begun = session.instruments[0].id, time.time_ns() - SECOND
    tag = f"t-{begun % 10**9}"
    hubs.handle(OpenHub(Hub.USER))
    heard.until(lambda m: isinstance(m, HubOpened))
    entry = PlaceOrder(
        contract, tag, Purpose.ENTRY, OrderType.MARKET, Side.BUY, 1, None, None, -200, 200
    )
    placed = ask(port, entry, PlaceResult)
    assert placed.outcome is Outcome.ACCEPTED
    fill = heard.until(lambda m: isinstance(m, FillEvent)).fill
    assert (fill.order, fill.side, fill.pnl) == (placed.order, Side.BUY, None)
    held = heard.until(lambda m: isinstance(m, PositionEvent)).position
    assert (held.size, held.average) == (1, fill.price * 10_000)
    target = heard.until(lambda m: status(m, f"{tag}-TP", OrderStatus.OPEN)).order
    stop = heard.until(lambda m: status(m, f"{tag}-SL", OrderStatus.OPEN)).order
    assert (stop.stop, target.limit) == (fill.price - 200, fill.price + 200)
    assert (stop.parent, target.linked) == (placed.order, stop.id)

    working = ask(port, QueryOrders(), OrdersFound).orders
    assert {order.id for order in working} == {stop.id, target.id}
    assert ask(port, QueryPositions(), PositionsFound).positions == (held,)
    everything = ask(port, QueryOrders(begun), OrdersFound).orders
    assert {order.id for order in everything} >= {placed.order, stop.id, target.id}

    assert ask(port, CloseContract(contract), CloseResult).outcome is Outcome.ACCEPTED
    closed = heard.until(lambda m: isinstance(m, FillEvent)).fill
    assert closed.pnl is not None
    assert heard.until(lambda m: isinstance(m, PositionEvent)).position.size == 0
    for child in (stop, target):
        cancelled = ask(port, CancelOrder(contract, child.id), CancelResult)
        assert cancelled.outcome is Outcome.ACCEPTED
    assert ask(port, QueryOrders(), OrdersFound).orders == ()
    fills = ask(port, QueryFills(begun), FillsFound).fills
    assert {found.id for found in fills} >= {fill.id, closed.id}
    assert ask(port, CloseContract(contract), CloseResult).code == "position_not_found"


def test_a_bad_token_does_not_open_a_hub(
    venue: dict[str, str], session: Session, heard: Heard
) -> None:
    stranger = Access("demo", "demo")
    stranger.token = Token("bad", 0, 10**19)
    addresses = {Hub.MARKET: venue["market_hub"], Hub.USER: venue["user_hub"]}
    table = Instruments(session.instruments)
    port = HubPort(addresses, stranger, table, 1, time.time_ns, dict.fromkeys(Hub, heard.queue.put))
    port.handle(OpenHub(Hub.MARKET))
    lost = heard.until(lambda m: isinstance(m, HubLost))
    assert (lost.number, lost.loss, "401" in lost.reason) == (0, Loss.UNAUTHORISED, True)


@pytest.mark.parametrize("hub", Hub)
def test_the_venue_answers_a_heartbeat(
    venue: dict[str, str], access: Access, session: Session, heard: Heard, hub: Hub
) -> None:
    addresses = {Hub.MARKET: venue["market_hub"], Hub.USER: venue["user_hub"]}
    port = HubPort(
        addresses,
        access,
        Instruments(session.instruments),
        session.account.id,
        time.time_ns,
        dict.fromkeys(Hub, heard.queue.put),
        limits=Limits(heartbeat=SECOND // 10),
    )
    begun = time.monotonic_ns()
    port.handle(OpenHub(hub))
    deadline = time.monotonic() + PATIENCE_S
    while not (trip := round_trip(port, hub)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert 0 < trip < time.monotonic_ns() - begun
    port.close()


def round_trip(port: HubPort, hub: Hub) -> Nanos:
    measured = {m.hub: m for m in port.handle(MeasureHubs()) if isinstance(m, HubActivity)}
    return measured[hub].round_trip


def test_hubs_change_connections_without_missing_or_doubling_a_print(
    venue: dict[str, str], access: Access, hubs: HubPort, heard: Heard
) -> None:
    fresh = requests.post(
        f"{venue['rest']}/api/Auth/loginKey",
        json={"userName": "demo", "apiKey": "demo"},
        timeout=PATIENCE_S,
    )
    hubs.handle(OpenHub(Hub.MARKET))
    for number in range(2, 7):
        heard.until(lambda m: isinstance(m, Tape))
        access.token = Token(fresh.json()["token"], 0, 10**19)
        hubs.handle(RefreshHub(Hub.MARKET))
        heard.until(lambda m, n=number: isinstance(m, HubRefreshed) and m.number == n)
    faults = f"{venue['rest']}/sim/faults"
    requests.post(faults, json={"name": "refuse_upgrade", "target": "market"}, timeout=PATIENCE_S)
    hubs.handle(RefreshHub(Hub.MARKET))
    heard.until(lambda m: isinstance(m, RefreshFailed))
    requests.post(faults, json={"name": "refuse_upgrade", "stop": True}, timeout=PATIENCE_S)
    heard.until(lambda m: isinstance(m, Tape) and len(heard.prints) > 10)
    hubs.close()
    assert heard.lost == []
    told = [(p.stamp, p.price, p.size, int(p.side)) for p in heard.prints]
    text = requests.get(f"{venue['rest']}/sim/journal", timeout=PATIENCE_S).text
    sent = [
        (row["ns"] // 100 * 100, row["price"], row["size"], row["side"])
        for row in map(json.loads, text.splitlines())
        if row["kind"] == "print" and told[0][0] <= row["ns"] // 100 * 100 <= told[-1][0]
    ]
    assert told == sent
