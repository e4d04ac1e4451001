"""Faults of REST, user events, orders and accounts, as a plain client meets them on the wire."""

import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from tools.simulator.stamps import SECOND, moment

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077
EVENTS = ("GatewayUserOrder", "GatewayUserTrade", "GatewayUserPosition", "GatewayUserAccount")


def user(session: "Session") -> int:
    number = session.connect("user")
    for name in ("Orders", "Trades", "Positions"):
        session.invoke(number, f"Subscribe{name}", ACCOUNT)
    session.invoke(number, "SubscribeAccounts")
    return number


def fired(session: "Session", name: str) -> list[str]:
    rows = session.rows("fault", name=name)
    return [row["detail"] for row in rows if row["detail"].startswith("fired")]


def entities(session: "Session", number: int, target: str) -> list[Any]:
    return [argument["data"] for (argument,) in session.events(number, target)]


def test_fill_events_are_lost_while_the_position_is_there(session: "Session") -> None:
    number = user(session)
    session.sim("faults", name="drop_fill_events", target=ACCOUNT)
    session.place()
    session.run(100)
    assert session.events(number, "GatewayUserTrade") == []
    assert {row["status"] for row in entities(session, number, "GatewayUserOrder")} == {6}
    assert session.position() == 1
    assert len(fired(session, "drop_fill_events")) == 2


def test_user_events_come_twice(session: "Session") -> None:
    number = user(session)
    session.sim("faults", name="duplicate_events")
    session.place()
    session.run(100)
    first, second = session.events(number, "GatewayUserTrade")
    assert first == second
    assert fired(session, "duplicate_events")


def test_a_user_event_is_overtaken_by_its_successor(session: "Session") -> None:
    number = user(session)
    session.sim("faults", name="reorder_events")
    session.place()
    session.run(300)
    seen = [m["target"] for m in session.frames[number] if m.get("target") in EVENTS]
    assert seen.index("GatewayUserTrade") < seen.index("GatewayUserOrder")
    assert sorted(set(seen)) == sorted(EVENTS)
    assert fired(session, "reorder_events")


def test_a_held_event_without_a_successor_comes_by_itself(session: "Session") -> None:
    number = user(session)
    session.sim("faults", name="reorder_events")
    session.place(size=0)
    session.run(200)
    assert session.events(number, "GatewayUserOrder") == []
    session.run(100)
    assert len(session.events(number, "GatewayUserOrder")) == 1


def test_ids_are_strings(session: "Session") -> None:
    number = user(session)
    session.sim("faults", name="string_ids")
    order = session.place()["orderId"]
    session.run(100)
    row = entities(session, number, "GatewayUserTrade")[0]
    assert (row["orderId"], row["accountId"]) == (str(order), str(ACCOUNT))
    assert fired(session, "string_ids")


def test_events_come_bare(session: "Session") -> None:
    number = user(session)
    session.sim("faults", name="bare_events")
    order = session.place()["orderId"]
    session.run(100)
    ((row,), *_) = session.events(number, "GatewayUserOrder")
    assert row["id"] == order
    assert "data" not in row
    assert fired(session, "bare_events")


def test_lists_are_null(session: "Session") -> None:
    session.sim("faults", name="null_lists", target="/api/Order/searchOpen")
    session.place(type=1, limitPrice=6790.0)
    session.run(50)
    answer = session.post("Order/searchOpen", accountId=ACCOUNT)
    assert answer == {"orders": None, "success": True, "errorCode": 0, "errorMessage": None}
    assert fired(session, "null_lists")


@pytest.mark.parametrize(
    ("name", "late"), [("lose_response_after_accept", 3600), ("delay_response", 5)]
)
def test_the_order_is_taken_though_its_answer_is_late_or_lost(
    session: "Session", name: str, late: int
) -> None:
    session.sim("faults", name=name, target="/api/Order/place")
    body = {"accountId": ACCOUNT, "contractId": MES, "type": 2, "side": 0, "size": 1}
    reply = session.send("POST", "/api/Order/place", json.dumps(body).encode(), session.token)
    assert reply.at - session.now >= late * SECOND
    session.run(100)
    assert session.position() == 1
    assert fired(session, name) == ["fired: /api/Order/place"]


@pytest.mark.parametrize(("name", "status"), [("http_500", 500), ("http_429_burst", 429)])
def test_a_status_stands_instead_of_the_handling(
    session: "Session", name: str, status: int
) -> None:
    session.sim("faults", name=name)
    body = {"accountId": ACCOUNT, "contractId": MES, "type": 2, "side": 0, "size": 1}
    reply = session.send("POST", "/api/Order/place", json.dumps(body).encode(), session.token)
    assert (reply.status, reply.body) == (status, b"")
    session.run(100)
    assert session.rows("order") == []
    assert session.rows("request")[-1]["status"] == status
    assert fired(session, name)


def test_a_pending_answer_hides_that_the_order_was_taken(session: "Session") -> None:
    session.sim("faults", name="code_6_pending", target="/api/Order/place")
    answer = session.place()
    assert (answer["success"], answer["errorCode"], answer["orderId"]) == (False, 6, None)
    session.run(100)
    assert session.position() == 1
    assert fired(session, "code_6_pending")


def test_each_endpoint_has_its_own_number_for_pending(session: "Session") -> None:
    session.place(size=2)
    order = session.place(type=1, limitPrice=6790.0)["orderId"]
    session.run(100)
    session.sim("faults", name="code_6_pending")
    where = {"accountId": ACCOUNT, "contractId": MES}
    assert session.post("Order/modify", accountId=ACCOUNT, orderId=order)["errorCode"] == 4
    assert session.post("Order/cancel", accountId=ACCOUNT, orderId=order)["errorCode"] == 4
    assert session.post("Position/partialCloseContract", **where, size=1)["errorCode"] == 7
    session.run(100)
    assert session.post("Position/closeContract", **where)["errorCode"] == 6


def test_an_expired_token_is_refused_until_the_next_login(session: "Session") -> None:
    session.sim("faults", name="expire_token")
    path = "/api/Account/search"
    assert session.send("POST", path, b"{}", session.token).status == 401
    session.token = session.post("Auth/loginKey", userName="demo", apiKey="demo")["token"]
    assert session.post("Account/search")["success"]
    assert fired(session, "expire_token") == ["fired: 1 tokens"]


def test_the_date_header_is_off_by_the_skew(session: "Session") -> None:
    session.sim("faults", name="clock_skew", seconds=-90)
    shown = parsedate_to_datetime(session.send("GET", "/api/Status/ping").headers["date"])
    assert round((shown - moment(session.now)).total_seconds()) == -90
    assert fired(session, "clock_skew")


def test_every_order_is_rejected_with_a_row(session: "Session") -> None:
    session.sim("faults", name="reject_all")
    answer = session.place()
    assert (answer["success"], answer["errorCode"]) == (False, 2)
    assert session.order(answer["orderId"])["status"] == 5
    assert fired(session, "reject_all")


def test_the_stop_of_a_bracket_is_rejected_and_its_target_works(session: "Session") -> None:
    session.sim("faults", name="reject_stop")
    entry = session.bracketed()
    session.run(100)
    assert session.position() == 1
    assert session.order(entry + 1)["status"] == 5
    assert session.order(entry + 2)["status"] == 1
    assert session.place(type=4, side=1, stopPrice=6790.0)["errorCode"] == 2
    assert len(fired(session, "reject_stop")) == 2


def test_a_closed_market_refuses_orders_and_closes(session: "Session") -> None:
    session.place()
    session.run(100)
    session.sim("faults", name="market_closed", target=MES)
    answer = session.place()
    assert answer["errorCode"] == 2
    assert "not in an active trading status" in answer["errorMessage"]
    where = {"accountId": ACCOUNT, "contractId": MES}
    assert session.post("Position/closeContract", **where)["errorCode"] == 5
    assert fired(session, "market_closed")


def test_position_brackets_refuse_brackets_and_nothing_else(session: "Session") -> None:
    session.sim("faults", name="position_brackets_mode")
    answer = session.place(stopLossBracket={"ticks": -20, "type": 4})
    assert answer["errorCode"] == 2
    assert answer["errorMessage"].startswith("Brackets cannot be used with Position Brackets.")
    assert session.place()["success"]
    assert fired(session, "position_brackets_mode")


def test_orders_fill_in_parts(session: "Session") -> None:
    number = user(session)
    session.sim("faults", name="partial_fills", seed=3)
    order = session.place(size=5)["orderId"]
    session.run(200)
    sizes = [row["size"] for row in entities(session, number, "GatewayUserTrade")]
    assert len(sizes) == 2
    assert sum(sizes) == 5
    assert session.order(order)["status"] == 2
    assert fired(session, "partial_fills")


def test_a_resting_limit_that_is_traded_through_fills_in_parts(session: "Session") -> None:
    order = session.place(type=1, limitPrice=6799.0, size=5)["orderId"]
    session.run(100)
    session.sim("faults", name="partial_fills")
    session.trade(27195)
    row = session.order(order)
    assert row["status"] == 1
    assert 0 < row["fillVolume"] < 5


def test_a_lockout_is_told_refuses_orders_and_ends(session: "Session") -> None:
    number = user(session)
    session.sim("faults", name="lockout", duration=5)
    session.run(100)
    assert entities(session, number, "GatewayUserAccount")[-1]["canTrade"] is False
    assert session.place()["errorCode"] == 4
    session.run(5000)
    assert entities(session, number, "GatewayUserAccount")[-1]["canTrade"] is True
    assert session.place()["success"]
    assert fired(session, "lockout")


def test_an_external_close_flattens_and_leaves_the_legs(session: "Session") -> None:
    number = user(session)
    entry = session.bracketed()
    session.run(100)
    session.sim("faults", name="external_close", target=ACCOUNT)
    session.run(100)
    assert session.position() == 0
    assert entities(session, number, "GatewayUserPosition")[-1]["size"] == 0
    assert session.order(entry + 1)["status"] == 1
    assert fired(session, "external_close")


def test_an_external_order_is_one_the_client_never_sent(session: "Session") -> None:
    number = user(session)
    session.sim("faults", name="external_order")
    session.run(100)
    assert session.position() == 1
    assert "customTag" not in entities(session, number, "GatewayUserOrder")[0]
    assert session.rows("request", path="/api/Order/place") == []
    assert fired(session, "external_order")


@pytest.mark.parametrize(("ticks", "stop"), [(8, 6793.25), (-8, 6797.25)])
def test_a_stop_moves_by_hand_away_from_the_market_or_towards_it(
    session: "Session", ticks: int, stop: float
) -> None:
    number = user(session)
    entry = session.bracketed(stop=-20)
    session.run(100)
    session.sim("faults", name="move_stop_by_hand", ticks=ticks)
    session.run(1)
    moved = entities(session, number, "GatewayUserOrder")[-1]
    assert (moved["id"], moved["stopPrice"]) == (entry + 1, stop)
    assert fired(session, "move_stop_by_hand") == [f"fired: moved [{entry + 1}]"]
