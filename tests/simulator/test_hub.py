"""The SignalR server side (gateway.md 7.1): ways in, framing, invocations, pings, closing."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from tools.simulator.hub import Refusal

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077


def negotiate(session: "Session", query: str = "", token: str | None = None) -> Any:
    reply = session.send("POST", f"/hubs/market/negotiate{query}", token=token)
    return json.loads(reply.body) if reply.status == 200 else reply.status


def test_negotiate_version_1_gives_a_token_to_connect_with_once(session: "Session") -> None:
    answer = negotiate(session, f"?negotiateVersion=1&access_token={session.token}")
    assert answer["negotiateVersion"] == 1
    assert answer["availableTransports"] == [
        {"transport": "WebSockets", "transferFormats": ["Text", "Binary"]}
    ]
    query = {"id": answer["connectionToken"], "access_token": session.token}
    assert isinstance(session.venue.open(session.now, "market", query, {}), int)
    assert session.venue.open(session.now, "market", query, {}) == Refusal(404)


def test_negotiate_without_a_version_connects_by_the_connection_id(session: "Session") -> None:
    answer = negotiate(session, token=session.token)
    assert "connectionToken" not in answer
    query = {"id": answer["connectionId"]}
    headers = {"Authorization": f"Bearer {session.token}"}
    assert isinstance(session.venue.open(session.now, "market", query, headers), int)


def test_a_bad_token_is_401_on_both_ways(session: "Session") -> None:
    assert negotiate(session, "?access_token=bad") == 401
    assert negotiate(session) == 401
    refused = session.venue.open(session.now, "user", {"access_token": "bad"}, {})
    assert refused == Refusal(401)


def test_the_handshake_is_answered_with_an_empty_object(session: "Session") -> None:
    number = session.connect("user")
    assert session.frames[number] == [{}]


@pytest.mark.parametrize(
    "record",
    [b'{"protocol":"messagepack","version":1}', b'{"protocol":"json","version":9}', b"[]", b"x{"],
)
def test_a_bad_handshake_gets_an_error_and_the_door(session: "Session", record: bytes) -> None:
    number = session.connect("user", shake=False)
    session.raw(number, record + b"\x1e")
    error, dropped = session.frames[number]
    assert list(error) == ["error"]
    assert dropped is None


def test_records_may_span_frames_and_share_them(session: "Session") -> None:
    number = session.connect("market", shake=False)
    whole = b'{"protocol":"json","version":1}\x1e' + b"".join(
        json.dumps(
            {
                "type": 1,
                "invocationId": str(i),
                "target": "SubscribeContractTrades",
                "arguments": [MES],
            }
        ).encode()
        + b"\x1e"
        for i in range(3)
    )
    for start in range(0, len(whole), 7):
        session.raw(number, whole[start : start + 7])
    assert [m.get("invocationId") for m in session.frames[number]] == [None, "0", "1", "2"]


def test_a_completion_carries_only_the_protocols_fields(session: "Session") -> None:
    number = session.connect("user")
    completion = session.invoke(number, "SubscribeAccounts")
    assert completion == {"type": 3, "invocationId": "x1", "result": None}


def test_an_invocation_without_an_id_gets_no_completion(session: "Session") -> None:
    number = session.connect("user")
    message = {
        "type": 1,
        "target": "SubscribeOrders",
        "arguments": [ACCOUNT],
        "headers": {"a": "b"},
    }
    session.raw(number, json.dumps(message).encode() + b"\x1e")
    assert session.frames[number] == [{}]
    assert len(session.rows("subscribe", target="GatewayUserOrder", key=str(ACCOUNT))) == 1


@pytest.mark.parametrize(
    ("hub", "target", "arguments", "text"),
    [
        ("market", "SubscribeContractDepth", [MES], "Method does not exist"),
        ("market", "SubscribeOrders", [ACCOUNT], "Method does not exist"),
        ("user", "SubscribeContractQuotes", [MES], "Method does not exist"),
        ("user", "SubscribeOrders", [5], "Account not found"),
        ("user", "SubscribeOrders", [], "argument"),
        ("market", "SubscribeContractQuotes", ["CON.F.US.NOPE.Z26"], "Contract not found"),
    ],
)
def test_a_bad_invocation_is_a_completion_error_and_the_connection_lives(
    session: "Session", hub: str, target: str, arguments: list[Any], text: str
) -> None:
    number = session.connect(hub)
    completion = session.invoke(number, target, *arguments)
    assert text in completion["error"]
    assert "result" not in completion
    good = ("SubscribeContractTrades", MES) if hub == "market" else ("SubscribeTrades", ACCOUNT)
    assert "error" not in session.invoke(number, *good)


def test_it_pings_every_15_s(session: "Session") -> None:
    number = session.connect("user")
    for _ in range(5):
        session.run(9_000)
        session.raw(number, b'{"type":6}\x1e')
    assert session.frames[number] == [{}, {"type": 6}, {"type": 6}, {"type": 6}]


def test_a_client_silent_for_30_s_is_dropped(session: "Session") -> None:
    number = session.connect("user")
    session.run(10_000)
    session.raw(number, b'{"type":6}\x1e')
    session.run(29_999)
    assert None not in session.frames[number]
    session.run(2)
    assert session.frames[number][-1] is None
    assert len(session.rows("disconnect", connection=number)) == 1


def test_a_client_that_never_shakes_hands_is_dropped(session: "Session") -> None:
    number = session.connect("user", shake=False)
    session.run(15_001)
    assert session.frames[number][-1] is None


@pytest.mark.parametrize("record", [b"garbage", b"[1]", b"x" * 40_000])
def test_garbage_after_the_handshake_closes_with_an_error(
    session: "Session", record: bytes
) -> None:
    number = session.connect("user")
    session.raw(number, record + b"\x1e")
    close = {"type": 7, "error": "Connection closed with an error."}
    assert session.frames[number][1:] == [close, None]


def test_a_close_message_of_the_client_ends_the_connection(session: "Session") -> None:
    number = session.connect("user")
    session.raw(number, b'{"type":7}\x1e')
    assert session.frames[number][-1] is None
    session.raw(number, b'{"type":6}\x1e')  # late bytes harm nothing


def test_subscriptions_die_with_their_connection(session: "Session") -> None:
    number = session.connect("market")
    session.invoke(number, "SubscribeContractTrades", MES)
    session.venue.closed(session.now, number)
    session.trade(27205)
    assert session.rows("frame", connection=number) == []


def test_unsubscribing_ends_one_stream(session: "Session") -> None:
    number = session.connect("market")
    session.invoke(number, "SubscribeContractTrades", MES)
    session.invoke(number, "SubscribeContractQuotes", MES)
    session.invoke(number, "UnsubscribeContractTrades", MES)
    session.trade(27205)
    assert session.events(number, "GatewayTrade") == []
    assert len(session.events(number, "GatewayQuote")) == 2


@pytest.mark.parametrize("version", [0, 1])
def test_versions_0_and_1_of_the_protocol_are_spoken(session: "Session", version: int) -> None:
    number = session.connect("user", shake=False)
    session.raw(number, json.dumps({"protocol": "json", "version": version}).encode() + b"\x1e")
    assert session.frames[number] == [{}]
