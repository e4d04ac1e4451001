"""signalrcore as it comes from its package, on both hubs."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
import requests
from signalrcore.hub_connection_builder import HubConnectionBuilder
from signalrcore.types import HttpTransportType

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = 48_120_077
DEADLINE = 10.0
pytestmark = [pytest.mark.realtime, pytest.mark.slow]


class Gateway:
    """A simulator's process and a login."""

    def __init__(self, rest: str) -> None:
        self.rest = rest
        self.token = ""
        self.token = self.post("/api/Auth/loginKey", userName="demo", apiKey="demo")["token"]
        found = self.post("/api/Contract/search", searchText="MES", live=False)
        self.contract: str = found["contracts"][0]["id"]

    def post(self, path: str, **body: object) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        reply = requests.post(self.rest + path, json=body, headers=headers, timeout=DEADLINE)
        assert reply.status_code == 200, reply.text
        return reply.json()


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with subprocess.Popen(
        [sys.executable, "-m", "tools.simulator", "--with-parent", "--speed", "5"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield Gateway(json.loads(process.stdout.readline())["rest"])
        process.communicate(timeout=DEADLINE)


class Client:
    """A connection whose callbacks put (what, content) into `met`."""

    def __init__(self, gateway: Gateway, hub: str, *, direct: bool) -> None:
        self.met: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        url = f"{gateway.rest}/hubs/{hub}"
        options: dict[str, Any] = {"access_token_factory": lambda: gateway.token}
        if direct:
            url = f"{url.replace('http', 'ws', 1)}?access_token={gateway.token}"
            options |= {"skip_negotiation": True, "transport": HttpTransportType.web_sockets}
        self.connection = HubConnectionBuilder().with_url(url, options=options).build()
        self.connection.on_open(lambda: self.met.put(("open", None)))
        self.connection.on_close(lambda: self.met.put(("close", None)))
        self.connection.on_error(lambda message: self.met.put(("error", message.error)))

    def hear(self, *targets: str) -> None:
        for target in targets:
            self.connection.on(target, lambda values, of=target: self.met.put((of, values)))

    def start(self) -> None:
        self.connection.start()
        self.wait("open")

    def invoke(self, method: str, *arguments: object) -> None:
        def done(_: object) -> None:
            self.met.put((method, None))

        self.connection.invoke(method, list(arguments), on_invocation=done)

    def wait(self, what: str) -> Any:
        """The content of the next of these; others before it are dropped."""
        while True:
            name, content = self.met.get(timeout=DEADLINE)
            if name == what:
                return content


@pytest.fixture(params=["direct", "negotiated"])
def direct(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "direct")


@contextlib.contextmanager
def started(client: Client, gateway: Gateway, hub: str) -> Iterator[Client]:
    """Started, and ended by the server: `stop` waits for the server's next byte."""
    client.start()
    yield client
    gateway.post("/sim/faults", name="drop_hub", target=hub)
    client.wait("close")
    client.connection.transport._client.dispose()  # the library leaves a lost socket open


def test_it_hears_the_market(gateway: Gateway, direct: bool) -> None:
    client = Client(gateway, "market", direct=direct)
    client.hear("GatewayQuote", "GatewayTrade", "GatewayDepth")
    with started(client, gateway, "market"):
        for stream, target in (
            ("Quotes", "GatewayQuote"), ("Trades", "GatewayTrade"), ("MarketDepth", "GatewayDepth"),
        ):  # fmt: skip
            client.invoke(f"SubscribeContract{stream}", gateway.contract)
            client.wait(f"SubscribeContract{stream}")
            assert client.wait(target)[0] == gateway.contract


def test_it_hears_of_an_order_and_of_an_error(gateway: Gateway, direct: bool) -> None:
    client = Client(gateway, "user", direct=direct)
    client.hear("GatewayUserOrder", "GatewayUserPosition")
    with started(client, gateway, "user"):
        for stream in ("Orders", "Positions"):
            client.invoke(f"Subscribe{stream}", ACCOUNT)
            client.wait(f"Subscribe{stream}")
        gateway.post(
            "/api/Order/place", accountId=ACCOUNT, contractId=gateway.contract, type=2, side=0,
            size=1,
        )  # fmt: skip
        assert client.wait("GatewayUserOrder")[0]["data"]["status"] == 6
        assert client.wait("GatewayUserPosition")[0]["data"]["size"] > 0
        client.invoke("SubscribeNonsense")
        assert "Method does not exist" in client.wait("error")
