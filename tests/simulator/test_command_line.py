"""What the simulator's process makes of its options."""

import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.simulator.strangers import ACCOUNT, DEADLINE, ROOT, Hub, Stranger, addresses, started

pytestmark = [pytest.mark.realtime, pytest.mark.slow]

RECORDED = ROOT.parent / "shared" / "data" / "esu4_20240701_4min"


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


@contextmanager
def shortly_before(instant: datetime, *options: str) -> Iterator[Stranger]:
    """A client of a venue that has a second left. How early its clock must start is a matter of the
    machine.
    """
    for lead in (3, 9, 27):
        epoch = f"{instant - timedelta(seconds=lead):%Y-%m-%dT%H:%M:%SZ}"
        with (
            started("--epoch", epoch, *options) as process,
            Stranger(addresses(process)) as client,
        ):
            if client.journal()[-1]["ns"] < (instant.timestamp() - 1) * 10**9:
                yield client
                return
    raise AssertionError("the venue takes half a minute to start")


def test_the_calendar_cme_closes_the_venue() -> None:
    close = datetime(2026, 11, 20, 21, 10, tzinfo=UTC)  # 15:10 in Chicago
    with (
        shortly_before(close, "--calendar", "cme") as client,
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
    roll = datetime(2026, 12, 9, 22, 30, tzinfo=UTC)  # 16:30 in Chicago on the eve of the day
    with (
        shortly_before(roll) as client,
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
