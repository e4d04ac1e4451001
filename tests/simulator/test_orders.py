"""Order life without brackets: acceptance, fills, resting, stops, cancel, modify, close."""

from typing import TYPE_CHECKING

import pytest

from tools.simulator.market import BUY, SELL, Print
from tools.simulator.stamps import MILLISECOND

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077


def statuses(session: "Session", order: int) -> list[int]:
    return [row["status"] for row in session.rows("order", id=order)]


def test_a_market_order_fills_at_the_opposite_best_5_to_40_ms_later(session: "Session") -> None:
    for _ in range(20):
        placed = session.now
        order = session.place(side=0)["orderId"]
        session.run(45)
        (fill,) = session.rows("fill", order=order)
        assert fill["price"] == 27201
        assert 5 <= (fill["ns"] - placed) / MILLISECOND <= 40
        assert statuses(session, order) == [6, 2]


def test_a_market_order_pays_the_book_of_its_fill_not_of_its_acceptance(session: "Session") -> None:
    order = session.place(side=0)["orderId"]
    session.quote(27210, 27211)
    session.run(45)
    assert session.rows("fill", order=order)[0]["price"] == 27211


def test_what_exceeds_the_displayed_size_fills_one_level_further(session: "Session") -> None:
    order = session.place(side=1, size=23)["orderId"]
    session.run(60)
    fills = [(row["price"], row["size"]) for row in session.rows("fill", order=order)]
    assert fills == [(27200, 10), (27199, 10), (27198, 3)]
    assert statuses(session, order) == [6, 1, 1, 2]


def test_a_limit_below_the_market_rests_and_fills_when_traded_through(session: "Session") -> None:
    order = session.place(type=1, side=0, limitPrice=6799.0)["orderId"]
    session.run(45)
    assert statuses(session, order) == [6, 1]
    session.trade(27195, side=SELL)
    (fill,) = session.rows("fill", order=order)
    assert fill["price"] == 27196


def test_a_resting_limit_waits_for_the_queue_displayed_before_it(session: "Session") -> None:
    order = session.place(type=1, side=0, size=3, limitPrice=6800.0)["orderId"]
    session.run(45)
    session.trade(27200, size=10, side=SELL)
    assert session.order(order)["fillVolume"] == 0
    session.trade(27200, size=2, side=SELL)
    assert session.order(order)["fillVolume"] == 2
    session.trade(27200, size=9, side=BUY)  # lifts the offer, not this bid
    assert session.order(order)["fillVolume"] == 2
    session.trade(27200, size=9, side=SELL)
    assert session.order(order)["status"] == 2


def test_a_crossed_limit_fills_at_its_own_price(session: "Session") -> None:
    order = session.place(type=1, side=1, limitPrice=6802.0)["orderId"]
    session.run(45)
    session.quote(27209, 27210)
    assert session.rows("fill", order=order)[0]["price"] == 27208


def test_a_marketable_limit_fills_at_the_opposite_best(session: "Session") -> None:
    order = session.place(type=1, side=0, limitPrice=6805.0)["orderId"]
    session.run(45)
    assert session.rows("fill", order=order)[0]["price"] == 27201


def test_a_marketable_limit_never_pays_beyond_its_price(session: "Session") -> None:
    order = session.place(type=1, side=0, size=15, limitPrice=6800.25)["orderId"]
    session.run(60)
    assert [row["price"] for row in session.rows("fill", order=order)] == [27201]
    assert (session.order(order)["status"], session.order(order)["fillVolume"]) == (1, 10)


@pytest.mark.parametrize(("side", "stop", "through"), [(0, 6801.0, 27204), (1, 6799.0, 27196)])
def test_a_stop_triggers_on_the_last_trade_and_slips(
    session: "Session", side: int, stop: float, through: int
) -> None:
    order = session.place(type=4, side=side, stopPrice=stop)["orderId"]
    session.run(45)
    away = 1 if side == 0 else -1
    session.trade(through - away)
    session.run(45)
    assert statuses(session, order) == [6, 1]
    session.trade(through)
    session.quote(through + away * 3, through + away * 3 + 1)
    session.run(45)
    (fill,) = session.rows("fill", order=order)
    assert fill["price"] == through + away * 3 + (1 if side == 0 else 0)


def test_a_quote_alone_triggers_no_stop(session: "Session") -> None:
    order = session.place(type=4, side=0, stopPrice=6801.0)["orderId"]
    session.run(45)
    session.quote(27300, 27301)
    session.run(100)
    assert session.order(order)["status"] == 1


def test_a_trailing_stop_follows_the_last_price_one_way(session: "Session") -> None:
    order = session.place(type=5, side=1, trailPrice=6797.5)["orderId"]  # 10 ticks under 27200
    session.run(45)
    assert session.order(order)["trailDistance"] == 10
    session.trade(27206)
    session.trade(27203)
    assert session.order(order)["stopPrice"] == 6799.0
    session.trade(27196)
    session.run(45)
    assert session.order(order)["status"] == 2


def test_a_cancelled_order_never_fills(session: "Session") -> None:
    order = session.place(type=1, side=0, limitPrice=6799.0)["orderId"]
    session.run(45)
    assert session.post("Order/cancel", accountId=ACCOUNT, orderId=order)["success"]
    session.trade(27000, side=SELL)
    assert statuses(session, order) == [6, 1, 3]
    assert session.rows("fill") == []


def test_an_order_on_its_way_can_be_cancelled_but_a_market_order_cannot(
    session: "Session",
) -> None:
    limit = session.place(type=1, side=0, limitPrice=6799.0)["orderId"]
    market = session.place()["orderId"]
    assert session.post("Order/cancel", accountId=ACCOUNT, orderId=limit)["errorCode"] == 0
    assert session.post("Order/cancel", accountId=ACCOUNT, orderId=market)["errorCode"] == 3
    session.run(45)
    assert (statuses(session, limit), statuses(session, market)) == ([6, 3], [6, 2])


def test_cancel_knows_its_error_codes(session: "Session") -> None:
    order = session.place()["orderId"]
    session.run(45)
    codes = [
        session.post("Order/cancel", accountId=account, orderId=number)["errorCode"]
        for account, number in ((1, order), (ACCOUNT, 5), (ACCOUNT, order))
    ]
    assert codes == [1, 2, 3]


def test_modify_changes_what_is_given_and_keeps_the_rest(session: "Session") -> None:
    order = session.place(type=1, side=0, size=2, limitPrice=6799.0)["orderId"]
    session.run(45)
    answer = session.post("Order/modify", accountId=ACCOUNT, orderId=order, limitPrice=6798.5)
    assert answer["success"]
    row = session.order(order)
    assert (row["limitPrice"], row["size"]) == (6798.5, 2)
    session.trade(27195, side=SELL)
    assert session.order(order)["status"] == 1
    answer = session.post("Order/modify", accountId=ACCOUNT, orderId=order, limitPrice=6798.6)
    assert answer["errorCode"] == 3


def test_modify_to_a_marketable_price_fills(session: "Session") -> None:
    order = session.place(type=1, side=0, limitPrice=6799.0)["orderId"]
    session.run(45)
    session.post("Order/modify", accountId=ACCOUNT, orderId=order, limitPrice=6801.0)
    assert session.rows("fill", order=order)[0]["price"] == 27201


def test_close_contract_flattens_with_an_untagged_market_order(session: "Session") -> None:
    session.place(side=1, size=3)
    session.run(45)
    assert session.position() == -3
    assert session.post("Position/closeContract", accountId=ACCOUNT, contractId=MES)["success"]
    session.run(45)
    assert session.position() == 0
    closing = session.rows("order")[-1]
    assert (closing["type"], closing["side"], closing.get("tag")) == (2, 0, None)


def test_partial_close_checks_its_size(session: "Session") -> None:
    session.place(size=3)
    session.run(45)
    path, where = "Position/partialCloseContract", {"accountId": ACCOUNT, "contractId": MES}
    codes = [session.post(path, size=size, **where)["errorCode"] for size in (0, -1, 4, 2)]
    assert codes == [5, 5, 5, 0]
    session.run(45)
    assert session.position() == 1


def test_a_partial_close_names_what_is_missing(session: "Session") -> None:
    path = "Position/partialCloseContract"
    wanted = (
        (1, MES, 1, 1), (ACCOUNT, MES, 1, 2), (ACCOUNT, MES, 0, 2),
        (ACCOUNT, "CON.F.US.NOPE.Z26", 1, 3), (ACCOUNT, "CON.F.US.MES.U26", 1, 4),
    )  # fmt: skip
    for account, contract, size, code in wanted:
        answer = session.post(path, accountId=account, contractId=contract, size=size)
        assert (answer["success"], answer["errorCode"]) == (False, code)


@pytest.mark.parametrize(("side", "size"), [(0, 3), (1, 2)])
def test_a_partial_close_of_all_of_it_is_flat(session: "Session", side: int, size: int) -> None:
    session.place(side=side, size=size)
    session.run(45)
    where = {"accountId": ACCOUNT, "contractId": MES}
    path = "Position/partialCloseContract"
    assert session.post(path, **where, size=size + 1)["errorCode"] == 5
    assert session.post(path, **where, size=size)["success"]
    session.run(45)
    assert session.position() == 0


def test_close_without_a_position_or_contract(session: "Session") -> None:
    path = "Position/closeContract"
    wanted = ((1, MES, 1), (ACCOUNT, MES, 2), (ACCOUNT, "CON.F.US.NOPE.Z26", 3))
    for account, contract, code in wanted:
        assert session.post(path, accountId=account, contractId=contract)["errorCode"] == code


def test_a_fill_through_flat_opens_a_new_position_the_other_way(session: "Session") -> None:
    session.place(side=0, size=1)
    session.run(45)
    session.place(side=1, size=3)
    session.run(45)
    assert session.position() == -2
    assert [row["size"] for row in session.rows("position")] == [1, 0, -2]
    assert session.rows("fill")[-1]["pnl"] == "-1.25"


def test_balance_moves_by_pnl_less_fees_and_commissions_of_both_sides(session: "Session") -> None:
    session.place(side=0, size=2)
    session.run(45)
    session.quote(27221, 27222)
    session.place(side=1, size=2)
    session.run(45)
    fills = session.rows("fill")
    assert [row["pnl"] for row in fills] == [None, "50.00"]
    assert [(row["fees"], row["commissions"]) for row in fills] == [("0.72", "0.50")] * 2
    assert session.rows("account")[-1]["balance"] == "50047.56"
    (account,) = session.post("Account/search", onlyActiveAccounts=True)["accounts"]
    assert account["balance"] == 50047.56


def test_an_update_stamp_is_not_bumped_by_a_fill(session: "Session") -> None:
    order = session.place()["orderId"]
    session.run(45)
    row = session.order(order)
    assert (row["status"], row["updateTimestamp"]) == (2, row["creationTimestamp"])


def test_the_tape_of_the_market_shows_no_fill_of_ours(session: "Session") -> None:
    session.place(size=5)
    session.run(45)
    session.trade(27205)
    assert [row["price"] for row in session.rows("print")] == [27200, 27205]  # the scripted ones


def test_prints_of_one_instant_are_matched_in_order(session: "Session") -> None:
    order = session.place(type=1, side=0, size=5, limitPrice=6799.75)["orderId"]
    session.run(45)
    at = session.now + MILLISECOND
    session.market(Print(at, 27199, 12, SELL), Print(at, 27198, 1, SELL))
    sizes = [row["size"] for row in session.rows("fill", order=order)]
    assert sizes == [2, 3]
