"""User events in every shape the venue has been seen to use."""

import json
from typing import Any

import pytest

from gateway.contracts import Instruments
from gateway.hub_protocol import HubClient
from gateway.tally import Tally
from gateway.user import UserDecoder
from messages.base import SECOND, Message
from messages.hub import Hub
from messages.market import Side
from messages.order import Fill, FillEvent, Order, OrderEvent, OrderStatus, OrderType
from messages.position import Account, AccountEvent, Position, PositionEvent

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48120077
NOON = 1_795_176_000 * SECOND
NOW = NOON + SECOND

ORDER = {
    "id": 7700124502,
    "accountId": ACCOUNT,
    "contractId": MES,
    "symbolId": "F.US.MES",
    "creationTimestamp": "2026-11-20T12:00:00.4071203+00:00",
    "updateTimestamp": "2026-11-20T12:00:00.4071203+00:00",
    "status": 8,
    "type": 4,
    "side": 1,
    "size": 2,
    "fillVolume": 0,
    "customTag": "bot-a1-SL",
    "trailDistance": -20,
    "trailPrice": -5.0,
    "parentOrderId": 7700124501,
}
SEEN = OrderEvent(
    Order(
        id=7700124502,
        contract=MES,
        status=OrderStatus.SUSPENDED,
        type=OrderType.STOP,
        side=Side.SELL,
        size=2,
        filled=0,
        created=NOON + 407_120_300,
        tag="bot-a1-SL",
        parent=7700124501,
        updated=NOON + 407_120_300,
    ),
    NOW,
)


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def client(instruments: Instruments, tally: Tally) -> HubClient:
    opened = HubClient(Hub.USER, 1, UserDecoder(instruments, ACCOUNT), (), tally)
    opened.start(NOW)
    opened.receive(b"{}\x1e", NOW)
    return opened


def read(client: HubClient, target: str, *arguments: object) -> list[Message]:
    record = json.dumps({"type": 1, "target": target, "arguments": arguments}).encode()
    return client.receive(record + b"\x1e", NOW)


WRAPPED = {"action": 1, "data": ORDER}


@pytest.mark.parametrize(
    ("arguments", "times"),
    [
        ((ORDER,), 1),
        ((WRAPPED,), 1),
        (({"data": ORDER},), 1),
        (([ORDER, WRAPPED],), 2),
        (([WRAPPED, None],), 1),
        ((WRAPPED, ORDER, None), 2),
        (({"1": WRAPPED, "0": ORDER},), 2),
        (({"action": 1, "data": [ORDER, None]},), 1),
        (({"action": 2, "data": None},), 0),
        (({**ORDER, "id": "7700124502", "accountId": str(ACCOUNT)},), 1),
        (({**{k: v for k, v in ORDER.items() if k != "id"}, "orderId": 7700124502},), 1),
        (({**ORDER, "limitPrice": None, "filledPrice": None},), 1),
    ],
)
def test_an_order_in_every_shape(
    client: HubClient, tally: Tally, arguments: tuple[Any, ...], times: int
) -> None:
    assert read(client, "GatewayUserOrder", *arguments) == [SEEN] * times
    assert (tally.unreadable, tally.events) == (0, times)


def test_a_position_opens_and_closes(client: HubClient) -> None:
    row = {"id": 902114, "accountId": ACCOUNT, "contractId": MES, "type": 2, "size": 3}
    opened = {"action": 1, "data": {**row, "averagePrice": 6801.25}}
    closed = {"action": 2, "data": {**row, "type": 0, "size": 0, "averagePrice": 6801.25}}
    assert read(client, "GatewayUserPosition", opened) == [
        PositionEvent(Position(MES, -3, 272_050_000), NOW)
    ]
    assert read(client, "GatewayUserPosition", closed) == [PositionEvent(Position(MES, 0, 0), NOW)]


def test_a_fill_with_its_costs(client: HubClient) -> None:
    row = {
        "id": 61200455,
        "accountId": ACCOUNT,
        "contractId": MES,
        "creationTimestamp": "2026-11-20T12:00:00.0312877+00:00",
        "price": 6811.25,
        "profitAndLoss": -0.35,
        "fees": 0.72,
        "commissions": 0.5,
        "side": 0,
        "size": 2,
        "voided": True,
        "orderId": 7700124503,
    }
    fill = Fill(
        id=61200455,
        order=7700124503,
        contract=MES,
        side=Side.BUY,
        size=2,
        price=27245,
        fees=12_200,
        pnl=-3_500,
        stamp=NOON + 31_287_700,
        voided=True,
    )
    assert read(client, "GatewayUserTrade", {"action": 0, "data": row}) == [FillEvent(fill, NOW)]


def test_the_account_changes(client: HubClient) -> None:
    row = {"id": ACCOUNT, "name": "PRAC", "balance": 150097.56, "canTrade": False}
    assert read(client, "GatewayUserAccount", {"action": 1, "data": row}) == [
        AccountEvent(Account(ACCOUNT, "PRAC", 1_500_975_600, False), NOW)
    ]


def test_other_accounts_are_skipped_in_silence(client: HubClient, tally: Tally) -> None:
    other = {**ORDER, "accountId": 7}
    account = {"id": 7, "name": "x", "balance": 1, "canTrade": True}
    assert read(client, "GatewayUserOrder", other) == []
    assert read(client, "GatewayUserAccount", account) == []
    assert tally.unreadable == 0


@pytest.mark.parametrize(
    "changed",
    [{"side": None}, {"side": 2}, {"type": 0}, {"status": 0}, {"status": 9}, {"size": None}],
    ids=str,
)
def test_an_order_without_side_type_or_status_is_never_guessed(
    client: HubClient, tally: Tally, changed: dict[str, object]
) -> None:
    assert read(client, "GatewayUserOrder", {**ORDER, **changed}) == []
    row = {key: value for key, value in ORDER.items() if key not in changed}
    assert read(client, "GatewayUserOrder", row) == []
    assert tally.unreadable == 2


def test_one_bad_entity_does_not_cost_the_others(client: HubClient, tally: Tally) -> None:
    bad = {**ORDER, "contractId": "CON.F.US.EP.Z26"}
    assert read(client, "GatewayUserOrder", [ORDER, bad, ORDER]) == [SEEN, SEEN]
    assert tally.unreadable == 1
    assert "CON.F.US.EP.Z26" in tally.problem
    assert read(client, "GatewayUserOrder", "text", ORDER) == []
    assert tally.unreadable == 2
