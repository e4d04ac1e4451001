"""Trailing stops, stop limits, join orders, queues and slippage (gateway.md 3.6, 4, 5, 12).

The book at the start is 27200 x 27201 ticks (6800.00 x 6800.25), ten contracts a level, the last
trade 27200.
"""

from typing import TYPE_CHECKING, Any

import pytest

from tools.simulator.market import BUY, SELL

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

ACCOUNT = 48_120_077


def placed(session: "Session", **body: object) -> int:
    """Place an order and let it rest; its id."""
    answer = session.place(**body)
    assert answer["success"], answer
    session.run(50)
    number: int = answer["orderId"]
    return number


def prices(session: "Session", order: int) -> list[int]:
    return [row["price"] for row in session.rows("fill", order=order)]


def modify(session: "Session", order: int, **change: object) -> Any:
    return session.post("Order/modify", accountId=ACCOUNT, orderId=order, **change)


def waiting(session: "Session", order: int) -> bool:
    row = session.order(order)
    return (row["status"], row["fillVolume"]) == (1, 0)


# Trailing stops


@pytest.mark.parametrize(("side", "level", "stop"), [(1, 6797.5, 6797.5), (0, 6802.5, 6802.5)])
def test_a_trail_price_is_a_level_and_reads_back_as_a_distance(
    session: "Session", side: int, level: float, stop: float
) -> None:
    user = session.connect("user")
    session.invoke(user, "SubscribeOrders", ACCOUNT)
    order = placed(session, type=5, side=side, trailPrice=level)
    event = session.events(user, "GatewayUserOrder")[-1][0]["data"]
    for row in (session.order(order), event):
        assert (row["trailDistance"], row["trailPrice"], row["stopPrice"]) == (10, 2.5, stop)
        assert (row["type"], row["status"]) == (5, 1)


def test_a_buy_trails_down_by_trades_and_not_by_quotes(session: "Session") -> None:
    order = placed(session, type=5, side=0, trailPrice=6802.5)
    session.quote(27150, 27151)
    assert session.order(order)["stopPrice"] == 6802.5
    session.trade(27190, side=SELL)
    session.trade(27195)
    assert session.order(order)["stopPrice"] == 6800.0
    session.quote(27203, 27204)
    assert waiting(session, order)
    session.trade(27200)
    session.run(50)
    assert prices(session, order) == [27204]  # it slips to the ask of its fill


def test_a_distance_sent_as_trail_price_is_refused_on_place_but_not_on_modify(
    session: "Session",
) -> None:
    assert "exceeds maximum" in session.place(type=5, side=1, trailPrice=2.5)["errorMessage"]
    order = placed(session, type=5, side=1, trailPrice=6797.5)
    assert modify(session, order, trailPrice=2.5)["success"]
    row = session.order(order)
    assert (row["trailDistance"], row["trailPrice"], row["stopPrice"]) == (27190, 6797.5, 2.5)


def test_a_trail_is_measured_from_the_last_trade_of_its_change(session: "Session") -> None:
    order = placed(session, type=5, side=1, trailPrice=6797.5)
    session.trade(27220)
    assert modify(session, order, trailPrice=6804.0)["success"]
    row = session.order(order)
    assert (row["trailDistance"], row["stopPrice"]) == (4, 6804.0)
    text = modify(session, order, trailPrice=6804.1)["errorMessage"]
    assert text == "Invalid trail price. Price is not aligned to tick size."


@pytest.mark.parametrize(("side", "ticks"), [(0, -20), (1, 20)])
def test_a_trailing_stop_leg_trails_from_the_fill(
    session: "Session", side: int, ticks: int
) -> None:
    way = 1 if side == 0 else -1
    entry = placed(session, side=side, stopLossBracket={"ticks": ticks, "type": 5})
    session.run(50)
    leg, paid = entry + 1, 27201 if side == 0 else 27200
    row = session.order(leg)
    assert row["stopPrice"] == (paid + ticks) / 4
    assert (row["trailDistance"], row["trailPrice"]) == (ticks, ticks / 4)
    assert (row["type"], row["status"], row["side"]) == (5, 1, 1 - side)
    session.trade(paid + 30 * way)
    session.trade(paid + 25 * way)
    assert session.order(leg)["stopPrice"] == (paid + 30 * way + ticks) / 4
    session.trade(paid + 10 * way)
    session.run(50)
    assert session.order(leg)["status"] == 2
    assert session.position() == 0


def test_a_trailing_leg_shows_the_distance_it_was_changed_to(session: "Session") -> None:
    entry = placed(session, stopLossBracket={"ticks": -20, "type": 5})
    session.run(50)
    assert modify(session, entry + 1, trailPrice=6798.0)["success"]
    row = session.order(entry + 1)
    assert (row["trailDistance"], row["trailPrice"], row["stopPrice"]) == (-8, -2.0, 6798.0)


# Stop limits


def test_a_stop_limit_triggers_on_a_trade_and_then_rests_within_its_limit(
    session: "Session",
) -> None:
    order = placed(session, type=3, side=0, stopPrice=6801.0, limitPrice=6801.5)
    session.quote(27206, 27207)
    assert waiting(session, order)
    session.trade(27204)
    session.run(50)
    row = session.order(order)
    assert (row["status"], row["fillVolume"]) == (1, 0)  # the ask is beyond the limit
    assert (row["stopPrice"], row["limitPrice"]) == (6801.0, 6801.5)
    session.quote(27204, 27205)
    assert prices(session, order) == [27206]  # crossed: at its own price


def test_a_stop_limit_within_its_limit_fills_at_once(session: "Session") -> None:
    order = placed(session, type=3, side=1, stopPrice=6799.0, limitPrice=6798.0)
    session.trade(27196, side=SELL)
    session.quote(27194, 27195)
    session.run(50)
    assert prices(session, order) == [27194]


def test_a_triggered_stop_limit_can_still_be_cancelled(session: "Session") -> None:
    order = placed(session, type=3, side=0, stopPrice=6801.0, limitPrice=6801.25)
    session.quote(27210, 27211)
    session.trade(27204)
    assert session.post("Order/cancel", accountId=ACCOUNT, orderId=order)["success"]
    session.quote(27200, 27201)
    session.run(100)
    assert (session.order(order)["status"], prices(session, order)) == (3, [])


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"stopPrice": 6801.0}, "Invalid limit price."),
        ({"limitPrice": 6801.0}, "Invalid stop price."),
        ({"stopPrice": 6799.0, "limitPrice": 6801.0}, "outside allowed range"),
    ],
)
def test_a_stop_limit_needs_both_prices(
    session: "Session", given: dict[str, float], text: str
) -> None:
    answer = session.place(type=3, side=0, **given)
    assert answer["errorCode"] == 2
    assert text in answer["errorMessage"]


# Joins and queues


@pytest.mark.parametrize(
    ("kind", "side", "best", "aggressor"), [(6, 0, 27200, SELL), (7, 1, 27201, BUY)]
)
def test_a_join_rests_at_its_side_behind_what_is_displayed(
    session: "Session", kind: int, side: int, best: int, aggressor: int
) -> None:
    order = placed(session, type=kind, side=side, size=2)
    row = session.order(order)
    assert (row["type"], row["limitPrice"], row["stopPrice"]) == (kind, best / 4, None)
    session.trade(best, size=10, side=aggressor)
    assert waiting(session, order)
    session.trade(best, size=1, side=aggressor)
    assert session.order(order)["fillVolume"] == 1
    session.trade(best, size=5, side=aggressor)
    assert prices(session, order) == [best, best]


def test_a_join_stays_where_it_joined(session: "Session") -> None:
    order = placed(session, type=6, side=0)
    session.quote(27220, 27221)
    session.run(50)
    assert session.order(order)["limitPrice"] == 6800.0


def test_prints_of_the_own_side_and_cancelled_depth_shorten_no_queue(session: "Session") -> None:
    order = placed(session, type=1, side=0, limitPrice=6800.0)
    session.level(BUY, 27200, 3)  # seven before us go, or behind us: nobody tells
    session.trade(27200, size=50, side=BUY)
    session.trade(27200, size=10, side=SELL)
    assert waiting(session, order)
    session.trade(27200, size=1, side=SELL)
    assert prices(session, order) == [27200]


def test_a_moved_limit_queues_afresh(session: "Session") -> None:
    order = placed(session, type=1, side=0, limitPrice=6799.75)
    session.trade(27199, size=9, side=SELL)
    assert modify(session, order, limitPrice=6799.5)["success"]
    assert modify(session, order, limitPrice=6799.75)["success"]
    session.trade(27199, size=10, side=SELL)
    assert waiting(session, order)


# Slippage


def test_a_stop_larger_than_the_best_level_slips_level_by_level(session: "Session") -> None:
    order = placed(session, type=4, side=1, size=25, stopPrice=6799.5)
    session.trade(27198, side=SELL)
    session.run(60)
    fills = [(row["price"], row["size"]) for row in session.rows("fill", order=order)]
    assert fills == [(27200, 10), (27199, 10), (27198, 5)]


def test_a_triggered_stop_can_no_longer_be_cancelled_or_moved(session: "Session") -> None:
    order = placed(session, type=4, side=1, stopPrice=6799.0)
    session.trade(27196, side=SELL)
    cancel = session.post("Order/cancel", accountId=ACCOUNT, orderId=order)
    assert cancel["errorCode"] == 3
    assert modify(session, order, stopPrice=6798.0)["errorCode"] == 3
    session.run(50)
    assert session.order(order)["status"] == 2
