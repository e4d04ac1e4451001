"""What the hubs push (gateway.md 7.4, 7.5)."""

import re
from typing import TYPE_CHECKING, Any

from tools.simulator.market import BUY, SELL, Level, Print
from tools.simulator.stamps import MILLISECOND

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077


def market(session: "Session", *streams: str) -> int:
    number = session.connect("market")
    for stream in streams:
        session.invoke(number, f"SubscribeContract{stream}", MES)
    return number


def user(session: "Session") -> int:
    number = session.connect("user")
    session.invoke(number, "SubscribeAccounts")
    for stream in ("Orders", "Positions", "Trades"):
        session.invoke(number, f"Subscribe{stream}", ACCOUNT)
    return number


def test_the_first_quote_is_full_and_follows_its_completion(session: "Session") -> None:
    number = market(session, "Quotes")
    assert session.frames[number][1]["type"] == 3
    ((contract, quote),) = session.events(number, "GatewayQuote")
    assert contract == MES
    assert quote["symbol"] == "F.US.MES"
    assert (quote["bestBid"], quote["bestAsk"], quote["lastPrice"]) == (6800.0, 6800.25, 6800.0)
    assert {"open", "high", "low", "volume", "change", "changePercent", "contract"} <= set(quote)


def test_later_quotes_carry_only_what_changed(session: "Session") -> None:
    number = market(session, "Quotes")
    session.level(SELL, 27201, 0)
    (_, quote) = session.events(number, "GatewayQuote")[-1]
    assert set(quote) == {"symbol", "bestAsk", "lastUpdated", "timestamp", "contract"}
    session.level(SELL, 27203, 4)  # not the best: no quote
    assert len(session.events(number, "GatewayQuote")) == 2
    session.trade(27202, size=3)
    (_, quote) = session.events(number, "GatewayQuote")[-1]
    assert (quote["lastPrice"], quote["high"], quote["volume"]) == (6800.5, 6800.5, 4)
    assert "bestBid" not in quote


def test_merged_quotes_equal_the_book(session: "Session") -> None:
    number = market(session, "Quotes")
    merged: dict[str, Any] = {}
    for bid in (27199, 27202, 27202, 27180):
        session.quote(bid, bid + 2)
        session.trade(bid)
    for _, quote in session.events(number, "GatewayQuote"):
        merged |= quote
    assert (merged["bestBid"], merged["bestAsk"]) == (6795.0, 6795.5)
    assert merged["lastPrice"] == 6795.0


def test_prints_of_one_instant_are_one_array_with_the_aggressor(session: "Session") -> None:
    number = market(session, "Trades")
    at = session.now + MILLISECOND
    session.market(Print(at, 27201, 3, BUY), Print(at, 27200, 2, SELL))
    ((contract, prints),) = session.events(number, "GatewayTrade")
    assert contract == MES
    assert [(p["price"], p["volume"], p["type"]) for p in prints] == [
        (6800.25, 3, 0),
        (6800.0, 2, 1),
    ]
    assert set(prints[0]) == {"symbolId", "price", "timestamp", "type", "volume", "contractId"}


def test_depth_starts_with_a_reset_and_the_whole_book(session: "Session") -> None:
    number = market(session, "MarketDepth")
    ((_, rows),) = session.events(number, "GatewayDepth")
    assert rows[0]["type"] == 6
    assert [row["type"] for row in rows[1:]] == [9, 2, 2, 2, 2, 10, 1, 1, 1, 1]


def test_depth_read_by_the_rules_gives_the_venues_book(session: "Session") -> None:
    number = market(session, "MarketDepth")
    at = session.now + MILLISECOND
    session.market(
        Level(at, SELL, 27201, 0), Level(at, BUY, 27201, 7), Level(at, BUY, 27198, 0),
        Level(at + 1, SELL, 27204, 9),
    )  # fmt: skip
    session.quote(27190, 27191)
    session.level(BUY, 27190, 3)
    bids: dict[float, int] = {}
    asks: dict[float, int] = {}
    for _, rows in session.events(number, "GatewayDepth"):
        for row in rows:
            if row["type"] == 6:
                bids, asks = {}, {}
            else:
                side = bids if row["type"] in (2, 9) else asks
                side[row["price"]] = row["volume"]
    assert {p: s for p, s in bids.items() if s} == {6797.5: 3}
    assert {p: s for p, s in asks.items() if s} == {6797.75: 10}
    moves = session.events(number, "GatewayDepth")[1][1]
    assert [(m["type"], m["price"], m["currentVolume"]) for m in moves] == [
        (1, 6800.25, 0), (9, 6800.25, 7), (2, 6799.5, 0),
    ]  # fmt: skip


def test_a_best_level_that_only_changes_its_size_is_not_called_new(session: "Session") -> None:
    number = market(session, "MarketDepth")
    session.level(BUY, 27200, 4)
    (row,) = session.events(number, "GatewayDepth")[-1][1]
    assert (row["type"], row["price"], row["volume"]) == (2, 6800.0, 4)


def test_one_instant_is_one_frame_of_up_to_three_records(session: "Session") -> None:
    number = market(session, "Quotes", "Trades", "MarketDepth")
    before = len(session.rows("frame", connection=number))
    at = session.now + MILLISECOND
    session.market(Print(at, 27201, 10, BUY), Level(at, SELL, 27201, 0))
    rows = session.rows("frame", connection=number)[before:]
    assert {row["target"] for row in rows} == {"GatewayQuote", "GatewayTrade", "GatewayDepth"}
    assert {row["ns"] for row in rows} == {at}
    assert [row["volume"] for row in rows if row["target"] == "GatewayTrade"] == [10]


def test_subscribing_to_user_events_pushes_nothing(session: "Session") -> None:
    session.place()
    session.run(100)
    number = user(session)
    assert {m.get("type") for m in session.frames[number][1:]} == {3}


def events(session: "Session", number: int, target: str) -> list[Any]:
    return [arguments[0] for arguments in session.events(number, target)]


def test_user_events_wrap_the_entity_and_leave_out_nulls(session: "Session") -> None:
    number = user(session)
    session.place(size=0)
    session.run(5)
    (event,) = events(session, number, "GatewayUserOrder")
    assert set(event) == {"action", "data"}
    assert (event["data"]["status"], event["data"]["fillVolume"]) == (5, 0)
    assert not {"limitPrice", "stopPrice", "filledPrice", "customTag"} & set(event["data"])


def test_a_trade_event_keeps_its_null_profit(session: "Session") -> None:
    number = user(session)
    session.place()
    session.run(50)
    (event,) = events(session, number, "GatewayUserTrade")
    assert event["action"] == 0
    assert event["data"]["profitAndLoss"] is None


def test_fill_events_come_as_trade_order_position_account(session: "Session") -> None:
    number = user(session)
    session.place()
    session.run(60)
    targets = [m["target"] for m in session.frames[number] if m.get("type") == 1]
    assert targets == [
        "GatewayUserOrder", "GatewayUserTrade", "GatewayUserOrder", "GatewayUserPosition",
        "GatewayUserAccount",
    ]  # fmt: skip
    fill = session.rows("fill")[0]["ns"]
    (position,) = session.rows("frame", target="GatewayUserPosition")
    assert position["ns"] - fill == 4 * MILLISECOND


def test_a_closed_position_is_type_0_size_0_with_its_old_average(session: "Session") -> None:
    number = user(session)
    session.place(side=0)
    session.run(50)
    session.place(side=1)
    session.run(50)
    opened, closed = events(session, number, "GatewayUserPosition")
    assert (opened["action"], opened["data"]["type"], opened["data"]["size"]) == (1, 1, 1)
    assert (closed["action"], closed["data"]["type"], closed["data"]["size"]) == (2, 0, 0)
    assert closed["data"]["averagePrice"] == opened["data"]["averagePrice"] == 6800.25


def test_a_leg_event_shows_its_distance_in_ticks_and_price(session: "Session") -> None:
    number = user(session)
    session.bracketed()
    session.run(5)
    stop, entry, target = (event["data"] for event in events(session, number, "GatewayUserOrder"))
    assert [stop["status"], entry["status"], target["status"]] == [8, 6, 8]
    assert (stop["trailDistance"], stop["trailPrice"]) == (-20, -5.0)
    assert target["linkedOrderId"] == stop["id"]


def test_hub_stamps_have_7_digits_where_rest_has_6(session: "Session") -> None:
    number = user(session)
    session.run(1.2345678)
    order = session.place()["orderId"]
    session.run(5)
    hub = events(session, number, "GatewayUserOrder")[0]["data"]["creationTimestamp"]
    rest = session.order(order)["creationTimestamp"]
    assert re.fullmatch(r"2026-11-20T15:00:00\.\d{7}\+00:00", hub)
    assert hub[:26] == rest[:26]
    assert len(rest) == len(hub) - 1


def test_a_foreign_stream_hears_nothing(session: "Session") -> None:
    number = session.connect("user")
    session.invoke(number, "SubscribeTrades", ACCOUNT)
    session.place()
    session.run(60)
    assert {m.get("target") for m in session.frames[number][2:]} == {"GatewayUserTrade"}
