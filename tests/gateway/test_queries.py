"""Reads: what is asked, how liberally answers are read, and when they are not believed."""

import json
from typing import Any

import pytest

from gateway.exchange import FailureKind, TransportFailure
from gateway.limiter import Lane
from gateway.rest import RestCore
from messages.base import SECOND
from messages.market import QueryBars
from messages.order import OrderStatus, OrderType, QueryFailed, QueryFills, QueryOrders
from messages.position import QueryAccount, QueryPositions

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48120077
NOON = 1_795_176_000 * SECOND
MS = 1_000_000


def order(number: int, **changed: object) -> dict[str, object]:
    row: dict[str, object] = {
        "id": number,
        "accountId": ACCOUNT,
        "contractId": MES,
        "symbolId": "F.US.MES",
        "creationTimestamp": "2026-11-20T12:00:00.40712+00:00",
        "updateTimestamp": None,
        "status": 1,
        "type": 4,
        "side": 1,
        "size": 2,
        "limitPrice": None,
        "stopPrice": 6796.250000000,
        "fillVolume": 0,
        "filledPrice": None,
        "customTag": "f-1-SL",
        "parentOrderId": 1,
        "linkedOrderId": None,
        "somethingNew": {"x": 1},
    }
    return {key: value for key, value in {**row, **changed}.items() if value != "absent"}


def paths(asked: list[Any]) -> list[str]:
    return [request.path.removeprefix("/api/") for request in asked]


def test_one_request_lists_open_and_suspended_orders(core: RestCore, play: Any, ok: Any) -> None:
    found, asked = play(
        core.plan(QueryOrders()),
        ok(orders=[order(2), order(3, status=8, stopPrice=None)], totalCount=2),
    )
    assert paths(asked) == ["Order/v2/query"]
    assert json.loads(asked[0].body)["filter"] == {"accountId": ACCOUNT, "statuses": [1, 6, 7, 8]}
    assert [(o.id, o.status) for o in found.orders] == [
        (2, OrderStatus.OPEN),
        (3, OrderStatus.SUSPENDED),
    ]
    assert found.asked == NOON + MS, "the answer is as old as its first request"
    first = found.orders[0]
    assert (first.stop, first.limit, first.type, first.parent) == (27185, None, OrderType.STOP, 1)
    assert first.created == NOON + 407_120_000


def test_since_adds_every_order_created_and_the_newest_reading_wins(
    core: RestCore, play: Any, ok: Any
) -> None:
    found, asked = play(
        core.plan(QueryOrders(since=NOON)),
        ok(orders=[order(2)], totalCount=1),
        ok(orders=[order(2, status=3), order(1, status=2, type=2, stopPrice=None, fillVolume=2)]),
    )
    assert paths(asked) == ["Order/v2/query", "Order/search"]
    assert json.loads(asked[1].body)["startTimestamp"] == "2026-11-20T12:00:00.000000Z"
    assert {o.id: o.status for o in found.orders} == {
        2: OrderStatus.CANCELLED,
        1: OrderStatus.FILLED,
    }
    assert found.since == NOON


def test_falls_back_to_search_where_v2_query_is_missing_and_asks_for_it_once(
    core: RestCore, play: Any, ok: Any
) -> None:
    rows = [order(3, status=8), order(4, status=3)]
    found, asked = play(core.plan(QueryOrders()), (404, b""), ok(orders=[]), ok(orders=rows))
    assert paths(asked) == ["Order/v2/query", "Order/searchOpen", "Order/search"]
    assert found.asked == NOON + 2 * MS
    assert [o.id for o in found.orders] == [3], "terminal ones were not asked for"
    found, asked = play(core.plan(QueryOrders()), ok(orders=[]), ok(orders=rows))
    assert paths(asked) == ["Order/searchOpen", "Order/search"]
    assert [o.id for o in found.orders] == [3]


def test_a_tag_is_looked_for_in_every_state_where_v2_query_is_missing_too(
    core: RestCore, play: Any, ok: Any
) -> None:
    """An order that was rejected, or is suspended, is found as well as one that works."""
    suspended, rejected = order(3, status=8), order(4, status=5, customTag="f-2")
    found, asked = play(
        core.plan(QueryOrders(since=NOON)),
        (404, b""),
        ok(orders=[order(2)]),
        ok(orders=[suspended]),
        ok(orders=[rejected]),
    )
    assert paths(asked)[1:] == ["Order/searchOpen", "Order/search", "Order/search"]
    assert [one.id for one in found.orders] == [2, 3, 4]
    assert {one.tag for one in found.orders} == {"f-1-SL", "f-2"}
    assert found.since == NOON


@pytest.mark.parametrize("fallback", [False, True])
def test_urgent_reads_may_use_the_reserve_and_routine_ones_may_not(
    core: RestCore, play: Any, ok: Any, fallback: bool
) -> None:
    rows = [(404, b""), ok(orders=[]), ok(orders=[])] if fallback else [ok(orders=[])]
    for urgent, lane in ((True, Lane.URGENT), (False, Lane.LOOKUP)):
        _, asked = play(core.plan(QueryOrders(NOON, urgent)), *rows, ok(orders=[]))
        _, more = play(core.plan(QueryPositions(urgent)), ok(positions=[]))
        more += play(core.plan(QueryFills(NOON, urgent)), ok(trades=[]))[1]
        assert {request.lane for request in asked + more} == {lane}
        rows = rows[1:] if fallback else rows


def test_a_failed_read_says_whether_it_was_urgent(core: RestCore, play: Any) -> None:
    for request in (
        QueryOrders(urgent=True),
        QueryPositions(urgent=True),
        QueryFills(NOON, urgent=True),
    ):
        assert play(core.plan(request), (500, b""))[0].urgent
    for routine in (QueryOrders(), QueryPositions(), QueryFills(NOON), QueryAccount()):
        assert not play(core.plan(routine), (500, b""))[0].urgent


def test_a_short_page_is_asked_for_again_whole(core: RestCore, play: Any, ok: Any) -> None:
    found, asked = play(
        core.plan(QueryOrders()),
        ok(orders=[order(1)], totalCount=2),
        ok(orders=[order(1), order(2)], totalCount=2),
    )
    assert json.loads(asked[1].body)["pageSize"] == 2
    assert len(found.orders) == 2
    failed, _ = play(
        core.plan(QueryOrders()),
        ok(orders=[order(1)], totalCount=2),
        ok(orders=[order(1)], totalCount=2),
    )
    assert failed.code == "incomplete"


@pytest.mark.parametrize(
    "changed",
    [
        {"side": "absent"},
        {"side": None},
        {"side": 2},
        {"side": "Buy"},
        {"type": 0},
        {"type": 9},
        {"type": "absent"},
        {"status": 0},
        {"status": 9},
        {"status": "absent"},
        {"id": "absent"},
        {"size": -1},
        {"stopPrice": 6796.2},
        {"stopPrice": "NaN"},
        {"creationTimestamp": "yesterday"},
    ],
    ids=str,
)
def test_an_order_that_is_not_understood_fails_the_read(
    core: RestCore, play: Any, ok: Any, changed: dict[str, object]
) -> None:
    failed, _ = play(core.plan(QueryOrders()), ok(orders=[order(2, **changed)]))
    assert isinstance(failed, QueryFailed)
    assert (failed.query, failed.code) == ("QueryOrders", "unreadable")


def test_ids_as_text_and_order_id_for_id(core: RestCore, play: Any, ok: Any) -> None:
    rows = [order(0, id="3400000001", accountId=str(ACCOUNT)), order(0, id="absent", orderId=5)]
    found, _ = play(core.plan(QueryOrders()), ok(orders=rows))
    assert [o.id for o in found.orders] == [3400000001, 5]


def test_another_accounts_rows_are_not_ours(core: RestCore, play: Any, ok: Any) -> None:
    found, _ = play(core.plan(QueryOrders()), ok(orders=[order(1, accountId=7)]))
    assert found.orders == ()


@pytest.mark.parametrize("stated", [{"orders": None}, {}], ids=["null", "absent"])
def test_a_list_that_is_not_stated_is_not_an_empty_one(
    core: RestCore, play: Any, ok: Any, stated: dict[str, None]
) -> None:
    failed, _ = play(core.plan(QueryOrders()), ok(**stated))
    assert failed.code == "not_stated"


def test_positions_are_signed_and_averages_finer_than_a_tick(
    core: RestCore, play: Any, ok: Any
) -> None:
    def row(**changed: object) -> dict[str, object]:
        base = {"id": 1, "accountId": ACCOUNT, "contractId": MES, "type": 1, "size": 2}
        return {**base, "averagePrice": 6801.333333333, **changed}

    found, _ = play(core.plan(QueryPositions()), ok(positions=[row()]))
    assert (found.positions[0].size, found.positions[0].average) == (2, 272_053_333)
    found, _ = play(core.plan(QueryPositions()), ok(positions=[row(type=2)]))
    assert found.positions[0].size == -2
    found, _ = play(core.plan(QueryPositions()), ok(positions=[row(type=0, size=0)]))
    assert found.positions == ()
    for nonsense in ({"type": 0}, {"size": -1}, {"averagePrice": None}, {"type": 3}):
        failed, _ = play(core.plan(QueryPositions()), ok(positions=[row(**nonsense)]))
        assert failed.code == "unreadable", nonsense


def test_another_account_s_positions_and_fills_are_not_ours(
    core: RestCore, play: Any, ok: Any
) -> None:
    """A login may see several."""
    held = {"contractId": MES, "type": 1, "size": 2, "averagePrice": 6801.25}
    rows = [{**held, "accountId": 7}, {**held, "accountId": ACCOUNT, "size": 1}]
    found, _ = play(core.plan(QueryPositions()), ok(positions=rows))
    assert [position.size for position in found.positions] == [1]
    trade = {
        "id": 1,
        "contractId": MES,
        "orderId": 5,
        "side": 1,
        "size": 2,
        "price": 6801.25,
        "creationTimestamp": "2026-11-20T12:00:01+00:00",
        "fees": 0.72,
        "voided": False,
    }
    rows = [{**trade, "accountId": 7}, {**trade, "id": 2, "accountId": ACCOUNT}]
    found, _ = play(core.plan(QueryFills(NOON)), ok(trades=rows))
    assert [fill.id for fill in found.fills] == [2]


def test_a_position_in_a_contract_nobody_configured_is_looked_up(
    core: RestCore, play: Any, ok: Any
) -> None:
    row = {"accountId": ACCOUNT, "contractId": "CON.F.US.MCLE.Z26", "type": 1, "size": 1}
    contract = {
        "id": "CON.F.US.MCLE.Z26",
        "name": "MCLZ6",
        "tickSize": 0.01,
        "tickValue": 1.0,
        "activeContract": False,
    }
    found, asked = play(
        core.plan(QueryPositions()),
        ok(positions=[{**row, "averagePrice": 61.5}]),
        ok(contract=contract),
    )
    assert paths(asked)[1] == "Contract/searchById"
    assert found.positions[0].average == 61_500_000
    again, asked = play(core.plan(QueryPositions()), ok(positions=[{**row, "averagePrice": 61.5}]))
    assert len(asked) == 1
    assert again.positions == found.positions


def test_fees_include_commissions_and_open_fills_have_no_profit(
    core: RestCore, play: Any, ok: Any
) -> None:
    row = {
        "id": 61200455,
        "accountId": ACCOUNT,
        "contractId": MES,
        "creationTimestamp": "2026-11-20T12:00:01+00:00",
        "price": 6811.25,
        "profitAndLoss": 100.0,
        "fees": 0.72,
        "commissions": 0.5,
        "side": 1,
        "size": 2,
        "voided": False,
        "orderId": 7700124503,
    }
    opening = {**row, "id": 1, "profitAndLoss": None, "creationTimestamp": "2026-11-20T12:00:00Z"}
    found, asked = play(core.plan(QueryFills(NOON)), ok(trades=[row, opening]))
    assert json.loads(asked[0].body)["startTimestamp"] == "2026-11-20T12:00:00.000000Z"
    first, last = found.fills
    assert (first.id, first.pnl) == (1, None)
    assert (last.pnl, last.fees, last.price) == (1_000_000, 12_200, 27245)
    assert last.stamp == NOON + SECOND


def test_a_locked_account_is_still_reported(core: RestCore, play: Any, ok: Any) -> None:
    row = {"id": ACCOUNT, "name": "PRAC", "balance": 49_987.654321, "canTrade": False}
    event, asked = play(core.plan(QueryAccount()), ok(accounts=[row]))
    assert json.loads(asked[0].body) == {"onlyActiveAccounts": False}
    assert (event.account.balance, event.account.can_trade) == (499_876_543, False)
    failed, _ = play(core.plan(QueryAccount()), ok(accounts=[{**row, "id": 1}]))
    assert failed.code == "account_not_found"


def bar(second: int, **changed: object) -> dict[str, object]:
    stamp = f"2026-11-20T11:59:{second:02d}"
    return {"t": stamp, "o": 6800.5, "h": 6801.75, "l": 6800.25, "c": 6801.25, "v": 412, **changed}


def test_bars_come_oldest_first_without_duplicates_or_the_forming_one(
    core: RestCore, play: Any, ok: Any
) -> None:
    rows = [bar(59), bar(58), bar(57), bar(58), {**bar(0), "t": "2026-11-20T12:00:00Z"}]
    query = QueryBars(MES, 1, NOON - 300 * SECOND, NOON, 300)
    found, asked = play(core.plan(query), ok(bars=rows))
    starts = [b.start for b in found.bars]
    assert starts == [NOON - 3 * SECOND, NOON - 2 * SECOND, NOON - SECOND]
    assert found.bars[0].end == found.bars[1].start
    assert (found.bars[0].open, found.bars[0].high, found.bars[0].volume) == (27202, 27207, 412)
    assert json.loads(asked[0].body) == {
        "contractId": MES,
        "live": False,
        "startTime": "2026-11-20T11:55:00.000000Z",
        "endTime": "2026-11-20T12:00:00.000000Z",
        "unit": 1,
        "unitNumber": 1,
        "limit": 300,
        "includePartialBar": False,
    }


@pytest.mark.parametrize(
    ("seconds", "unit", "number"),
    [(5, 1, 5), (60, 2, 1), (300, 2, 5), (3600, 3, 1), (86_400, 4, 1), (90, 1, 90)],
)
def test_bar_widths_use_the_largest_unit(
    core: RestCore, play: Any, ok: Any, seconds: int, unit: int, number: int
) -> None:
    _, asked = play(core.plan(QueryBars(MES, seconds, NOON, NOON, 9)), ok(bars=[]))
    said = json.loads(asked[0].body)
    assert (said["unit"], said["unitNumber"]) == (unit, number)


def test_bars_that_contradict_themselves_are_not_believed(
    core: RestCore, play: Any, ok: Any
) -> None:
    for nonsense in ({"h": 6800.25}, {"l": 6801.0}, {"v": -1}, {"c": 6801.3}):
        query = QueryBars(MES, 1, NOON, NOON, 9)
        failed, _ = play(core.plan(query), ok(bars=[bar(1, **nonsense)]))
        assert (failed.query, failed.code) == ("QueryBars", "unreadable"), nonsense


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ((500, b""), "http_500"),
        ((200, b"[]"), "unreadable"),
        ((200, {"success": True, "errorCode": 1}), "mismatch"),
        ((200, {"success": False, "errorCode": 1}), "account_not_found"),
        (TransportFailure(FailureKind.TIMED_OUT, "late", 0), "timed_out"),
    ],
)
def test_a_failed_read_says_why(core: RestCore, play: Any, reply: Any, code: str) -> None:
    failed, _ = play(core.plan(QueryPositions()), reply)
    assert (failed.query, failed.code) == ("QueryPositions", code)
