"""A stranger at the door: the process on real sockets, by requests and a plain WebSocket."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT.parent / "shared" / "data" / "esu4_20240701_4min"
ACCOUNT = 48_120_077
DEADLINE = 10.0
pytestmark = [pytest.mark.realtime, pytest.mark.slow]


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


@pytest.fixture(scope="module")
def where() -> Iterator[dict[str, str]]:
    with started("--port", "0", "--seed", "5") as process:
        yield addresses(process)
    assert process.returncode == 0


@pytest.fixture
def stranger(where: dict[str, str]) -> Iterator[Stranger]:
    with Stranger(where) as client:
        yield client


@pytest.fixture
def user(stranger: Stranger) -> Iterator[Hub]:
    with Hub(stranger.where["user_hub"], stranger.token) as hub:
        for stream in ("Orders", "Positions", "Trades"):
            hub.invoke(f"Subscribe{stream}", ACCOUNT)
        yield hub


@pytest.fixture
def market(stranger: Stranger) -> Iterator[Hub]:
    with Hub(stranger.where["market_hub"], stranger.token) as hub:
        for stream in ("Quotes", "Trades", "MarketDepth"):
            hub.invoke(f"SubscribeContract{stream}", stranger.contract)
        yield hub


def silent(hub: Hub, seconds: float) -> bool:
    """Whether the hub falls silent for so long; what was on its way is read first."""
    try:
        for _ in range(1000):
            hub.next(timeout=seconds)
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize("leg", ["target", "stop"])
def test_a_bracketed_order_lives_as_captured(stranger: Stranger, user: Hub, leg: str) -> None:
    entry = stranger.bracketed()
    assert user.order(entry, 2)["filledPrice"] > 0
    target = user.order(entry + 2, 1)
    stop = user.order(entry + 1, 1)
    assert target["limitPrice"] - stop["stopPrice"] == 2 * 4000 * 0.25
    won, lost = (entry + 2, entry + 1) if leg == "target" else (entry + 1, entry + 2)
    stranger.sim("market", jump=4100 if leg == "target" else -4100)
    user.order(won, 2)
    user.order(lost, 3)
    assert stranger.post("Position/searchOpen", accountId=ACCOUNT)["positions"] == []


def test_market_data_flows_and_bars_reach_up_to_now(stranger: Stranger, market: Hub) -> None:
    assert market.market("GatewayQuote")["contract"] == stranger.contract
    assert market.market("GatewayDepth")[0]["type"] in (1, 2, 9, 10)
    prints = market.market("GatewayTrade")
    assert prints[0]["volume"] > 0
    answer = stranger.post(
        "History/retrieveBars", contractId=stranger.contract, live=False,
        startTime="2020-01-01T00:00:00Z", endTime="2100-01-01T00:00:00Z", unit=1, unitNumber=1,
        limit=20_000, includePartialBar=True,
    )  # fmt: skip
    rows = answer["bars"]
    assert len(rows) > 600
    assert rows[0]["t"] >= prints[0]["timestamp"][:19]


def test_freeze_feed_stops_the_data_and_leaves_the_socket(stranger: Stranger, market: Hub) -> None:
    market.market("GatewayTrade")
    stranger.sim("faults", name="freeze_feed")
    assert silent(market, seconds=2)
    lines = len(stranger.journal())
    stranger.sim("market", jump=1)
    assert {row["kind"] for row in stranger.journal(lines)} >= {"print", "quote", "fault"}
    stranger.sim("faults", name="freeze_feed", stop=True)
    market.market("GatewayTrade")
    faults = [row["detail"] for row in stranger.journal() if row["kind"] == "fault"]
    assert "started until stopped" in faults
    assert faults[-1].startswith("ended")


def test_cancel_brackets_reaches_the_user_hub(stranger: Stranger, user: Hub) -> None:
    entry = stranger.bracketed()
    user.order(entry + 1, 1)
    stranger.sim("faults", name="cancel_brackets")
    user.order(entry + 2, 3)
    stranger.post("Position/closeContract", accountId=ACCOUNT, contractId=stranger.contract)
    user.wait(
        lambda record: (
            record.get("target") == "GatewayUserPosition"
            and record["arguments"][0]["data"]["size"] == 0
        )
    )
    assert stranger.post("Order/searchOpen", accountId=ACCOUNT)["orders"] == []


def test_negotiate_then_websocket(stranger: Stranger) -> None:
    url = f"{stranger.where['market_hub']}/negotiate?negotiateVersion=1"
    headers = {"Authorization": f"Bearer {stranger.token}"}
    answer = stranger.http.post(url, headers=headers, timeout=DEADLINE).json()
    with Hub(stranger.where["market_hub"], stranger.token, id=answer["connectionToken"]) as hub:
        hub.invoke("SubscribeContractTrades", stranger.contract)


def test_a_bad_token_fails_the_upgrade_with_401(where: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refused, Hub(where["market_hub"], "bad"):
        pass
    assert refused.value.response.status_code == 401


def test_a_bad_handshake_is_told_and_closed(stranger: Stranger) -> None:
    url = stranger.where["user_hub"].replace("http", "ws", 1)
    with connect(f"{url}?access_token={stranger.token}") as websocket:
        websocket.send('{"protocol":"messagepack","version":1}\x1e')
        assert "not supported" in str(websocket.recv(timeout=DEADLINE))
        with pytest.raises(ConnectionClosed):
            websocket.recv(timeout=DEADLINE)


def test_sent_volume_in_the_journal_is_what_the_client_received(stranger: Stranger) -> None:
    with Hub(stranger.where["market_hub"], stranger.token) as hub:
        hub.invoke("SubscribeContractTrades", stranger.contract)
        received = sum(p["volume"] for _ in range(10) for p in hub.market("GatewayTrade"))
        rows = stranger.journal()
    number = max(row["connection"] for row in rows if row["kind"] == "connect")
    frames = [r for r in rows if r["kind"] == "frame" and r["connection"] == number]
    assert sum(row["volume"] for row in frames[:10]) == received


def test_many_requests_at_once_each_get_their_answer(stranger: Stranger) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: stranger.post("Account/search"), range(40)))
    assert all(answer["success"] for answer in answers)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to handle")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_with_a_client_connected(number: int) -> None:
    with started() as process, Stranger(addresses(process)) as client:
        with Hub(client.where["user_hub"], client.token) as hub:
            process.send_signal(number)
            assert process.wait(DEADLINE) == 0
            with pytest.raises(ConnectionClosed):
                hub.next()
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_an_epoch_starts_the_venues_clock() -> None:
    with (
        started("--epoch", "2026-03-02T14:30:00Z") as process,
        Stranger(addresses(process)) as client,
    ):
        assert client.contract == "CON.F.US.MES.H26"
        assert client.journal()[0]["epoch_ns"] == 1772461800 * 10**9
        reply = client.http.get(f"{client.where['rest']}/api/Status/ping", timeout=DEADLINE)
        assert reply.headers["date"].startswith("Mon, 02 Mar 2026 14:30:")


def test_two_processes_can_share_an_epoch() -> None:
    """The clock stands at the epoch at the wall time given, here an hour ago."""
    an_hour_ago = str(time.time_ns() - 3600 * 10**9)
    with (
        started("--epoch", "2026-03-02T14:30:00Z", "--epoch-at", an_hour_ago) as process,
        Stranger(addresses(process)) as client,
    ):
        reply = client.http.get(f"{client.where['rest']}/api/Status/ping", timeout=DEADLINE)
        assert reply.headers["date"].startswith("Mon, 02 Mar 2026 15:30:")


def test_several_contracts_have_a_market_each() -> None:
    with (
        started("--contract", "MNQ", "--contract", "CON.F.US.MES.Z26") as process,
        Stranger(addresses(process)) as client,
    ):
        listed = [row["id"] for row in client.journal()[0]["contracts"]]
        assert [row.split(".")[3] for row in listed] == ["MNQ", "MES"]


def test_accounts_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "accounts.yaml"
    path.write_text("- {id: 7, balance: 150000}\n- {id: 8, max_position: 1}\n")
    with (
        started("--accounts", str(path)) as process,
        Stranger(addresses(process)) as client,
        Hub(client.where["user_hub"], client.token) as hub,
    ):
        rows = client.post("Account/search", onlyActiveAccounts=True)["accounts"]
        assert [(row["id"], row["balance"]) for row in rows] == [(7, 150_000.0), (8, 50_000.0)]
        order = {"contractId": client.contract, "type": 2, "side": 0, "size": 2}
        assert client.post("Order/place", accountId=8, **order)["errorCode"] == 2
        hub.invoke("SubscribePositions", 7)
        assert client.post("Order/place", accountId=7, **order)["success"]
        event = hub.wait(lambda record: record.get("target") == "GatewayUserPosition")
        assert event["arguments"][0]["data"]["accountId"] == 7


def test_the_calendar_cme_closes_the_venue() -> None:
    epoch = "2026-11-20T21:09:57Z"  # three seconds before 15:10 in Chicago
    with (
        started("--calendar", "cme", "--epoch", epoch) as process,
        Stranger(addresses(process)) as client,
        Hub(client.where["market_hub"], client.token) as hub,
        Hub(client.where["user_hub"], client.token) as user,
    ):
        user.invoke("SubscribePositions", ACCOUNT)
        client.bracketed()
        user.wait(
            lambda record: (
                record.get("target") == "GatewayUserPosition"
                and record["arguments"][0]["data"]["size"] == 0
            )
        )
        assert client.post("Order/searchOpen", accountId=ACCOUNT)["orders"] == []
        order = {"accountId": ACCOUNT, "contractId": client.contract, "type": 2, "size": 1}
        refused = client.post("Order/place", **order)
        assert (refused["errorCode"], "active trading status" in refused["errorMessage"]) == (
            2,
            True,
        )
        hub.invoke("SubscribeContractTrades", client.contract)
        assert hub.market("GatewayTrade")  # data goes on until 16:00


def test_the_month_rolls_under_a_client() -> None:
    epoch = "2026-12-09T22:29:58Z"  # two seconds before 16:30 in Chicago on the eve of the roll
    with (
        started("--epoch", epoch) as process,
        Stranger(addresses(process)) as client,
        Hub(client.where["market_hub"], client.token) as hub,
    ):
        assert client.contract == "CON.F.US.MES.Z26"
        hub.invoke("SubscribeContractTrades", "CON.F.US.MES.H27")
        assert hub.market("GatewayTrade")  # its market begins with the roll
        order = {"accountId": ACCOUNT, "type": 2, "side": 0, "size": 1}
        assert client.post("Order/place", contractId=client.contract, **order)["errorCode"] == 9
        assert client.post("Order/place", contractId="CON.F.US.MES.H27", **order)["success"]
        (found,) = [
            row
            for row in client.post("Contract/available", live=False)["contracts"]
            if row["symbolId"] == "F.US.MES"
        ]
        assert found["name"] == "MESH7"


def test_a_voided_trade_reaches_its_client(stranger: Stranger, user: Hub) -> None:
    order = {"accountId": ACCOUNT, "contractId": stranger.contract, "type": 2, "size": 1}
    assert stranger.post("Order/place", **order)["success"]
    trade = user.wait(lambda record: record.get("target") == "GatewayUserTrade")
    number = trade["arguments"][0]["data"]["id"]
    stranger.sim("trade", void=number)
    voided = user.wait(lambda record: record.get("target") == "GatewayUserTrade")
    data = voided["arguments"][0]["data"]
    assert (data["id"], data["voided"]) == (number, True)
    rows = stranger.post("Trade/search", accountId=ACCOUNT, startTimestamp="2020-01-01T00:00:00Z")
    assert [row["voided"] for row in rows["trades"] if row["id"] == number] == [True]


def test_a_loss_limit_ends_an_account_in_sight_of_its_client(tmp_path: Path) -> None:
    path = tmp_path / "accounts.yaml"
    path.write_text(f"- {{id: {ACCOUNT}, max_loss: 50}}\n")
    with (
        started("--accounts", str(path)) as process,
        Stranger(addresses(process)) as client,
        Hub(client.where["user_hub"], client.token) as hub,
    ):
        hub.invoke("SubscribeAccounts")
        hub.invoke("SubscribePositions", ACCOUNT)
        client.bracketed()
        hub.wait(lambda record: record.get("target") == "GatewayUserPosition")
        client.sim("market", jump=-100)
        ended = hub.wait(
            lambda record: (
                record.get("target") == "GatewayUserAccount"
                and not record["arguments"][0]["data"]["canTrade"]
            )
        )
        assert ended["arguments"][0]["data"]["id"] == ACCOUNT
        hub.wait(
            lambda record: (
                record.get("target") == "GatewayUserPosition"
                and record["arguments"][0]["data"]["size"] == 0
            )
        )
        order = {"accountId": ACCOUNT, "contractId": client.contract, "type": 2, "size": 1}
        assert client.post("Order/place", **order)["errorCode"] == 4
        assert client.post("Order/searchOpen", accountId=ACCOUNT)["orders"] == []


def test_a_replay_starts_at_the_first_trades_subscription() -> None:
    if not Path(f"{RECORDED}_trades.parquet").exists():
        pytest.skip("the recorded data is not part of the repository")
    with (
        started("--replay", str(RECORDED)) as process,
        Stranger(addresses(process)) as client,
        Hub(client.where["market_hub"], client.token) as hub,
    ):
        hub.invoke("SubscribeContractQuotes", client.contract)
        assert [r for r in client.journal() if r["kind"] in ("print", "quote")] == []
        hub.invoke("SubscribeContractTrades", client.contract)
        assert hub.market("GatewayTrade")[0]["price"] > 5000


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--epoch", "soon"), "simulator: --epoch: soon is not an ISO time"),
        (("--contract", "MEZ"), "simulator: --contract: MEZ is not known, try MES or CON.F.US."),
        (("--calendar", "nyse"), "simulator: --calendar: nyse is not known, try always or cme"),
        (("--replay", "nowhere/x"), "nowhere/x_trades.parquet"),
        (("--accounts", "nowhere.yaml"), "simulator: --accounts: nowhere.yaml: No such file"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(options: tuple[str, ...], text: str) -> None:
    with started(*options) as process:
        output, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 2
    assert output == ""
    assert len(errors.splitlines()) == 1
    assert text in errors


def test_a_taken_port_is_one_line_and_exit_2() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with started("--port", str(taken.getsockname()[1])) as process:
            _, errors = process.communicate(timeout=DEADLINE)
    assert process.returncode == 2
    assert "cannot listen on" in errors


def test_answers_do_not_wait_for_a_delayed_acknowledgement(stranger: Stranger) -> None:
    times = []
    for _ in range(15):
        began = time.perf_counter()
        stranger.post("Account/search")
        times.append(time.perf_counter() - began)
    assert sorted(times)[7] < 0.03
