"""The hub port changes to a connection with the current token while the old one goes on."""

import threading
import time
from queue import SimpleQueue

import pytest
from msgspec.structs import replace
from websockets.sync.server import ServerConnection

from gateway.access import Access
from gateway.hub_shell import HubPort
from gateway.hub_transport import CoreClient
from gateway.token import Token
from messages.base import SECOND, Message
from messages.hub import (
    CloseHub,
    Hub,
    HubLost,
    HubOpened,
    HubRefreshed,
    Loss,
    OpenHub,
    RefreshFailed,
    RefreshHub,
)
from messages.market import Quote
from tests.gateway.hub_shell.bench import LIMITS, PATIENCE_S, QUOTE, FakeHub, activity, until


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


HASTY = replace(LIMITS, handshake=SECOND, subscribe=SECOND)


@pytest.mark.parametrize("limits", [HASTY])
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
    first.get(timeout=PATIENCE_S).send(QUOTE % 6801)
    assert until(said, Quote).bid == 27204
    assert activity(port).open


def test_a_venue_that_allows_one_connection_does_not_stop_the_change(
    port: HubPort, hub: FakeHub, said: SimpleQueue[Message]
) -> None:
    first: SimpleQueue[ServerConnection] = SimpleQueue()
    gone = threading.Event()

    def holding(peer: ServerConnection) -> None:
        first.put(peer)
        gone.wait(PATIENCE_S)  # an older one that answered what it is asked would be changed from

    hub.script = holding
    port.handle(OpenHub(Hub.MARKET))
    until(said, HubOpened)
    older = first.get(timeout=PATIENCE_S)  # from here on its own script is not asked for again

    def ending(peer: ServerConnection) -> None:
        older.send('{"type":1,"target":"GatewayLogout","arguments":[]}\x1e')
        older.close()
        gone.set()
        peer.send(QUOTE % 6802)

    hub.script = ending
    port.handle(RefreshHub(Hub.MARKET))
    heard = [said.get(timeout=PATIENCE_S) for _ in range(4)]
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
    deadline = time.monotonic() + PATIENCE_S
    while len(hub.tokens) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    port.handle(CloseHub(Hub.MARKET))
    refreshing.join(PATIENCE_S)
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
