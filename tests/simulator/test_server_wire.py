"""The wire under strain, on real sockets: other shapes, lost clients, lost answers."""

import json
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = 48_120_077
DEADLINE = 30.0
HELLO = '{"protocol":"json","version":1}\x1e'
pytestmark = [pytest.mark.realtime, pytest.mark.slow]


class Gateway:
    """A simulator's process and a login; nothing here knows the simulator's code."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        self.process = process
        self.rest: str = json.loads(process.stdout.readline())["rest"]
        self.token = ""
        self.token = self.post("/api/Auth/loginKey", userName="demo", apiKey="demo").json()["token"]

    def post(self, path: str, timeout: float = DEADLINE, **body: object) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.post(self.rest + path, json=body, headers=headers, timeout=timeout)

    def contract(self) -> str:
        answer = self.post("/api/Contract/search", searchText="MES", live=False).json()
        number: str = answer["contracts"][0]["id"]
        return number

    def journal(self, since: int = 0) -> list[Any]:
        reply = requests.get(f"{self.rest}/sim/journal?since={since}", timeout=DEADLINE)
        return [json.loads(line) for line in reply.iter_lines()]

    def hub(self, name: str, token: str | None = None) -> ClientConnection:
        address = f"{self.rest.replace('http', 'ws', 1)}/hubs/{name}"
        credential = quote(self.token, safe="") if token is None else token
        query = f"?access_token={credential}"
        return connect(address + query, ping_interval=None, max_size=8 << 20, close_timeout=1)

    def ended(self) -> tuple[int, str]:
        """The exit code and what went to standard error, after its input has ended."""
        _, errors = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, errors


@contextmanager
def started(*options: str) -> Iterator[Gateway]:
    with subprocess.Popen(
        [sys.executable, "-m", "tools.simulator", "--with-parent", *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Gateway(process)
        finally:
            if process.poll() is None:
                process.communicate(timeout=DEADLINE)


def call(hub: ClientConnection, target: str, *arguments: object) -> None:
    message = {"type": 1, "target": target, "arguments": arguments, "invocationId": target}
    hub.send(json.dumps(message) + "\x1e")


def records(hub: ClientConnection, count: int) -> list[Any]:
    """That many records, whatever messages they come in; what follows them is dropped."""
    text = ""
    while text.count("\x1e") < count:
        text += str(hub.recv(timeout=DEADLINE))
    return [json.loads(record) for record in text.split("\x1e")[:count]]


def drain(hub: ClientConnection) -> None:
    """Read what was under way, up to the end that this raises."""
    while hub.recv(timeout=DEADLINE):
        pass


def test_a_token_in_need_of_encoding_and_records_in_pieces() -> None:
    options = ("--shape", "tokens=escaped", "--shape", "frames=cut", "--shape", "events=several")
    with started(*options) as gateway:
        with pytest.raises(InvalidStatus), gateway.hub("user", gateway.token):
            pass
        with gateway.hub("user") as hub:
            hub.send(HELLO)
            call(hub, "SubscribeOrders", ACCOUNT)
            records(hub, 2)
            gateway.post(
                "/api/Order/place", accountId=ACCOUNT, contractId=gateway.contract(), type=2,
                side=0, size=1, stopLossBracket={"ticks": -400, "type": 4},
            )  # fmt: skip
            piece = str(hub.recv(timeout=DEADLINE))
            assert "\x1e" not in piece
            text = piece + str(hub.recv(timeout=DEADLINE)) + str(hub.recv(timeout=DEADLINE))
            (event,) = [json.loads(record) for record in text.split("\x1e")[:-1]]
        assert [row["data"]["status"] for row in event["arguments"]] == [8, 6]


def test_the_oldest_connection_leaves_and_a_429_says_when_to_return() -> None:
    options = ("--shape", "connections=1", "--shape", "retry_after=true")
    with started(*options) as gateway, gateway.hub("market") as old:
        old.send(HELLO)
        records(old, 1)
        with gateway.hub("market") as new:
            new.send(HELLO)
            records(new, 1)
            logout, close = records(old, 2)
            assert logout["target"] == "GatewayLogout"
            assert close == {"type": 7}
            with pytest.raises(ConnectionClosed):
                old.recv(timeout=DEADLINE)
            call(new, "SubscribeContractTrades", gateway.contract())
            assert records(new, 1)[0]["type"] == 3
        for _ in range(50):
            assert gateway.post("/api/History/retrieveBars").status_code == 200
        refused = gateway.post("/api/History/retrieveBars")
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 30


def test_an_unknown_shape_is_one_line_and_exit_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.simulator", "--shape", "events=odd"],
        check=False, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("simulator: --shape: ")
    assert len(done.stderr.splitlines()) == 1


KEY = "dGhlIHNhbXBsZSBub25jZQ=="
GARBAGE_UTF8 = b"\x81\x82\0\0\0\0\xff\xfe"
NO_FRAME = b"\xff\xff\xff\xff"
LINGER = "hh" if sys.platform == "win32" else "ii"


def upgrade(hub: str, token: str) -> bytes:
    return (
        f"GET /hubs/{hub}?access_token={token} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def masked(text: str) -> bytes:
    """A text frame of a client, its mask all zeros."""
    data = text.encode()
    return b"\x81\xfe" + struct.pack("!H", len(data)) + b"\0\0\0\0" + data


def rudely(gateway: Gateway, *parts: bytes, reset: bool) -> None:
    """Send, hear the server once where there is more than one part, and leave without a word."""
    port = int(gateway.rest.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), DEADLINE) as client:
        for place, part in enumerate(parts):
            if place:
                client.recv(4096)
            client.sendall(part)
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(LINGER, 1, 0))


@pytest.mark.parametrize("reset", [False, True])
def test_clients_without_manners_leave_no_trace(reset: bool) -> None:
    with started("--speed", "20") as gateway:
        hello = masked(HELLO)
        calls = [
            {"type": 1, "target": f"SubscribeContract{stream}", "arguments": [gateway.contract()]}
            for stream in ("Quotes", "Trades", "MarketDepth")
        ]
        all_streams = masked("".join(json.dumps(row) + "\x1e" for row in calls))
        open_hub = upgrade("market", gateway.token)
        half = b"POST /api/Order/place HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"
        whole = half.replace(b"99", b"1 ").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        for parts in (
            [half],
            [whole],
            [b"BLAH\r\n\r\n"],
            [b"GET /sim/journal HTTP/1.1\r\nHost: x\r\n\r\n"],
            [upgrade("user", "bad")],
            [upgrade("nowhere", "bad")],
            [open_hub],
            [open_hub, hello],
            [open_hub, hello, all_streams],
            [open_hub, hello, all_streams + hello[:20]],
            [open_hub, hello, all_streams, GARBAGE_UTF8],
            [open_hub, hello, all_streams, NO_FRAME],
            [open_hub, hello, masked("garbage\x1e")],
            [open_hub, hello, masked('{"type":7}\x1e') + all_streams],
        ):
            rudely(gateway, *parts, reset=reset)
        gateway.post("/sim/faults", name="close_hub_error")
        with gateway.hub("user") as polite:
            polite.send(HELLO)
            assert records(polite, 1) == [{}]
        assert gateway.ended() == (0, "")


def test_a_lost_answer_delays_nothing_at_the_end() -> None:
    with started() as gateway:
        gateway.post("/sim/faults", name="lose_response_after_accept", target="/api/Order/search")
        with ThreadPoolExecutor(1) as pool:
            lost = pool.submit(gateway.post, "/api/Order/search")
            until = time.monotonic() + DEADLINE
            while not any(row.get("path") == "/api/Order/search" for row in gateway.journal()):
                assert time.monotonic() < until, "it never came"
                time.sleep(0.02)
            assert gateway.ended() == (0, ""), "uvicorn's grace has run out, and it says so"
            assert lost.result().status_code == 503


def test_a_client_that_reads_nothing_loses_its_socket() -> None:
    with started("--speed", "120") as gateway, gateway.hub("market") as hub:
        hub.send(HELLO)
        for stream in ("Quotes", "Trades", "MarketDepth"):
            call(hub, f"SubscribeContract{stream}", gateway.contract())
        until = time.monotonic() + DEADLINE
        kinds: list[str] = []
        while "disconnect" not in kinds:
            assert time.monotonic() < until, "still connected"
            kinds += [row["kind"] for row in gateway.journal(len(kinds))]
        with pytest.raises(ConnectionClosed):
            drain(hub)
        gateway.contract()  # the venue lives on


def test_a_body_beyond_the_frameworks_limit_is_413_and_a_long_one_is_not_noted() -> None:
    with started() as gateway:
        body = b'{"onlyActiveAccounts":true,"x":"' + b"x" * 150_000 + b'"}'
        answers = [
            requests.post(
                f"{gateway.rest}/api/Account/search",
                data=data,
                headers={"Authorization": f"Bearer {gateway.token}"},
                timeout=60,
            )
            for data in (body, b" " * 30_000_000 + body)
        ]
        assert [answer.status_code for answer in answers] == [200, 413]
        noted = [row for row in gateway.journal() if row.get("path") == "/api/Account/search"]
        assert [row["body"] for row in noted] == [None]
        assert gateway.ended() == (0, "")
