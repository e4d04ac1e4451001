"""Bodies and tokens at the edges of what the REST interface binds (gateway.md 3.1)."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from tools.simulator.endpoints import ENDPOINTS

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

ACCOUNT = 48_120_077
ENVELOPE = {"success", "errorCode", "errorMessage"}
PAYLOADS = {
    "/api/Auth/loginKey": {"token"},
    "/api/Auth/loginApp": {"token"},
    "/api/Auth/validate": {"newToken"},
    "/api/Auth/logout": set(),
    "/api/Account/search": {"accounts"},
    "/api/Contract/search": {"contracts"},
    "/api/Contract/searchById": {"contract"},
    "/api/Contract/available": {"contracts"},
    "/api/History/retrieveBars": {"bars"},
    "/api/Order/place": {"orderId"},
    "/api/Order/modify": set(),
    "/api/Order/cancel": set(),
    "/api/Order/search": {"orders"},
    "/api/Order/searchOpen": {"orders"},
    "/api/Order/searchById": {"order"},
    "/api/Order/v2/query": {"orders"},
    "/api/Position/searchOpen": {"positions"},
    "/api/Position/closeContract": set(),
    "/api/Position/partialCloseContract": set(),
    "/api/Trade/search": {"trades"},
}
"""What an answer holds beside its envelope (gateway.md 3.2)."""
LOGIN = {"userName": "x", "apiKey": "x", "password": "x"}
NEEDED = LOGIN | {"deviceId": "x", "appId": "x", "verifyKey": "x", "filter": {"accountId": 5}}


def answered(session: "Session", path: str, body: bytes) -> tuple[int, Any]:
    reply = session.send("POST", path, body, session.token)
    return reply.status, json.loads(reply.body)


def test_every_endpoint_is_in_the_table() -> None:
    assert set(PAYLOADS) == set(ENDPOINTS)


@pytest.mark.parametrize("path", PAYLOADS)
def test_an_envelope_holds_its_payload_and_nothing_else(session: "Session", path: str) -> None:
    """Here the body names nothing that exists: refusals have the same shape."""
    status, content = answered(session, path, json.dumps(NEEDED | {"accountId": 5}).encode())
    assert status == 200
    assert set(content) == ENVELOPE | PAYLOADS[path]
    assert content["success"] is (content["errorCode"] == 0)


@pytest.mark.parametrize(
    "fragment",
    [
        '"type":"Market"', '"side":"0"', '"size":1.5', '"size":true', '"size":null',
        '"accountId":2147483648', '"size":-2147483649', '"type":1e30', '"limitPrice":1e29',
        '"limitPrice":"Infinity"', '"stopPrice":"NaN"', '"trailPrice":-1e400',
        '"customTag":5', '"contractId":7', '"stopLossBracket":{"ticks":"-20"}',
        '"takeProfitBracket":[]', '"stopLossBracket":{"type":"Stop"}',
    ],
)  # fmt: skip
def test_what_does_not_convert_blames_its_field_and_the_request(
    session: "Session", fragment: str
) -> None:
    body = f'{{"accountId":{ACCOUNT},"size":1,{fragment}}}'.encode()
    status, content = answered(session, "/api/Order/place", body)
    assert status == 400
    assert set(content) == {"type", "title", "status", "errors"}
    blamed = set(content["errors"])
    assert "request" in blamed
    assert len(blamed) == 2
    assert session.rows("order") == []


@pytest.mark.parametrize("body", [b"[]", b"5", b'"x"', b"null", b"\xff", b"[" * 50_000, b"{} {}"])
def test_a_body_that_is_no_object_is_400(session: "Session", body: bytes) -> None:
    status, content = answered(session, "/api/Order/place", body)
    assert (status, content["status"]) == (400, 400)


def test_order_ids_beyond_int32_bind(session: "Session") -> None:
    body = json.dumps({"accountId": ACCOUNT, "orderId": 2**62}).encode()
    assert answered(session, "/api/Order/cancel", body)[1]["errorCode"] == 2
    body = json.dumps({"accountId": ACCOUNT, "orderId": 2**63}).encode()
    assert answered(session, "/api/Order/cancel", body)[0] == 400


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_without_case(session: "Session", scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {session.token}"}
    reply = session.send("POST", "/api/Account/search", b"{}", None, **headers)
    assert reply.status == 200


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic abc", "token"])
def test_a_header_without_a_bearer_token_is_401(session: "Session", value: str) -> None:
    headers = {"Authorization": value}
    reply = session.send("POST", "/api/Account/search", b"{}", None, **headers)
    assert (reply.status, reply.body, reply.headers["www-authenticate"]) == (401, b"", "Bearer")


@pytest.mark.parametrize(
    ("accept", "body"),
    [("text/plain, application/json;q=0.5", b"pong"), ("application/json, text/plain", b'"pong"')],
)
def test_ping_gives_what_is_preferred(session: "Session", accept: str, body: bytes) -> None:
    assert session.send("GET", "/api/Status/ping", Accept=accept).body == body


def test_paths_are_read_without_case(session: "Session") -> None:
    assert answered(session, "/API/account/SEARCH", b"{}")[1]["success"]
