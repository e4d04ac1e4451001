"""A stranger at the door: the process on real sockets, by requests and a plain WebSocket."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.simulator.strangers import ACCOUNT, DEADLINE, Hub, Stranger, addresses, started

pytestmark = [pytest.mark.realtime, pytest.mark.slow]


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


def test_answers_do_not_wait_for_a_delayed_acknowledgement(stranger: Stranger) -> None:
    times = []
    for _ in range(15):
        began = time.perf_counter()
        stranger.post("Account/search")
        times.append(time.perf_counter() - began)
    assert min(times) < 0.03, "each waits: a client's kernel acknowledges after 40 ms"
