"""What a hub does at the edges of its protocol (gateway.md 7.1, 13)."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from tools.simulator.hub import MOST_INBOUND, Refusal

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077
CLOSE = {"type": 7, "error": "Connection closed with an error."}
KEYS = {
    1: {"type", "target", "arguments"},
    3: {"type", "invocationId", "result"},
    6: {"type"},
    7: {"type", "error"},
}
"""The fields of the protocol; a completion may carry `error` instead of `result`."""


def negotiated(session: "Session", hub: str = "market", version: int = 1) -> Any:
    path = f"/hubs/{hub}/negotiate?negotiateVersion={version}"
    return json.loads(session.send("POST", path, token=session.token).body)


def opened(session: "Session", hub: str, identity: str) -> int | Refusal:
    query = {"id": identity, "access_token": session.token}
    return session.venue.open(session.now, hub, query, {})


@pytest.mark.parametrize("name", ["connectionToken", "connectionId"])
def test_version_1_connects_once_by_either_name(session: "Session", name: str) -> None:
    answer = negotiated(session)
    assert isinstance(opened(session, "market", answer[name]), int)
    for used in ("connectionToken", "connectionId"):
        assert opened(session, "market", answer[used]) == Refusal(404)


def test_what_was_negotiated_is_good_for_its_hub_and_15_s(session: "Session") -> None:
    assert opened(session, "user", negotiated(session)["connectionId"]) == Refusal(404)
    late = negotiated(session)["connectionId"]
    session.run(15_000)
    assert opened(session, "market", late) == Refusal(404)


def test_the_name_of_a_hub_is_read_without_case(session: "Session") -> None:
    identity = negotiated(session, "Market")["connectionToken"]
    assert isinstance(opened(session, "MARKET", identity), int)
    assert isinstance(opened(session, "User", ""), int)


def test_an_unknown_hub_is_404_on_both_ways(session: "Session") -> None:
    assert opened(session, "admin", "") == Refusal(404)
    assert session.send("POST", "/hubs/admin/negotiate", token=session.token).status == 404
    assert session.send("GET", "/hubs/user/negotiate", token=session.token).status == 405


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (b"{}", "unexpected error"),
        (b'{"protocol":"json"}', "version None"),
        (b'{"protocol":"json","version":2}', "version 2"),
        (b'{"protocol":"json","version":"1"}', "version 1"),
        (b'{"protocol":"messagepack","version":1}', "'messagepack' is not supported"),
        (b'{"type":1,"target":"SubscribeAccounts","arguments":[]}', "unexpected error"),
        (b"", "unexpected error"),
        (b"\xff\xfe", "unexpected error"),
        (b"[" * 20_000, "unexpected error"),
        (b"x" * 40_000, "unexpected error"),
    ],
)
def test_the_answer_to_a_bad_handshake_is_one_error(
    session: "Session", record: bytes, text: str
) -> None:
    number = session.connect("user", shake=False)
    session.raw(number, record + b"\x1e")
    answer, dropped = session.frames[number]
    assert set(answer) == {"error"}
    assert text in answer["error"]
    assert dropped is None


def padded(length: int) -> bytes:
    """An invocation of that many bytes, by its headers."""
    call = {"type": 1, "target": "SubscribeAccounts", "arguments": [], "invocationId": "x"}
    bare = json.dumps(call | {"headers": {"a": ""}}).encode()
    whole = json.dumps(call | {"headers": {"a": "b" * (length - len(bare))}}).encode()
    assert len(whole) == length
    return whole


def test_a_record_may_have_32_kib_and_no_byte_more(session: "Session") -> None:
    number = session.connect("user")
    session.raw(
        number, (padded(MOST_INBOUND) + b"\x1e") * 2
    )  # the cap is a record's, not a frame's
    assert [m["type"] for m in session.frames[number][1:]] == [3, 3]
    session.raw(number, padded(MOST_INBOUND + 1) + b"\x1e")
    assert session.frames[number][3:] == [CLOSE, None]


def test_a_record_without_an_end_meets_the_same_cap(session: "Session") -> None:
    number = session.connect("user")
    session.raw(number, b"x" * MOST_INBOUND)
    assert session.frames[number] == [{}]
    session.raw(number, b"x")
    assert session.frames[number][1:] == [CLOSE, None]


@pytest.mark.parametrize("record", [b"[" * 30_000, b'{"type":1,"target":"\xff"}', b"\xff"])
def test_what_cannot_be_read_closes_with_an_error(session: "Session", record: bytes) -> None:
    number = session.connect("user")
    session.raw(number, record + b"\x1e")
    assert session.frames[number][1:] == [CLOSE, None]


@pytest.mark.parametrize("kind", [2, 3, 5, 6, 99, None, "1", [1]])
def test_messages_of_other_types_are_ignored(session: "Session", kind: object) -> None:
    number = session.connect("user")
    session.raw(number, json.dumps({"type": kind, "invocationId": "x"}).encode() + b"\x1e")
    assert session.frames[number] == [{}]


@pytest.mark.parametrize(
    "call",
    [
        {"target": "SubscribeNothing", "arguments": []},
        {"target": "SubscribeAccounts"},
        {"target": 5, "arguments": []},
        {"arguments": []},
        {"target": "SubscribeOrders", "arguments": [{"a": 1}]},
        {"target": "SubscribeOrders", "arguments": [True]},
        {"target": "SubscribeOrders", "arguments": ["48120077"]},
    ],
)
def test_a_call_that_fails_is_told_only_where_it_has_an_id(
    session: "Session", call: dict[str, Any]
) -> None:
    number = session.connect("user")
    session.raw(number, json.dumps({"type": 1} | call).encode() + b"\x1e")
    assert session.frames[number] == [{}]
    session.raw(number, json.dumps({"type": 1, "invocationId": "7"} | call).encode() + b"\x1e")
    (completion,) = session.frames[number][1:]
    assert set(completion) == {"type", "invocationId", "error"}
    assert (completion["type"], completion["invocationId"]) == (3, "7")


def test_messages_carry_no_key_beyond_the_protocols(session: "Session") -> None:
    user, market = session.connect("user"), session.connect("market")
    session.invoke(user, "SubscribeAccounts")
    for stream in ("Orders", "Positions", "Trades"):
        session.invoke(user, f"Subscribe{stream}", ACCOUNT)
    for stream in ("Quotes", "Trades", "MarketDepth"):
        session.invoke(market, f"SubscribeContract{stream}", MES)
    session.bracketed()
    session.quote(27200, 27201)
    session.trade(27201)
    session.run(15_000)
    session.sim("faults", name="second_session")
    session.sim("faults", name="close_hub_error")
    session.run(1)
    for number in (user, market):
        hello, *messages, dropped = session.frames[number]
        assert (hello, dropped) == ({}, None)
        assert {m["type"] for m in messages} == {1, 3, 6, 7}
        for message in messages:
            assert set(message) == KEYS[message["type"]]


def test_a_ping_is_due_15_s_after_the_last_to_the_ns(session: "Session") -> None:
    number = session.connect("user")
    session.run(14_999)
    assert session.frames[number] == [{}]
    session.run(1)
    assert session.frames[number] == [{}, {"type": 6}]
