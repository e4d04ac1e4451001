"""Faults on the wire, and the simulator's own interface."""

import json
from typing import TYPE_CHECKING

import pytest

from tools.simulator.fault_names import FAULTS
from tools.simulator.market import SELL

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077


def market(session: "Session") -> int:
    number = session.connect("market")
    for stream in ("Quotes", "Trades", "MarketDepth"):
        session.invoke(number, f"SubscribeContract{stream}", MES)
    return number


def noted(session: "Session", name: str) -> list[str]:
    return [row["detail"].split(" ")[0].rstrip(":") for row in session.rows("fault", name=name)]


def test_a_frozen_feed_is_silent_while_pings_and_matching_go_on(session: "Session") -> None:
    number = market(session)
    stop = session.place(type=4, side=0, stopPrice=6802.0)["orderId"]
    session.run(50)
    session.sim("faults", name="freeze_feed")
    seen = len(session.frames[number])
    session.trade(27208)
    session.run(14_999)
    assert session.frames[number][seen:] == [{"type": 6}]
    assert session.order(stop)["status"] == 2
    assert session.rows("print")[-1]["price"] == 27208


def test_what_happened_in_a_freeze_is_lost_and_the_next_quote_catches_up(
    session: "Session",
) -> None:
    number = market(session)
    session.sim("faults", name="freeze_feed", duration=1)
    session.trade(27203, size=7)
    session.quote(27203, 27204)
    session.run(1000)
    session.trade(27203, size=2)
    prints = [p for _, rows in session.events(number, "GatewayTrade") for p in rows]
    assert [p["volume"] for p in prints] == [2]
    (_, quote) = session.events(number, "GatewayQuote")[-1]
    assert (quote["bestBid"], quote["volume"]) == (6800.75, 10)
    assert noted(session, "freeze_feed") == ["started", "fired", "ended"]


def test_a_fault_can_start_later_and_be_stopped(session: "Session") -> None:
    number = market(session)
    session.sim("faults", name="freeze_feed", start=1)
    session.trade(27202)
    assert len(session.events(number, "GatewayTrade")) == 1
    session.run(1000)
    session.trade(27203)
    assert len(session.events(number, "GatewayTrade")) == 1
    assert session.sim("faults", name="freeze_feed", stop=True) == {"active": []}
    session.trade(27204)
    assert len(session.events(number, "GatewayTrade")) == 2


def test_a_later_run_is_not_ended_by_an_earlier_ones_timer(session: "Session") -> None:
    session.sim("faults", name="freeze_feed", duration=1)
    session.sim("faults", name="freeze_feed", stop=True)
    session.sim("faults", name="freeze_feed", duration=5)
    session.run(2000)
    assert json.loads(session.send("GET", "/sim/state").body)["faults"] == ["freeze_feed"]


def test_subscribing_in_a_freeze_is_acknowledged_without_data(session: "Session") -> None:
    session.sim("faults", name="freeze_feed")
    number = market(session)
    assert {m.get("type") for m in session.frames[number][1:]} == {3}


def test_cancel_brackets_cancels_working_legs_with_hub_events(session: "Session") -> None:
    number = session.connect("user")
    session.invoke(number, "SubscribeOrders", ACCOUNT)
    entry = session.bracketed()
    session.run(80)
    session.sim("faults", name="cancel_brackets")
    session.run(1)
    events = [e["data"] for (e,) in session.events(number, "GatewayUserOrder")]
    assert {(e["id"], e["status"]) for e in events[-2:]} == {(entry + 1, 3), (entry + 2, 3)}
    assert session.position() == 1
    assert noted(session, "cancel_brackets") == ["started", "fired", "ended"]


def test_cancel_brackets_spares_orders_that_are_no_legs(session: "Session") -> None:
    order = session.place(type=1, limitPrice=6790.0)["orderId"]
    session.run(50)
    session.sim("faults", name="cancel_brackets")
    assert session.order(order)["status"] == 1


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("faults", b'{"name":"nope"}', "no fault nope; known: bare_events, big_frames, "),
        ("faults", b'{"nam":"x"}', "nam"),
        ("market", b'{"jump":"up"}', "Expected `int`"),
        ("market", b'{"contract":"CON.F.US.EP.Z26"}', "no market for CON.F.US.EP.Z26"),
        ("nope", b"{}", "POST /sim/nope is not known"),
    ],
)
def test_bad_requests_say_what_is_wrong(
    session: "Session", path: str, body: bytes, text: str
) -> None:
    reply = session.send("POST", f"/sim/{path}", body)
    assert reply.status in (400, 404)
    assert text in json.loads(reply.body)["error"]


def test_every_fault_has_a_summary() -> None:
    assert all(fault.summary for fault in FAULTS.values())


def test_a_jump_moves_the_market_and_fills_a_target(session: "Session") -> None:
    number = market(session)
    entry = session.bracketed(target=40)
    session.run(80)
    assert session.sim("market", jump=60) == {"bid": 27260, "ask": 27261, "last": 27261}
    session.run(1)
    assert session.order(entry + 2)["status"] == 2
    (_, quote) = session.events(number, "GatewayQuote")[-1]
    assert (quote["bestBid"], quote["lastPrice"]) == (6815.0, 6815.25)
    session.trade(27200)  # the source knows nothing of the jump
    assert session.rows("print")[-1]["price"] == 27260


def test_a_jump_down_triggers_a_stop(session: "Session") -> None:
    entry = session.bracketed(stop=-20)
    session.run(80)
    session.sim("market", jump=-30)
    session.run(45)
    assert session.order(entry + 1)["status"] == 2
    assert session.rows("fill")[-1]["price"] == 27170


def test_a_held_market_prints_on_without_moving_and_is_released_to_its_source(
    session: "Session",
) -> None:
    session.sim("market", hold=True)
    session.quote(27300, 27301)
    session.trade(27301, size=4)
    session.trade(27300, size=4, side=SELL)
    assert [row["price"] for row in session.rows("print")[-2:]] == [27201, 27200]
    assert session.sim("market", hold=False)["bid"] == 27300


def test_state_tells_the_venues_truth(session: "Session") -> None:
    entry = session.bracketed(size=2, customTag="t")
    session.run(80)
    state = json.loads(session.send("GET", "/sim/state").body)
    (account,) = state["accounts"]
    assert account["positions"] == [{"contract": MES, "size": 2, "average": "27201"}]
    assert account["balance"] == "49998.78"
    assert {row["id"]: row["tag"] for row in account["orders"]} == {
        entry + 1: "t-SL",
        entry + 2: "t-TP",
    }
    assert state["markets"] == {MES: {"bid": 27200, "ask": 27201, "last": 27200}}
