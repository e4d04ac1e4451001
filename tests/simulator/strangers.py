"""The simulator as a process, and a client of it that shares no code with it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self

import requests
from websockets.sync.client import connect

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = 48_120_077
DEADLINE = 30.0
"""Nothing that comes at all takes so long, on a busy machine either."""


@contextmanager
def started(*options: str) -> Iterator["subprocess.Popen[str]"]:
    """The process, its standard input a pipe from here: it ends when the test run does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.simulator", "--with-parent", *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.communicate(timeout=DEADLINE)


def addresses(process: "subprocess.Popen[str]") -> dict[str, str]:
    assert process.stdout is not None
    found: dict[str, str] = json.loads(process.stdout.readline())
    return found


class Stranger(AbstractContextManager["Stranger"]):
    """Logged in by requests; nothing here knows the simulator's code."""

    def __init__(self, where: dict[str, str]) -> None:
        self.where = where
        self.http = requests.Session()
        self.token = ""
        self.token = self.post("Auth/loginKey", userName="demo", apiKey="demo")["token"]
        self.contract: str = self.post("Contract/search", searchText="MES", live=False)[
            "contracts"
        ][0]["id"]

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, path: str, **body: object) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = f"{self.where['rest']}/api/{path}"
        reply = self.http.post(url, json=body, headers=headers, timeout=DEADLINE)
        assert reply.status_code == 200, (path, reply.status_code, reply.text)
        return reply.json()

    def sim(self, path: str, **body: object) -> Any:
        url = f"{self.where['rest']}/sim/{path}"
        reply = self.http.post(url, json=body, timeout=DEADLINE)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def journal(self, since: int = 0) -> list[Any]:
        url = f"{self.where['rest']}/sim/journal?since={since}"
        return [json.loads(line) for line in self.http.get(url, timeout=DEADLINE).iter_lines()]

    def bracketed(self, ticks: int = 4000) -> int:
        order = {"accountId": ACCOUNT, "contractId": self.contract, "type": 2, "side": 0, "size": 1}
        answer = self.post(
            "Order/place",
            **order,
            stopLossBracket={"ticks": -ticks, "type": 4},
            takeProfitBracket={"ticks": ticks, "type": 1},
        )
        assert answer["success"], answer
        number: int = answer["orderId"]
        return number


class Hub(AbstractContextManager["Hub"]):
    """A hub connection: handshake, then records one by one."""

    def __init__(self, url: str, token: str, **query: str) -> None:
        more = "".join(f"&{key}={value}" for key, value in query.items())
        address = f"{url.replace('http', 'ws', 1)}?access_token={token}{more}"
        self._opening = connect(address, ping_interval=None)
        self._records: list[Any] = []

    def __enter__(self) -> Self:
        self._socket = self._opening.__enter__()
        self._send({"protocol": "json", "version": 1})
        assert self.next() == {}
        return self

    def __exit__(self, *raised: Any) -> None:
        self._opening.__exit__(*raised)

    def _send(self, message: object) -> None:
        self._socket.send(json.dumps(message) + "\x1e")

    def invoke(self, target: str, *arguments: object) -> None:
        """Invoke, and wait for the completion without an error."""
        self._send({"type": 1, "target": target, "arguments": arguments, "invocationId": target})
        done = self.wait(lambda record: record.get("invocationId") == target)
        assert "error" not in done, done

    def next(self, timeout: float = DEADLINE) -> Any:
        """The next record; raises TimeoutError."""
        while not self._records:
            frame = self._socket.recv(timeout=timeout)
            assert isinstance(frame, str)
            self._records = [json.loads(part) for part in frame.split("\x1e")[:-1]]
        return self._records.pop(0)

    def wait(self, wanted: Callable[[Any], bool]) -> Any:
        """The first record that is wanted, within the deadline."""
        until = time.monotonic() + DEADLINE
        while time.monotonic() < until:
            record = self.next()
            if wanted(record):
                return record
        raise AssertionError("not received in time")

    def order(self, number: int, status: int) -> Any:
        """The event of this order in this status."""

        def is_it(record: Any) -> bool:
            if record.get("target") != "GatewayUserOrder":
                return False
            data = record["arguments"][0]["data"]
            return bool(data["id"] == number and data["status"] == status)

        return self.wait(is_it)["arguments"][0]["data"]

    def market(self, target: str) -> Any:
        return self.wait(lambda record: record.get("target") == target)["arguments"][1]
