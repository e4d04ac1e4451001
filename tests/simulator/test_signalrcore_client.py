"""signalrcore as it comes from its package, on both hubs (signalrcore_session.py)."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = 48_120_077
DEADLINE = 30.0
pytestmark = [pytest.mark.realtime, pytest.mark.slow]


@pytest.fixture(scope="module")
def rest() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "tools.simulator", "--with-parent", "--speed", "5"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["rest"]
        process.communicate(timeout=DEADLINE)


@pytest.mark.parametrize("way", ["direct", "negotiated"])
def test_it_hears_both_hubs_and_of_an_error(rest: str, way: str) -> None:
    login = {"userName": "demo", "apiKey": "demo"}
    answer = requests.post(f"{rest}/api/Auth/loginKey", json=login, timeout=DEADLINE).json()
    headers = {"Authorization": f"Bearer {answer['token']}"}
    body = {"searchText": "MES", "live": False}
    url = f"{rest}/api/Contract/search"
    found = requests.post(url, json=body, headers=headers, timeout=DEADLINE).json()
    contract = found["contracts"][0]["id"]
    command = [sys.executable, "-m", "tests.simulator.signalrcore_session", rest]
    done = subprocess.run(
        [*command, answer["token"], contract, str(ACCOUNT), way],
        check=False, cwd=ROOT, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    met: dict[str, Any] = json.loads(done.stdout)
    for hub in ("market", "user"):
        assert "Method does not exist" in met[hub]["error"]
    quote, trade, depth = (
        met["market"]["first"][f"Gateway{name}"] for name in ("Quote", "Trade", "Depth")
    )
    assert {quote[0], trade[0], depth[0]} == {contract}
    assert trade[1][0]["volume"] > 0
    assert depth[1][0]["type"] == 6
    (order,) = met["user"]["first"]["GatewayUserOrder"]
    (position,) = met["user"]["first"]["GatewayUserPosition"]
    assert order["data"]["status"] == 6
    assert position["data"]["size"] > 0
