"""Faults of sockets and answers on real ones, met by requests and a plain WebSocket."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = 48_120_077
DEADLINE = 30.0
pytestmark = [pytest.mark.realtime, pytest.mark.slow]


class Plain:
    """Logged in by requests; nothing here knows the simulator's code."""

    def __init__(self, rest: str) -> None:
        self.rest = rest
        self.token = self.post("/api/Auth/loginKey", userName="demo", apiKey="demo").json()["token"]

    def post(self, path: str, timeout: float = DEADLINE, **body: object) -> requests.Response:
        headers = {"Authorization": f"Bearer {getattr(self, 'token', '')}"}
        return requests.post(self.rest + path, json=body, headers=headers, timeout=timeout)

    def contract(self) -> str:
        answer = self.post("/api/Contract/search", searchText="MES", live=False).json()
        number: str = answer["contracts"][0]["id"]
        return number

    def fault(self, name: str, **more: Any) -> None:
        reply = self.post("/sim/faults", name=name, **more)
        assert reply.status_code == 200, reply.text

    def journal(self, name: str) -> list[str]:
        lines = requests.get(self.rest + "/sim/journal", timeout=DEADLINE).iter_lines()
        rows = [json.loads(line) for line in lines]
        return [r["detail"] for r in rows if r["kind"] == "fault" and r["name"] == name]

    def hub(self, name: str) -> ClientConnection:
        url = self.rest.replace("http", "ws", 1)
        address = f"{url}/hubs/{name}?access_token={self.token}"
        return connect(address, ping_interval=None, max_size=8 << 20)


def shake(socket: ClientConnection) -> None:
    socket.send('{"protocol":"json","version":1}\x1e')
    assert socket.recv(timeout=DEADLINE) == "{}\x1e"


def subscribe(socket: ClientConnection, method: str, argument: object) -> None:
    message = {"type": 1, "target": method, "arguments": [argument]}
    socket.send(json.dumps(message) + "\x1e")


@contextmanager
def started(*options: str) -> Iterator[str]:
    """The process; its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "tools.simulator", "--with-parent", *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["rest"]
        process.communicate(timeout=DEADLINE)


@pytest.fixture(scope="module")
def rest() -> Iterator[str]:
    with started("--seed", "7") as address:
        yield address


@pytest.fixture
def plain(rest: str) -> Iterator[Plain]:
    """A client, and all faults ended after the test."""
    yield Plain(rest)
    active = requests.get(rest + "/sim/state", timeout=DEADLINE).json()["faults"]
    for name in active:
        requests.post(rest + "/sim/faults", json={"name": name, "stop": True}, timeout=DEADLINE)


def test_a_lost_answer_is_a_timeout_and_the_order_is_there(plain: Plain) -> None:
    plain.fault("lose_response_after_accept", target="/api/Order/place")
    order: dict[str, Any] = {"accountId": ACCOUNT, "contractId": plain.contract(), "size": 1}
    with pytest.raises(requests.ReadTimeout):
        plain.post("/api/Order/place", timeout=0.5, **order, type=1, side=0, limitPrice=1000.0)
    until = time.monotonic() + DEADLINE
    # Its client may have left before it was read, and it is pending before it is open.
    while not (found := plain.post("/api/Order/searchOpen", accountId=ACCOUNT).json()["orders"]):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.5)
    (row,) = found
    assert row["limitPrice"] == 1000.0
    assert plain.journal("lose_response_after_accept")[-1] == "fired: /api/Order/place"


def test_a_delayed_answer_comes_late(plain: Plain) -> None:
    plain.fault("delay_response", seconds=0.3, target="/api/Account/search")
    assert plain.post("/api/Account/search").elapsed.total_seconds() > 0.3


def test_an_upgrade_is_refused(plain: Plain) -> None:
    plain.fault("refuse_upgrade", target="market")
    with pytest.raises(InvalidStatus) as refused, plain.hub("market"):
        pass
    assert refused.value.response.status_code == 503
    with plain.hub("user") as socket:
        shake(socket)


def test_a_dropped_socket_ends_without_a_close_message(plain: Plain) -> None:
    with plain.hub("user") as socket:
        shake(socket)
        plain.fault("drop_hub")
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=DEADLINE)


def test_a_close_message_precedes_the_end(plain: Plain) -> None:
    with plain.hub("user") as socket:
        shake(socket)
        plain.fault("close_hub_error")
        assert json.loads(str(socket.recv(timeout=DEADLINE)).rstrip("\x1e"))["type"] == 7
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=DEADLINE)


def test_a_half_open_hub_accepts_and_never_shakes_hands(plain: Plain) -> None:
    plain.fault("half_open", target="user")
    with plain.hub("user") as socket:
        socket.send('{"protocol":"json","version":1}\x1e')
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.5)


def test_garbage_and_a_logout_arrive_as_frames(plain: Plain) -> None:
    with plain.hub("user") as socket:
        shake(socket)
        plain.fault("garbage_frame")
        with pytest.raises(json.JSONDecodeError):
            json.loads(str(socket.recv(timeout=DEADLINE)).rstrip("\x1e"))
        plain.fault("second_session")
        assert "GatewayLogout" in str(socket.recv(timeout=DEADLINE))


def test_a_big_frame_passes_the_server(plain: Plain) -> None:
    plain.fault("big_frames")
    with plain.hub("market") as socket:
        shake(socket)
        subscribe(socket, "SubscribeContractMarketDepth", plain.contract())
        frame = str(socket.recv(timeout=DEADLINE))
    assert len(frame) > 1 << 20
    assert json.loads(frame.rstrip("\x1e"))["arguments"][1][-1] is None


def test_a_file_begins_its_faults_with_the_venue(tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text("- {name: http_500, target: /api/Account/search}\n")
    with started("--faults", str(path)) as address:
        plain = Plain(address)
        assert plain.post("/api/Account/search").status_code == 500
        assert plain.journal("http_500")[0].startswith("started until stopped")
