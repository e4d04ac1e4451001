"""Both hubs over real sockets, through signalrcore."""

import logging
import socket
import threading
import time
from queue import SimpleQueue

import pytest
from msgspec.structs import replace
from websockets.sync.server import Server, ServerConnection

from gateway import hub_transport
from gateway.access import Access
from gateway.contracts import Instruments
from gateway.hub_shell import HubPort
from gateway.redaction import Redactor, guard
from gateway.token import Token
from messages.base import MILLISECOND, SECOND, Message
from messages.hub import CloseHub, Hub, HubLost, HubOpened, Loss, OpenHub
from messages.market import Quote
from tests.gateway.hub_shell.bench import LIMITS, PATIENCE_S, QUOTE, TOKEN, FakeHub, until


def test_opens_subscribes_and_delivers(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message]
) -> None:
    hub.script = lambda peer: peer.send(QUOTE % 6801 + QUOTE % 6802)
    before = time.time_ns()
    assert port.handle(OpenHub(Hub.MARKET)) == ()
    assert said.get_nowait() == HubOpened(Hub.MARKET, 1)
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
        if peer.ping(b"are you there").wait(PATIENCE_S):
            answered.set()
        peer.send(QUOTE % 6801)

    hub.script = script
    port.handle(OpenHub(Hub.MARKET))
    assert until(said, Quote).bid == 27204
    assert answered.is_set()


def test_keeps_itself_alive_with_pings(port: HubPort, hub: FakeHub) -> None:
    port.handle(OpenHub(Hub.MARKET))
    assert hub.heard.get(timeout=PATIENCE_S) == '{"type":6}\x1e'


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


@pytest.mark.parametrize("limits", [replace(LIMITS, silence=1500 * MILLISECOND)])
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


@pytest.mark.parametrize(
    ("stage", "limits"),
    [
        ("handshake", replace(LIMITS, handshake=700 * MILLISECOND)),
        ("subscriptions", replace(LIMITS, subscribe=700 * MILLISECOND)),
    ],
)
def test_an_unanswered_start_ends_in_time(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message], stage: str
) -> None:
    hub.shake, hub.acknowledge = stage != "handshake", False
    begun = time.monotonic()
    port.handle(OpenHub(Hub.MARKET))
    assert time.monotonic() - begun < LIMITS.subscribe / SECOND
    lost = said.get_nowait()
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
    refused = said.get_nowait()
    assert isinstance(refused, HubLost)
    assert "401 Unauthorized" in refused.reason
    assert refused.loss is Loss.UNAUTHORISED
    port.handle(OpenHub(Hub.USER))
    lost = said.get_nowait()
    assert isinstance(lost, HubLost)
    assert (lost.hub, lost.number) == (Hub.USER, 0)
    assert "no connection" in lost.reason
    assert lost.loss is Loss.ENDED
    assert TOKEN not in lost.reason
    for hub in Hub:
        port.handle(OpenHub(hub))
        again = said.get_nowait()
        assert isinstance(again, HubLost), "an attempt after a failed one is told like any other"
    port.handle(CloseHub(Hub.USER))
    assert said.empty()


def test_a_half_open_link_does_not_hold_up_the_close(
    port: HubPort, said: SimpleQueue[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_transport, "POLL", 60.0)  # so nothing but the close wakes a receiver
    port.handle(OpenHub(Hub.MARKET))
    port.handle(OpenHub(Hub.USER))
    begun = time.monotonic()
    port.handle(CloseHub(Hub.MARKET))
    port.handle(CloseHub(Hub.USER))
    assert time.monotonic() - begun < hub_transport._JOIN, "it has waited for a receiver in vain"
    assert [said.get_nowait() for _ in range(2)] == [
        HubOpened(Hub.MARKET, 1),
        HubOpened(Hub.USER, 1),
    ]
    assert said.empty(), "closing on purpose is no loss"
    assert not [t for t in threading.enumerate() if t.name.endswith(" hub")]


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
