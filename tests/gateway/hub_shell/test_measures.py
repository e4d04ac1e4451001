"""What the hub port measures of its connections."""

import time
from queue import SimpleQueue

import msgspec
from websockets.sync.server import Server

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.hub_shell import HubPort
from messages.base import MILLISECOND, Message
from messages.hub import Hub, HubActivity, MeasureHubs, OpenHub
from messages.market import Quote
from tests.gateway.hub_shell.bench import LIMITS, PATIENCE_S, QUOTE, FakeHub, activity, until


def test_measures_both_hubs(port: HubPort, hub: FakeHub, said: SimpleQueue[Message]) -> None:
    hub.script = lambda peer: peer.send(QUOTE % 6801)
    before = time.time_ns()
    port.handle(OpenHub(Hub.MARKET))
    until(said, Quote)
    market, user = port.handle(MeasureHubs())
    assert isinstance(market, HubActivity)
    assert isinstance(user, HubActivity)
    assert (market.hub, market.open, market.quotes) == (Hub.MARKET, True, 1)
    assert before <= market.last_quote <= market.at <= time.time_ns()
    assert (user.hub, user.open, user.last_frame) == (Hub.USER, False, 0)


def test_a_heartbeat_times_the_round_trip(
    server: Server, said: SimpleQueue[Message], access: Access, instruments: Instruments
) -> None:
    url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/hubs"
    limits = msgspec.structs.replace(LIMITS, heartbeat=50 * MILLISECOND)
    hubs = dict.fromkeys(Hub, url)
    port = HubPort(
        hubs, access, instruments, 7, time.time_ns, dict.fromkeys(Hub, said.put), limits=limits
    )
    begun = time.monotonic_ns()
    port.handle(OpenHub(Hub.MARKET))
    deadline = time.monotonic() + PATIENCE_S
    while not (measured := activity(port)).round_trip:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert 0 < measured.round_trip < time.monotonic_ns() - begun
    port.close()
