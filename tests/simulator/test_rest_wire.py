"""Statuses, envelopes and rate windows of the REST interface (gateway.md 2, 3, 6)."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from tools.simulator.endpoints import ENDPOINTS
from tools.simulator.stamps import SECOND

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077
DAY_MS = 24 * 3_600_000
CLOSED = [path for path, endpoint in ENDPOINTS.items() if not endpoint.open]


def test_a_login_gives_a_jwt_that_a_url_can_carry(session: "Session") -> None:
    answer = session.post("Auth/loginKey", userName="DEMO", apiKey="demo")
    assert list(answer) == ["token", "success", "errorCode", "errorMessage"]
    assert answer["token"].count(".") == 2
    assert not set(answer["token"]) & set("+/=")


@pytest.mark.parametrize(
    "body", [{"userName": "demo", "apiKey": "no"}, {"userName": "x", "apiKey": "demo"}]
)
def test_a_wrong_login_is_200_with_code_3(session: "Session", body: dict[str, str]) -> None:
    answer = session.post("Auth/loginKey", **body)
    assert answer == {"token": None, "success": False, "errorCode": 3, "errorMessage": None}


@pytest.mark.parametrize("body", [b"{}", b'{"userName":"demo"}', b'{"apiKey":"demo"}'])
def test_a_login_without_its_fields_is_400(session: "Session", body: bytes) -> None:
    reply = session.send("POST", "/api/Auth/loginKey", body)
    assert reply.status == 400
    assert "field is required" in reply.body.decode()


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("token", ["", "nonsense"])
def test_every_other_endpoint_wants_a_token(session: "Session", path: str, token: str) -> None:
    reply = session.send("POST", path, b"{}", token)
    assert (reply.status, reply.body) == (401, b"")


def test_a_token_lives_24_hours_and_a_second_login_leaves_the_first(session: "Session") -> None:
    first = session.token
    session.run(1000)
    session.post("Auth/loginKey", userName="demo", apiKey="demo")
    session.run(DAY_MS - 2000)
    assert session.send("POST", "/api/Auth/validate", b"", first).status == 200
    session.run(1000)
    assert session.send("POST", "/api/Auth/validate", b"", first).status == 401


def test_validate_gives_a_new_token_and_logout_ends_only_its_own(session: "Session") -> None:
    old = session.token
    session.token = session.post("Auth/validate")["newToken"]
    assert session.token != old
    assert session.post("Auth/logout")["success"]
    assert session.send("POST", "/api/Auth/validate", b"{}", session.token).status == 401
    assert session.send("POST", "/api/Auth/validate", b"{}", old).status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("Order/place", b""),
        ("Order/place", b"{"),
        ("Order/place", b'{"side":"Buy"}'),
        ("Order/place", b'{"accountId":null}'),
        ("Order/v2/query", b"{}"),
        ("Order/v2/query", b'{"filter":{"accountId":48120077},"pageSize":0}'),
        ("Order/v2/query", b'{"filter":{"accountId":48120077},"pageSize":101}'),
        ("Order/v2/query", b'{"filter":{"accountId":48120077},"pageOffset":-1}'),
        ("Order/v2/query", b'{"filter":{"accountId":48120077},"sortBy":2}'),
        ("Order/v2/query", b'{"filter":{"accountId":48120077},"sortDirection":2}'),
        ("Order/v2/query", b'{"filter":{"accountId":48120077,"statuses":["Open"]}}'),
    ],
)
def test_a_body_that_does_not_bind_is_400_with_problem_details(
    session: "Session", path: str, body: bytes
) -> None:
    reply = session.send("POST", f"/api/{path}", body, session.token)
    assert reply.status == 400
    assert reply.headers["content-type"].startswith("application/problem+json")
    content = json.loads(reply.body)
    assert content["status"] == 400
    assert content["errors"]
    assert "success" not in content


def test_a_string_enum_blames_the_missing_request(session: "Session") -> None:
    reply = session.send("POST", "/api/Order/place", b'{"side":"Buy"}', session.token)
    assert json.loads(reply.body)["errors"]["request"] == ["The request field is required."]


def test_unknown_fields_are_ignored_and_missing_ones_default(session: "Session") -> None:
    assert session.place(linkedOrderId=4, madeUp="x")["success"]
    reply = session.send("POST", "/api/Order/place", b"{}", session.token)
    assert json.loads(reply.body)["errorCode"] == 1  # account 0


def test_unknown_paths_and_methods(session: "Session") -> None:
    assert session.send("POST", "/api/Order/nope", b"{}", session.token).status == 404
    assert session.send("GET", "/api/Order/place", b"", session.token).status == 405


@pytest.mark.parametrize(
    ("accept", "body"), [("text/plain", b"pong"), ("*/*", b"pong"), ("application/json", b'"pong"')]
)
def test_ping_follows_accept_and_needs_no_token(
    session: "Session", accept: str, body: bytes
) -> None:
    reply = session.send("GET", "/api/Status/ping", b"", Accept=accept)
    assert (reply.status, reply.body) == (200, body)


def test_history_has_its_own_window_of_50_in_30_s(session: "Session") -> None:
    def bars() -> int:
        return session.send("POST", "/api/History/retrieveBars", b"{}", session.token).status

    assert [bars() for _ in range(51)] == [200] * 50 + [429]
    assert session.post("Account/search")["success"]
    session.run(30_000)
    assert bars() == 200


def test_everything_else_shares_200_in_60_s_sliding(session: "Session") -> None:
    def ask() -> tuple[int, bytes]:
        reply = session.send("POST", "/api/Account/search", b"{}", session.token)
        return reply.status, reply.body

    for _ in range(199):  # the login was the first
        assert ask()[0] == 200
    assert ask() == (429, b"")
    session.run(59_000)
    assert ask()[0] == 429
    session.run(1_000)
    assert ask()[0] == 200


def test_a_login_counts_for_its_user(session: "Session") -> None:
    for _ in range(199):
        session.post("Auth/loginKey", userName="demo", apiKey="no")
    assert session.send("POST", "/api/Account/search", b"{}", session.token).status == 429


def test_an_account_row_is_as_on_the_wire(session: "Session") -> None:
    assert session.post("Account/search", onlyActiveAccounts=True)["accounts"] == [
        {
            "id": ACCOUNT,
            "name": "PRAC-V2-000111-22223333",
            "balance": 50000.0,
            "canTrade": True,
            "isVisible": True,
            "simulated": True,
        }
    ]


def test_contract_search_is_fuzzy_and_capped_at_20(session: "Session") -> None:
    names = [row["name"] for row in session.post("Contract/search", searchText="es")["contracts"]]
    assert {"ESZ6", "MESZ6"} <= set(names)
    assert len(session.post("Contract/search", searchText="")["contracts"]) == 20
    assert session.post("Contract/search", searchText="MES", live=True)["contracts"] == []


def test_contracts_available_and_by_id(session: "Session") -> None:
    assert len(session.post("Contract/available", live=False)["contracts"]) == 51
    assert session.post("Contract/available", live=True)["contracts"] == []
    assert session.post("Contract/searchById", contractId=MES)["contract"] == {
        "id": MES,
        "name": "MESZ6",
        "description": "Micro E-mini S&P 500: December 2026",
        "tickSize": 0.25,
        "tickValue": 1.25,
        "activeContract": True,
        "symbolId": "F.US.MES",
    }
    missing = session.post("Contract/searchById", contractId="CON.F.US.NOPE.Z26")
    assert (missing["errorCode"], missing["contract"]) == (1, None)


def test_order_search_is_by_creation_time_and_needs_a_start(session: "Session") -> None:
    first = session.place()["orderId"]
    session.run(10_000)
    second = session.place()["orderId"]

    def found(**span: str) -> list[int]:
        rows = session.post("Order/search", accountId=ACCOUNT, **span)["orders"]
        return [row["id"] for row in rows]

    assert found(startTimestamp="2026-11-20T15:00:00Z") == [first, second]
    assert found(startTimestamp="2026-11-20T15:00:05Z") == [second]
    assert found(startTimestamp="2026-11-20T15:00:00Z", endTimestamp="2026-11-20T15:00:05Z") == [
        first
    ]
    assert found(startTime="2026-11-20T15:00:00Z") == []


def test_query_filters_sorts_pages_and_counts(session: "Session") -> None:
    ids = [session.place(type=1, limitPrice=6790.0)["orderId"] for _ in range(5)]
    session.run(50)
    session.post("Order/cancel", accountId=ACCOUNT, orderId=ids[0])

    def query(wanted: dict[str, Any], **more: Any) -> Any:
        return session.post("Order/v2/query", filter={"accountId": ACCOUNT} | wanted, **more)

    newest = query({}, pageSize=2, pageOffset=1, sortBy=1, sortDirection=1, includeTotalCount=True)
    assert [row["id"] for row in newest["orders"]] == [ids[2], ids[1]]
    assert newest["totalCount"] == 5
    assert [row["id"] for row in query({"statuses": [3]})["orders"]] == [ids[0]]
    assert query({"contractId": "CON.F.US.EP.Z26"})["orders"] == []
    assert "totalCount" not in query({})


def test_query_filters_by_status_contract_and_time(session: "Session") -> None:
    entry = session.bracketed(type=1, limitPrice=6790.0)
    session.run(5_000)
    filled = session.place()["orderId"]
    session.run(5_000)
    rejected = session.place(size=0)["orderId"]

    def query(**wanted: object) -> list[int]:
        body = {"accountId": ACCOUNT} | wanted
        rows = session.post("Order/v2/query", filter=body)["orders"]
        return [row["id"] for row in rows]

    everything = [entry, entry + 1, entry + 2, filled, rejected]
    assert query() == everything  # by creation, oldest first
    assert query(statuses=[1, 6, 7, 8]) == [entry, entry + 1, entry + 2]
    assert query(statuses=[8]) == [entry + 1, entry + 2]  # REST shows them nowhere else
    assert query(statuses=[2, 5]) == [filled, rejected]
    assert query(statuses=[]) == []
    assert query(contractId=MES) == everything
    at = session.post("Order/searchById", accountId=ACCOUNT, orderId=filled)["order"]
    assert query(createdAfter=at["creationTimestamp"]) == [filled, rejected]
    assert query(createdBefore="2026-11-20T15:00:01Z") == [entry, entry + 1, entry + 2]
    span = {"createdAfter": "2026-11-20T15:00:03Z", "createdBefore": "2026-11-20T15:00:08Z"}
    assert query(**span) == [filled]
    assert query(**span, statuses=[5]) == []


def test_query_pages_end_and_totals_ignore_the_page(session: "Session") -> None:
    ids = [session.place(type=1, limitPrice=6790.0)["orderId"] for _ in range(5)]
    body: dict[str, Any] = {"filter": {"accountId": ACCOUNT}, "includeTotalCount": True}
    pages = [
        session.post("Order/v2/query", **body, pageSize=2, pageOffset=page) for page in range(4)
    ]
    assert [[row["id"] for row in page["orders"]] for page in pages] == [
        ids[:2], ids[2:4], ids[4:], [],
    ]  # fmt: skip
    assert {page["totalCount"] for page in pages} == {5}
    newest = session.post("Order/v2/query", **body, sortDirection=1)["orders"]
    assert [row["id"] for row in newest] == ids[::-1]


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("Order/search", "orders"),
        ("Order/searchOpen", "orders"),
        ("Position/searchOpen", "positions"),
        ("Trade/search", "trades"),
    ],
)
def test_a_foreign_account_is_code_1(session: "Session", path: str, payload: str) -> None:
    answer = session.post(path, accountId=5, startTimestamp="2026-11-20T15:00:00Z")
    assert (answer["errorCode"], answer[payload]) == (1, [])


def test_trades_are_newest_first_with_every_field(session: "Session") -> None:
    session.place()
    session.run(50)
    session.place(side=1)
    session.run(50)
    span = {"accountId": ACCOUNT, "startTimestamp": "2026-11-20T15:00:00Z"}
    newer, older = session.post("Trade/search", **span)["trades"]
    assert newer["id"] > older["id"]
    assert (older["profitAndLoss"], newer["profitAndLoss"]) == (None, -1.25)
    assert (older["fees"], older["commissions"], older["voided"]) == (0.36, 0.25, False)


def test_a_position_row_is_as_on_the_wire(session: "Session") -> None:
    session.place(side=1, size=2)
    session.run(50)
    (row,) = session.post("Position/searchOpen", accountId=ACCOUNT)["positions"]
    assert (row["contractId"], row["contractDisplayName"]) == (MES, "MESZ26")
    assert (row["type"], row["size"], row["averagePrice"]) == (2, 2, 6800.0)


def test_answers_carry_the_venues_date_and_leave_later(session: "Session") -> None:
    reply = session.send("GET", "/api/Status/ping")
    assert reply.headers["date"] == "Fri, 20 Nov 2026 15:00:00 GMT"
    assert session.now < reply.at < session.now + SECOND // 100


def test_place_answers_before_or_after_its_first_hub_event(session: "Session") -> None:
    user = session.connect("user")
    session.invoke(user, "SubscribeOrders", ACCOUNT)
    before = set()
    for _ in range(20):
        seen = len(session.frames[user])
        body = {"accountId": ACCOUNT, "contractId": MES, "type": 1, "size": 1, "limitPrice": 6790}
        data = json.dumps(body).encode()
        reply = session.send("POST", "/api/Order/place", data, session.token)
        session.run((reply.at - session.now) / 1_000_000)
        before.add(len(session.frames[user]) > seen)
        session.run(50)
    assert before == {True, False}
