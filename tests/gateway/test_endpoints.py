"""The endpoints that the engine itself does without, and that each of the venue's has its plan."""

import json
from typing import Any

import pytest

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.exchange import FailureKind, HttpReply, HttpRequest, TransportFailure
from gateway.limiter import Lane
from gateway.modification import Modification, modifying
from gateway.queries import Queries
from gateway.reading import ReadFailed
from gateway.reduction import reducing
from gateway.rest import RestCore
from gateway.session import establishing
from gateway.status import pinging
from messages.base import SECOND
from messages.hub import RenewToken
from messages.market import QueryBars
from messages.order import (
    CancelOrder,
    CloseContract,
    OrderStatus,
    Outcome,
    QueryFills,
    QueryOrders,
)
from messages.position import QueryAccount, QueryPositions
from tests.gateway.test_mutations import ENTRY

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48120077
NOON = 1_795_176_000 * SECOND
ROW = {
    "id": 3_400_000_001,
    "accountId": ACCOUNT,
    "contractId": MES,
    "creationTimestamp": "2026-11-20T12:00:00Z",
    "status": 2,
    "type": 2,
    "side": 0,
    "size": 1,
    "fillVolume": 1,
}


@pytest.fixture
def queries(access: Access, instruments: Instruments) -> Queries:
    return Queries(access, instruments, ACCOUNT)


def test_one_order_by_its_number(queries: Queries, play: Any, ok: Any, refusal: Any) -> None:
    found, asked = play(queries.order(3_400_000_001), ok(order=ROW))
    assert asked[0].path == "/api/Order/searchById"
    assert json.loads(asked[0].body) == {"accountId": ACCOUNT, "orderId": 3_400_000_001}
    assert (found.id, found.status) == (3_400_000_001, OrderStatus.FILLED)
    assert play(queries.order(7), refusal(1))[0] is None


@pytest.mark.parametrize(
    ("reply", "code"),
    [((404, b""), "http_404"), ((200, {"success": True, "errorCode": 0}), "not_stated")],
)
def test_an_order_that_was_not_answered_is_not_missing(
    queries: Queries, play: Any, reply: Any, code: str
) -> None:
    with pytest.raises(ReadFailed) as failed:
        play(queries.order(7), reply)
    assert failed.value.code == code


def test_a_partial_close_on_the_wire(access: Access, play: Any, ok: Any) -> None:
    verdict, asked = play(reducing(access, ACCOUNT, MES, 2), ok())
    assert asked[0].path == "/api/Position/partialCloseContract"
    assert json.loads(asked[0].body) == {"accountId": ACCOUNT, "contractId": MES, "size": 2}
    assert (asked[0].lane, asked[0].repeatable) == (Lane.EXIT, False)
    assert verdict.outcome is Outcome.ACCEPTED
    verdict, asked = play(reducing(access, ACCOUNT, MES, 0))
    assert (verdict.outcome, verdict.code, asked) == (Outcome.REFUSED, "invalid", [])


def test_what_the_codes_of_a_partial_close_prove(access: Access, play: Any, refusal: Any) -> None:
    for code in (*range(1, 10), 42):
        verdict, asked = play(reducing(access, ACCOUNT, MES, 1), refusal(code))
        expected = Outcome.UNKNOWN if code in (7, 8, 42) else Outcome.REFUSED
        assert (code, verdict.outcome, len(asked)) == (code, expected, 1)


@pytest.mark.parametrize("body", [b"pong", b'"pong"', b"pong\n"])
def test_a_ping_is_answered_bare_or_quoted(play: Any, body: bytes) -> None:
    took, asked = play(pinging(), HttpReply(200, body, NOON, NOON + 7))
    assert took == 7
    assert (asked[0].method, asked[0].path) == ("GET", "/api/Status/ping")
    assert "Authorization" not in asked[0].headers()


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (HttpReply(200, b"<html>", NOON, NOON), "unreadable"),
        (HttpReply(503, b"", NOON, NOON), "http_503"),
        (TransportFailure(FailureKind.TIMED_OUT, "late", NOON), "timed_out"),
    ],
)
def test_whatever_else_answers_a_ping_is_no_pong(play: Any, reply: Any, code: str) -> None:
    with pytest.raises(ReadFailed) as failed:
        play(pinging(), reply)
    assert failed.value.code == code


def test_a_logout_forgets_the_token_only_where_the_venue_agrees(
    access: Access, play: Any, ok: Any, refusal: Any
) -> None:
    with pytest.raises(ReadFailed, match="invalid_session"):
        play(access.logout(), refusal(1))
    assert access.token is not None
    _, asked = play(access.logout(), ok())
    assert (asked[0].path, asked[0].repeatable) == ("/api/Auth/logout", False)
    assert access.token is None


EVERY = {
    "Auth/loginKey",
    "Auth/validate",
    "Auth/logout",
    "Account/search",
    "Contract/search",
    "Contract/searchById",
    "Contract/available",
    "History/retrieveBars",
    "Order/place",
    "Order/modify",
    "Order/cancel",
    "Order/search",
    "Order/searchOpen",
    "Order/searchById",
    "Order/v2/query",
    "Position/searchOpen",
    "Position/closeContract",
    "Position/partialCloseContract",
    "Trade/search",
    "Status/ping",
}
"""gateway.md 3.2, less loginApp, which is withdrawn."""


def test_every_endpoint_has_a_plan(
    access: Access, core: RestCore, queries: Queries, instruments: Instruments
) -> None:
    """Each plan meets a venue that says 404 to everything, then the way of its fallbacks."""
    missing = HttpReply(404, b"", NOON, NOON)
    empty = HttpReply(200, b'{"success":true,"errorCode":0,"contracts":[]}', NOON, NOON)
    opened = HttpReply(200, b'{"success":true,"errorCode":0,"orders":[]}', NOON, NOON)
    token = HttpReply(200, b'{"success":true,"errorCode":0,"token":"t"}', NOON, NOON)
    account = b'{"success":true,"errorCode":0,"accounts":[{"id":1,"name":"a","balance":1,'
    account += b'"canTrade":true}]}'
    change = Modification(1, size=1)
    began = [token, HttpReply(200, account, NOON, NOON)]
    plans: list[tuple[Any, list[HttpReply]]] = [
        (establishing(access, None, ["MES"]), [*began, empty, empty]),
        (establishing(access, None, [MES]), [*began, missing]),
        (core.plan(QueryOrders(NOON)), [missing, opened, opened, opened]),
        (core.plan(RenewToken()), [missing, missing]),
        (modifying(access, ACCOUNT, instruments[MES], change), [missing]),
        (reducing(access, ACCOUNT, MES, 1), [missing]),
        (queries.order(1), [missing]),
        (access.logout(), [missing]),
        (pinging(), [missing]),
    ]
    once = (
        ENTRY, CancelOrder(MES, 1), CloseContract(MES), QueryFills(NOON), QueryPositions(),
        QueryAccount(), QueryBars(MES, 1, NOON, NOON, 1),
    )  # fmt: skip
    plans += [(core.plan(request), [missing]) for request in once]
    asked = [request for plan, replies in plans for request in requests(plan, replies)]
    assert {request.path.removeprefix("/api/") for request in asked} == EVERY
    bodies = [json.loads(request.body) for request in asked if request.body]
    tiers = [body["live"] for body in bodies if "live" in body]
    assert tiers == [False] * 3, "search, available and bars ask for the simulated tier"
    assert not any("linkedOrderId" in body for body in bodies)


def requests(plan: Any, replies: list[HttpReply]) -> list[HttpRequest]:
    """What a plan asks for, whatever its end."""
    asked = []
    try:
        request = next(plan)
        for reply in replies:
            asked.append(request)
            request = plan.send(reply)
    except Exception:  # the end of the plan, or what it raises: StopIteration too
        return asked
    raise AssertionError(f"{request.path} was not expected")
