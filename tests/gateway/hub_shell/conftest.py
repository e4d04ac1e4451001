"""A port to one hub of a server that runs in the test."""

import threading
import time
from collections.abc import Iterator
from queue import SimpleQueue

import pytest
from websockets.sync.server import Server, serve

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.hub_protocol import Limits
from gateway.hub_shell import HubPort
from gateway.token import Token
from messages.base import Message
from messages.hub import Hub
from tests.gateway.hub_shell.bench import LIMITS, TOKEN, FakeHub


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
def limits() -> Limits:
    """What `port` is given; a test parametrizes it for others."""
    return LIMITS


@pytest.fixture
def port(
    server: Server,
    said: SimpleQueue[Message],
    access: Access,
    instruments: Instruments,
    limits: Limits,
) -> Iterator[HubPort]:
    url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/hubs"
    addresses = {Hub.MARKET: f"{url}/market", Hub.USER: f"{url}/user"}
    opened = HubPort(
        addresses, access, instruments, 7, time.time_ns, dict.fromkeys(Hub, said.put), limits=limits
    )
    yield opened
    opened.close()
