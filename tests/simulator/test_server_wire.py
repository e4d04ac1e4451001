"""The wire under strain, on real sockets: other shapes, lost clients, lost answers."""

import json
import subprocess
import sys
from collections.abc import Iterator
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
DEADLINE = 10.0
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

    def journal(self) -> list[Any]:
        reply = requests.get(self.rest + "/sim/journal", timeout=DEADLINE)
        return [json.loads(line) for line in reply.iter_lines()]

    def hub(self, name: str, token: str | None = None) -> ClientConnection:
        address = f"{self.rest.replace('http', 'ws', 1)}/hubs/{name}"
        credential = quote(self.token, safe="") if token is None else token
        query = f"?access_token={credential}"
        return connect(address + query, ping_interval=None, max_size=8 << 20)

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


def call(socket: ClientConnection, target: str, *arguments: object) -> None:
    message = {"type": 1, "target": target, "arguments": arguments, "invocationId": target}
    socket.send(json.dumps(message) + "\x1e")


def records(socket: ClientConnection, count: int) -> list[Any]:
    """That many records, whatever messages they come in; what follows them is dropped."""
    text = ""
    while text.count("\x1e") < count:
        text += str(socket.recv(timeout=DEADLINE))
    return [json.loads(record) for record in text.split("\x1e")[:count]]


def test_a_token_in_need_of_encoding_and_records_in_pieces() -> None:
    options = ("--shape", "tokens=escaped", "--shape", "frames=cut", "--shape", "events=several")
    with started(*options) as gateway:
        with pytest.raises(InvalidStatus), gateway.hub("user", gateway.token):
            pass
        with gateway.hub("user") as socket:
            socket.send(HELLO)
            call(socket, "SubscribeOrders", ACCOUNT)
            records(socket, 2)
            gateway.post(
                "/api/Order/place", accountId=ACCOUNT, contractId=gateway.contract(), type=2,
                side=0, size=1, stopLossBracket={"ticks": -400, "type": 4},
            )  # fmt: skip
            piece = str(socket.recv(timeout=DEADLINE))
            assert "\x1e" not in piece
            text = piece + str(socket.recv(timeout=DEADLINE)) + str(socket.recv(timeout=DEADLINE))
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
