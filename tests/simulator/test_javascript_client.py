"""The official JavaScript SignalR client, unmodified, on both hubs (tests/simulator/javascript).

`npm ci` in that folder installs it; continuous integration does so where there is a node.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent / "javascript"
ACCOUNT = 48_120_077
DEADLINE = 30.0
NODE = shutil.which("node")
pytestmark = [
    pytest.mark.realtime,
    pytest.mark.slow,
    pytest.mark.skipif(NODE is None, reason="node is not installed"),
    pytest.mark.skipif(
        not (FOLDER / "node_modules/@microsoft/signalr").is_dir(),
        reason="@microsoft/signalr is not installed: npm ci in tests/simulator/javascript",
    ),
]


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


@pytest.fixture(scope="module", params=["direct", "negotiated"])
def session(rest: str, request: pytest.FixtureRequest) -> Any:
    login = {"userName": "demo", "apiKey": "demo"}
    token = requests.post(f"{rest}/api/Auth/loginKey", json=login, timeout=DEADLINE).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    body = {"searchText": "MES", "live": False}
    found = requests.post(
        f"{rest}/api/Contract/search", json=body, headers=headers, timeout=DEADLINE
    )
    contract = found.json()["contracts"][0]["id"]
    assert NODE is not None
    done = subprocess.run(
        [NODE, "conformance.js", rest, token, contract, str(ACCOUNT), request.param],
        check=False, cwd=FOLDER, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) | {"contract": contract}


def heard(subscriptions: list[str], targets: list[str]) -> list[str]:
    return [*(f"{name}: null" for name in subscriptions), *targets]


UNKNOWN = "Failed to invoke 'Nonsense' due to an error on the server. HubException: "
LOST = ["reconnecting", "reconnected"]
END = "closed: Server returned an error on close: Connection closed with an error."


@pytest.mark.parametrize(
    ("hub", "subscriptions", "targets"),
    [
        (
            "market",
            [f"SubscribeContract{stream}" for stream in ("Quotes", "Trades", "MarketDepth")],
            ["GatewayQuote", "GatewayTrade", "GatewayDepth"],
        ),
        (
            "user",
            [f"Subscribe{stream}" for stream in ("Accounts", "Orders", "Positions", "Trades")],
            [f"GatewayUser{entity}" for entity in ("Order", "Trade", "Position", "Account")],
        ),
    ],
)
def test_it_subscribes_hears_fails_reconnects_and_closes(
    session: Any, hub: str, subscriptions: list[str], targets: list[str]
) -> None:
    met = heard(subscriptions, targets)
    error = f"error: {UNKNOWN}Method does not exist."
    assert session[hub]["met"] == ["connected", *met, error, *LOST, *met, END]


def test_it_hears_market_events_as_contract_and_payload(session: Any) -> None:
    quote, trade, depth = (event["values"] for event in session["market"]["first"])
    for values in (quote, trade, depth):
        assert values[0] == session["contract"]
        assert len(values) == 2
    assert quote[1]["symbol"] == "F.US.MES"
    assert trade[1][0]["volume"] > 0
    assert depth[1][0]["type"] == 6


def test_it_hears_user_events_in_their_envelope(session: Any) -> None:
    for event in session["user"]["first"]:
        ((envelope,), target) = event["values"], event["target"]
        assert set(envelope) == {"action", "data"}, target
