"""Trades that the venue busts by POST /sim/trade. A MES contract costs 0.61 a side."""

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.conftest import Session

ACCOUNT = 48_120_077


def fill(session: "Session", side: int, size: int) -> int:
    """Fill a market order; the id of its trade."""
    session.place(side=side, size=size)
    session.run(60)
    number: int = session.rows("fill")[-1]["id"]
    return number


def balance(session: "Session") -> float:
    (account,) = session.post("Account/search")["accounts"]
    found: float = account["balance"]
    return found


def position(session: "Session") -> list[tuple[int, int, float]]:
    rows = session.post("Position/searchOpen", accountId=ACCOUNT)["positions"]
    return [(row["type"], row["size"], row["averagePrice"]) for row in rows]


def test_a_voided_close_gives_the_position_back(session: "Session") -> None:
    fill(session, 0, 2)
    before, held = balance(session), position(session)
    session.quote(27210, 27211)
    closing = fill(session, 1, 2)
    assert balance(session) == before + 2 * 9 * 1.25 - 1.22
    session.sim("trade", void=closing)
    assert (balance(session), position(session)) == (before, held)
    span = {"accountId": ACCOUNT, "startTimestamp": "2026-11-20T15:00:00Z"}
    newer, older = session.post("Trade/search", **span)["trades"]
    assert (newer["id"], newer["voided"], older["voided"]) == (closing, True, False)
    assert (newer["profitAndLoss"], newer["fees"]) == (22.5, 0.72)


def test_a_voided_entry_leaves_flat_and_returns_its_fees(session: "Session") -> None:
    session.sim("trade", void=fill(session, 0, 3))
    assert (balance(session), position(session)) == (50_000.0, [])


def test_an_added_contract_takes_its_price_out_of_the_average(session: "Session") -> None:
    fill(session, 0, 1)
    session.quote(27210, 27211)
    added = fill(session, 0, 3)
    session.quote(27220, 27221)
    fill(session, 0, 1)
    session.sim("trade", void=added)
    assert position(session) == [(1, 2, 6802.75)]  # 27201 and 27221


@pytest.mark.parametrize(
    ("place", "left"), [(0, [(2, 3, 6800.0)]), (1, [(1, 1, 6800.25)])], ids=["entry", "reversal"]
)
def test_a_reversal_is_undone_or_left_alone(
    session: "Session", place: int, left: list[tuple[int, int, float]]
) -> None:
    trades = [fill(session, 0, 1), fill(session, 1, 3)]
    assert position(session) == [(2, 2, 6800.0)]
    session.sim("trade", void=trades[place])
    assert position(session) == left


def test_the_client_hears_of_trade_position_and_account(session: "Session") -> None:
    trade = fill(session, 0, 1)
    user = session.connect("user")
    for stream in ("Trades", "Positions"):
        session.invoke(user, f"Subscribe{stream}", ACCOUNT)
    session.invoke(user, "SubscribeAccounts")
    session.sim("trade", void=trade)
    session.run(10)
    ((event,),) = session.events(user, "GatewayUserTrade")
    assert (event["data"]["id"], event["data"]["voided"]) == (trade, True)
    ((event,),) = session.events(user, "GatewayUserPosition")
    assert (event["data"]["type"], event["data"]["size"]) == (0, 0)
    ((event,),) = session.events(user, "GatewayUserAccount")
    assert event["data"]["balance"] == 50_000.0
    rows = [row for row in session.journal.rows if row["kind"] in ("void", "position", "account")]
    assert [row["kind"] for row in rows[-3:]] == ["void", "position", "account"]
    assert rows[-3]["id"] == trade


def test_a_void_that_brings_a_loss_to_light_touches_the_limit(
    make: "Callable[..., Session]",
) -> None:
    session = make(daily_loss=20)
    fill(session, 0, 2)
    session.quote(27210, 27211)
    won = fill(session, 1, 2)
    session.quote(27202, 27203)
    session.trade(27185)
    assert session.rows("limit") == []
    session.sim("trade", void=won)
    assert session.rows("limit")[0]["rule"] == "daily_loss"


def test_a_trade_that_is_not_there_is_one_line(session: "Session") -> None:
    trade = fill(session, 0, 1)
    session.sim("trade", void=trade)
    for body, text in (
        ({"void": 5}, "no trade 5: take an id of Trade/search or the journal's fills"),
        ({"void": trade}, f"trade {trade} is voided already"),
        ({"void": "x"}, "Expected `int`, got `str` - at `$.void`"),
        ({}, "Object missing required field `void`"),
    ):
        reply: Any = session.send("POST", "/sim/trade", json.dumps(body).encode())
        assert (reply.status, json.loads(reply.body)) == (400, {"error": text})
