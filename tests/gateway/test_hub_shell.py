"""Both hubs over real sockets, through signalrcore."""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.hub_protocol import Limits
from gateway.hub_shell import HubPort
from gateway.hub_transport import CoreClient
from gateway.redaction import Redactor, guard
from gateway.token import Token
from messages.base import MILLISECOND, SECOND, Message
from messages.hub import (
    CloseHub,
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
from messages.market import Quote

MES = "CON.F.US.MES.Z26"
TOKEN = "eyJ0.se+cr/et=.x"
QUOTE = (
    '{"type":1,"target":"GatewayQuote","arguments":["CON.F.US.MES.Z26",'
    '{"bestBid":%d,"timestamp":"2026-11-20T12:00:00Z"}]}\x1e'
)
LIMITS = Limits(
    handshake=700 * MILLISECOND,
    subscribe=700 * MILLISECOND,
    silence=1500 * MILLISECOND,
    ping=300 * MILLISECOND,
    heartbeat=60 * SECOND,
)

Script = Callable[[ServerConnection], None]


class FakeHub:
    """A hub that shakes hands, acknowledges the calls, follows a script, and answers what it is
    asked after that.
    """

    def __init__(self) -> None:
        self.script: Script = lambda peer: None
        self.acknowledge = True
        self.shake = True
        self.targets: list[str] = []
        self.tokens: list[str] = []
        self.heard: SimpleQueue[str] = SimpleQueue()
        self.raw: list[str] = []

    def __call__(self, peer: ServerConnection) -> None:
        assert peer.request is not None
        self.tokens.append(peer.request.path)
        try:
            self.raw.append(str(peer.recv(5)))
            if self.shake:
                peer.send("{}\x1e")
                self._subscribe(peer)
                self.script(peer)
            for text in peer:
                self.heard.put(str(text))
                self._answer(peer, str(text))
        except ConnectionClosed:
            pass

    def _subscribe(self, peer: ServerConnection) -> None:
        if not self.acknowledge:
            return
        text = str(peer.recv(5))
        self.raw.append(text)
        self._answer(peer, text)

    def _answer(self, peer: ServerConnection, text: str) -> None:
        calls = [json.loads(record) for record in text.split("\x1e") if record]
        for call in calls:
            if "invocationId" in call and self.acknowledge:
                self.targets.append(call["target"])
                peer.send(json.dumps({"type": 3, "invocationId": call["invocationId"]}) + "\x1e")


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


@pytest.fixture
def server(hub: FakeHub) -> Iterator[Server]:
    with serve(hub, "127.0.0.1", 0, compression=None) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def said() -> SimpleQueue[Message]:
    return SimpleQueue()


@pytest.fixture
def access() -> Access:
    given = Access("demo", "key-7f3a")
    given.token = Token(TOKEN, 0, 10**19)
    return given


@pytest.fixture
def port(
    server: Server, said: SimpleQueue[Message], access: Access, instruments: Instruments
) -> Iterator[HubPort]:
    url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/hubs"
    addresses = {Hub.MARKET: f"{url}/market", Hub.USER: f"{url}/user"}
    opened = HubPort(
        addresses, access, instruments, 7, time.time_ns, dict.fromkeys(Hub, said.put), limits=LIMITS
    )
    yield opened
    opened.close()


def until(said: SimpleQueue[Message], kind: type[Any]) -> Any:
    """The next message of a kind."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        message = said.get(timeout=5)
        if isinstance(message, kind):
            return message
    raise AssertionError(f"no {kind.__name__}")


def test_opens_subscribes_and_delivers(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message]
) -> None:
    hub.script = lambda peer: peer.send(QUOTE % 6801 + QUOTE % 6802)
    before = time.time_ns()
    assert port.handle(OpenHub(Hub.MARKET)) == ()
    assert said.get(timeout=1) == HubOpened(Hub.MARKET, 1)
    first, second = until(said, Quote), until(said, Quote)
    assert (first.bid, second.bid) == (27204, 27208)
    assert before <= first.received <= time.time_ns()
    assert len(hub.targets) == 3
    assert hub.tokens == ["/hubs/market?access_token=eyJ0.se%2Bcr%2Fet%3D.x"]


def test_the_token_is_in_no_record_that_is_sent(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message]
) -> None:
    port.handle(OpenHub(Hub.USER))
    assert until(said, HubOpened) == HubOpened(Hub.USER, 1)
    assert hub.targets == [
        "SubscribeAccounts",
        "SubscribeOrders",
        "SubscribePositions",
        "SubscribeTrades",
    ]
    assert "eyJ0" not in "".join(hub.raw)
    assert "eaders" not in "".join(hub.raw)


def test_no_log_shows_the_token_at_debug(
    port: HubPort, said: SimpleQueue[Message], caplog: pytest.LogCaptureFixture
) -> None:
    redact = Redactor()
    redact.learn(TOKEN)
    guard(redact)
    caplog.set_level(logging.DEBUG)
    logging.getLogger("SignalRCoreClient").setLevel(logging.DEBUG)
    port.handle(OpenHub(Hub.MARKET))
    port.handle(CloseHub(Hub.MARKET))
    logged = [record for record in caplog.records if record.name == "SignalRCoreClient"]
    assert any("access_token=***" in record.getMessage() for record in logged)
    assert not any("se+cr" in r.getMessage() or "se%2Bcr" in r.getMessage() for r in logged)


def test_records_over_several_frames_and_big_frames(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message]
) -> None:
    record = QUOTE % 6801

    def script(peer: ServerConnection) -> None:
        peer.send(record[:40])
        peer.send([record[40:80], record[80:]])  # fragments of one message
        peer.send(record * 9000)  # over 1 MiB

    hub.script = script
    port.handle(OpenHub(Hub.MARKET))
    for _ in range(9001):
        until(said, Quote)


def test_garbage_and_server_pings_do_not_end_it(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message]
) -> None:
    answered = threading.Event()

    def script(peer: ServerConnection) -> None:
        peer.send("garbage\x1e")
        peer.send(b"\xff\xfe\x00\x1e")
        peer.send('{"type":99}\x1e')
        if peer.ping(b"are you there").wait(3):
            answered.set()
        peer.send(QUOTE % 6801)

    hub.script = script
    port.handle(OpenHub(Hub.MARKET))
    assert until(said, Quote).bid == 27204
    assert answered.is_set()


def test_keeps_itself_alive_with_pings(port: HubPort, hub: FakeHub) -> None:
    port.handle(OpenHub(Hub.MARKET))
    assert hub.heard.get(timeout=3) == '{"type":6}\x1e'


def test_a_hang_up_is_a_loss_and_the_next_opening_is_fresh(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message], access: Access
) -> None:
    hub.script = lambda peer: peer.close(1001, "going")
    port.handle(OpenHub(Hub.MARKET))
    lost = until(said, HubLost)
    assert (lost.hub, lost.number) == (Hub.MARKET, 1)
    assert "1001 going" in lost.reason
    access.token = Token("second", 0, 10**19)
    hub.script = lambda peer: peer.send(QUOTE % 6801)
    port.handle(OpenHub(Hub.MARKET))
    assert until(said, HubOpened).number == 2
    assert hub.tokens[1].endswith("access_token=second")


def test_a_silent_hub_is_lost(port: HubPort, said: SimpleQueue[Message]) -> None:
    port.handle(OpenHub(Hub.MARKET))
    lost = until(said, HubLost)
    assert "nothing heard for" in lost.reason
    assert lost.number == 1


def test_the_venues_close_record_and_logout_are_losses(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message]
) -> None:
    hub.script = lambda peer: peer.send('{"type":7,"error":"Connection closed with an error."}\x1e')
    port.handle(OpenHub(Hub.USER))
    assert "Connection closed with an error." in until(said, HubLost).reason
    hub.script = lambda peer: peer.send('{"type":1,"target":"GatewayLogout","arguments":[]}\x1e')
    port.handle(OpenHub(Hub.USER))
    assert until(said, HubLost) == HubLost(Hub.USER, 2, "GatewayLogout", Loss.LOGOUT)


@pytest.mark.parametrize("stage", ["handshake", "subscriptions"])
def test_an_unanswered_start_ends_in_time(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message], stage: str
) -> None:
    hub.shake, hub.acknowledge = stage != "handshake", False
    port.handle(OpenHub(Hub.MARKET))
    lost = said.get(timeout=1)
    assert isinstance(lost, HubLost)
    assert lost.number == 0
    assert ("handshake" in lost.reason) == (stage == "handshake")


def test_no_venue_and_a_refused_upgrade(
    said: SimpleQueue[Message], access: Access, instruments: Instruments
) -> None:
    def refuse(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(4096)
            peer.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/hubs/x"
        refusing = threading.Thread(target=refuse, args=(listener,))
        refusing.start()
        hubs = {Hub.MARKET: url, Hub.USER: url}
        port = HubPort(hubs, access, instruments, 7, time.time_ns, dict.fromkeys(Hub, said.put))
        port.handle(OpenHub(Hub.MARKET))
        refusing.join()
    refused = said.get(timeout=1)
    assert isinstance(refused, HubLost)
    assert "401 Unauthorized" in refused.reason
    assert refused.loss is Loss.UNAUTHORISED
    port.handle(OpenHub(Hub.USER))
    lost = said.get(timeout=1)
    assert isinstance(lost, HubLost)
    assert (lost.hub, lost.number) == (Hub.USER, 0)
    assert "no connection" in lost.reason
    assert lost.loss is Loss.ENDED
    assert TOKEN not in lost.reason
    for hub in Hub:
        port.handle(OpenHub(hub))
        again = said.get(timeout=1)
        assert isinstance(again, HubLost), "an attempt after a failed one is told like any other"
    port.handle(CloseHub(Hub.USER))
    assert said.empty()


def test_a_half_open_link_does_not_hold_up_the_close(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message]
) -> None:
    port.handle(OpenHub(Hub.MARKET))
    port.handle(OpenHub(Hub.USER))
    begun = time.monotonic()
    port.handle(CloseHub(Hub.MARKET))
    port.handle(CloseHub(Hub.USER))
    assert time.monotonic() - begun < 0.2
    assert [said.get_nowait() for _ in range(2)] == [
        HubOpened(Hub.MARKET, 1),
        HubOpened(Hub.USER, 1),
    ]
    assert said.empty(), "closing on purpose is no loss"
    assert not [t for t in threading.enumerate() if t.name.endswith(" hub")]


def test_measures_both_hubs(port: HubPort, hub: FakeHub, said: SimpleQueue[Message]) -> None:
    hub.script = lambda peer: peer.send(QUOTE % 6801)
    port.handle(OpenHub(Hub.MARKET))
    until(said, Quote)
    market, user = port.handle(MeasureHubs())
    assert isinstance(market, HubActivity)
    assert isinstance(user, HubActivity)
    assert (market.hub, market.open, market.quotes) == (Hub.MARKET, True, 1)
    assert 0 <= market.at - market.last_quote < 5 * SECOND
    assert (user.hub, user.open, user.last_frame) == (Hub.USER, False, 0)


def test_a_failing_receiver_is_a_loss_not_a_silence(
    server: Server, access: Access, instruments: Instruments, hub: FakeHub
) -> None:
    losses: SimpleQueue[Message] = SimpleQueue()

    def emit(message: Message) -> None:
        if isinstance(message, Quote):
            raise RuntimeError("the mailbox is gone")
        losses.put(message)

    hub.script = lambda peer: peer.send(QUOTE % 6801)
    url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/hubs/market"
    hubs = {Hub.MARKET: url, Hub.USER: url}
    port = HubPort(hubs, access, instruments, 7, time.time_ns, dict.fromkeys(Hub, emit))
    port.handle(OpenHub(Hub.MARKET))
    assert until(losses, HubLost).reason == "RuntimeError: the mailbox is gone"


def test_a_heartbeat_times_the_round_trip(
    server: Server, said: SimpleQueue[Message], access: Access, instruments: Instruments
) -> None:
    url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/hubs"
    limits = msgspec.structs.replace(LIMITS, heartbeat=50 * MILLISECOND)
    hubs = dict.fromkeys(Hub, url)
    port = HubPort(
        hubs, access, instruments, 7, time.time_ns, dict.fromkeys(Hub, said.put), limits=limits
    )
    port.handle(OpenHub(Hub.MARKET))
    deadline = time.monotonic() + 5
    while not (measured := activity(port)).round_trip:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert 0 < measured.round_trip < 2 * SECOND
    port.close()


def activity(port: HubPort) -> HubActivity:
    market, _ = port.handle(MeasureHubs())
    assert isinstance(market, HubActivity)
    return market


def test_a_refresh_changes_to_a_connection_with_the_current_token(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message], access: Access
) -> None:
    hub.script = lambda peer: peer.send(QUOTE % 6801)
    port.handle(OpenHub(Hub.MARKET))
    until(said, Quote)
    access.token = Token("second", 0, 10**19)
    hub.script = lambda peer: peer.send(QUOTE % 6802)
    port.handle(RefreshHub(Hub.MARKET))
    refreshed = until(said, HubRefreshed)
    assert (refreshed.number, refreshed.took > 0) == (2, True)
    assert until(said, Quote).bid == 27208
    assert hub.tokens[1].endswith("access_token=second")
    assert activity(port).open
    assert len([t for t in threading.enumerate() if t.name.endswith(" hub")]) == 1
    port.handle(CloseHub(Hub.MARKET))
    assert said.empty(), "neither the old one's end nor the close is a loss"
    port.handle(RefreshHub(Hub.MARKET))
    assert until(said, RefreshFailed).number == 0


@pytest.mark.parametrize("stage", ["handshake", "subscriptions"])
def test_a_refresh_that_is_not_open_in_time_leaves_the_old_connection(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message], stage: str
) -> None:
    first: SimpleQueue[ServerConnection] = SimpleQueue()
    hub.script = first.put
    port.handle(OpenHub(Hub.MARKET))
    assert until(said, HubOpened).number == 1
    hub.shake, hub.acknowledge = stage != "handshake", False
    port.handle(RefreshHub(Hub.MARKET))
    assert until(said, RefreshFailed).number == 1
    first.get().send(QUOTE % 6801)
    assert until(said, Quote).bid == 27204
    assert activity(port).open


def test_a_venue_that_allows_one_connection_does_not_stop_the_change(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message]
) -> None:
    first: SimpleQueue[ServerConnection] = SimpleQueue()
    hub.script = first.put
    port.handle(OpenHub(Hub.MARKET))
    until(said, HubOpened)

    def ending(peer: ServerConnection) -> None:
        older = first.get()
        older.send('{"type":1,"target":"GatewayLogout","arguments":[]}\x1e')
        older.close()
        peer.send(QUOTE % 6802)

    hub.script = ending
    port.handle(RefreshHub(Hub.MARKET))
    heard = [said.get(timeout=5) for _ in range(4)]
    assert {type(message) for message in heard} == {RefreshFailed, HubLost, HubOpened, Quote}
    (lost,) = (message for message in heard if isinstance(message, HubLost))
    assert (lost.number, lost.loss) == (1, Loss.ENDED)
    assert activity(port).open
    hub.script = lambda peer: None
    port.handle(RefreshHub(Hub.MARKET))
    assert until(said, HubRefreshed).number == 3


def test_a_close_in_the_middle_of_a_refresh_ends_both(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message]
) -> None:
    port.handle(OpenHub(Hub.MARKET))
    until(said, HubOpened)
    hub.shake = False
    refreshing = threading.Thread(target=port.handle, args=(RefreshHub(Hub.MARKET),))
    refreshing.start()
    deadline = time.monotonic() + 5
    while len(hub.tokens) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    port.handle(CloseHub(Hub.MARKET))
    refreshing.join(5)
    assert not refreshing.is_alive()
    assert not [t for t in threading.enumerate() if t.name.endswith(" hub")]
    assert said.empty()


def test_all_that_a_connection_sends_leaves_from_one_thread(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fence too, which another connection's thread asks for: sends must not overlap."""
    sent: SimpleQueue[tuple[CoreClient, str, int]] = SimpleQueue()
    send = CoreClient.send

    def watched(self: CoreClient, data: bytes, opcode: int = 1) -> None:
        sent.put((self, threading.current_thread().name, threading.get_ident()))
        send(self, data, opcode)

    monkeypatch.setattr(CoreClient, "send", watched)
    port.handle(OpenHub(Hub.MARKET))
    for number in (2, 3):
        port.handle(RefreshHub(Hub.MARKET))
        assert until(said, HubRefreshed).number == number
    calls = [sent.get() for _ in range(sent.qsize())]
    threads = {client: {i for c, _, i in calls if c is client} for client, _, _ in calls}
    assert [len(used) for used in threads.values()] == [1, 1, 1]
    assert {name for _, name, _ in calls} == {"market hub"}
