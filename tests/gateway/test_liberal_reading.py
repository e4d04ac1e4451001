"""What a client must put up with, and what it must not: gateway.md, the remarks for the client."""

import json
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access import Access
from gateway.contracts import instrument
from gateway.exchange import FailureKind, HttpReply, TransportFailure
from gateway.history import MOST
from gateway.rest import RestCore
from gateway.times import nanos
from gateway.wire import ContractRow, WireError
from messages.base import SECOND
from messages.hub import RenewToken, TokenRenewed
from messages.market import QueryBars
from messages.order import QueryFills, QueryOrders
from messages.position import QueryAccount, QueryPositions
from tests.gateway.test_queries import bar, order
from tools.simulator.contracts import PRODUCTS

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48120077
NOON = 1_795_176_000 * SECOND
READS = [
    (QueryOrders(), "orders"),
    (QueryPositions(), "positions"),
    (QueryFills(NOON), "trades"),
    (QueryAccount(), "accounts"),
    (QueryBars(MES, 1, NOON, NOON, 9), "bars"),
]

# Envelopes (3.1)


@pytest.mark.parametrize(("request_", "key"), READS, ids=[key for _, key in READS])
@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"success": True, "errorCode": 0}, "not_stated"),
        ({"success": True, "errorCode": 0, "KEY": None}, "not_stated"),
        ({"success": True, "errorCode": 5, "KEY": []}, "mismatch"),
        ({"success": False, "errorCode": 0, "KEY": []}, "mismatch"),
        ({"success": False, "errorCode": 77, "KEY": []}, "code_77"),
        ({"success": True, "KEY": []}, "unreadable"),
        ({"errorCode": 0, "KEY": []}, "unreadable"),
        ({"success": True, "errorCode": 0, "KEY": {}}, "unreadable"),
    ],
    ids=str,
)
def test_no_list_is_believed_that_was_not_stated_in_a_whole_envelope(
    core: RestCore, play: Any, request_: Any, key: str, said: dict[str, Any], code: str
) -> None:
    body = {key if name == "KEY" else name: value for name, value in said.items()}
    assert play(core.plan(request_), (200, body))[0].code == code


@pytest.mark.parametrize(("request_", "key"), READS[:3], ids=[key for _, key in READS[:3]])
def test_a_stated_empty_list_is_an_answer(
    core: RestCore, play: Any, ok: Any, request_: Any, key: str
) -> None:
    found, _ = play(core.plan(request_), ok(**{key: []}))
    assert getattr(found, {"trades": "fills"}.get(key, key)) == ()


@pytest.mark.parametrize("status", [201, 204, 302, 400, 403, 404, 429, 500, 503])
def test_whatever_is_not_200_is_no_answer(core: RestCore, play: Any, ok: Any, status: int) -> None:
    _, body = ok(positions=[])
    failed, _ = play(core.plan(QueryPositions()), (status, body))
    assert failed.code == f"http_{status}"


# Tokens (2.1)


@pytest.mark.parametrize(
    "answer",
    [
        (401, b""),
        (500, b""),
        (200, b"<html>"),
        (200, {"newToken": "t2", "success": True, "errorCode": 3}),
        (200, {"newToken": None, "success": False, "errorCode": 3}),
        TransportFailure(FailureKind.TIMED_OUT, "late", NOON),
    ],
    ids=str,
)
def test_any_failure_of_a_validation_leads_to_a_login(
    core: RestCore, access: Access, play: Any, ok: Any, answer: Any
) -> None:
    renewed, asked = play(core.plan(RenewToken()), answer, ok(token="by-key"))
    assert isinstance(renewed, TokenRenewed)
    assert asked[-1].path == "/api/Auth/loginKey"
    assert access.token is not None
    assert access.token.text == "by-key"


# Numbers, ids, enums (3.1, 4)


@pytest.mark.parametrize("name", ["side", "type", "status"])
@pytest.mark.parametrize("value", ["Bid", "Open", "Limit", "", 99, -1, 1.5, True, None, [1]])
def test_an_enum_that_is_not_understood_is_an_error_never_a_default(
    core: RestCore, play: Any, ok: Any, name: str, value: object
) -> None:
    failed, _ = play(core.plan(QueryOrders()), ok(orders=[order(1, **{name: value})]))
    assert failed.code == "unreadable"


def test_a_trades_side_and_a_positions_type_have_no_default_either(
    core: RestCore, play: Any, ok: Any
) -> None:
    trade = {
        "id": 1, "orderId": 2, "accountId": ACCOUNT, "contractId": MES, "price": 6800.0,
        "fees": 0, "size": 1, "creationTimestamp": "2026-11-20T12:00:00Z", "side": 0,
    }  # fmt: skip
    held = {
        "accountId": ACCOUNT, "contractId": MES, "size": 1, "averagePrice": 6800, "type": 1,
    }  # fmt: skip
    assert play(core.plan(QueryFills(NOON)), ok(trades=[trade]))[0].fills
    assert play(core.plan(QueryPositions()), ok(positions=[held]))[0].positions
    del trade["side"], held["type"]
    assert play(core.plan(QueryFills(NOON)), ok(trades=[trade]))[0].code == "unreadable"
    assert play(core.plan(QueryPositions()), ok(positions=[held]))[0].code == "unreadable"


def test_numbers_may_come_as_text(core: RestCore, play: Any, ok: Any) -> None:
    changed = {"id": "3400000002", "parentOrderId": "3400000001", "linkedOrderId": "3400000003"}
    numbers = {"status": "1", "type": "4", "side": "1", "size": "2", "stopPrice": "6796.25"}
    found, _ = play(core.plan(QueryOrders()), ok(orders=[order(0, **changed, **numbers)]))
    plain = order(3400000002, parentOrderId=3400000001, linkedOrderId=3400000003)
    assert found.orders == play(core.plan(QueryOrders()), ok(orders=[plain]))[0].orders


@pytest.mark.parametrize(
    "price", [b"6796.25", b"6796.250000000", b"6.79625e3", b"67962.5E-1", b"0.679625E+4"]
)
def test_prices_are_read_exactly_however_they_are_written(
    core: RestCore, play: Any, ok: Any, price: bytes
) -> None:
    _, body = ok(orders=[order(1, stopPrice="PRICE")])
    data = json.dumps(body).encode().replace(b'"PRICE"', price)
    found, _ = play(core.plan(QueryOrders()), HttpReply(200, data, NOON, NOON))
    assert found.orders[0].stop == 27185


def test_amounts_are_exact_where_a_float_is_not(core: RestCore, play: Any, ok: Any) -> None:
    _, body = ok(accounts=[{"id": ACCOUNT, "name": "P", "balance": "B", "canTrade": True}])
    data = json.dumps(body).encode().replace(b'"B"', b"90071992547409.9301")
    event, _ = play(core.plan(QueryAccount()), HttpReply(200, data, NOON, NOON))
    assert event.account.balance == 900_719_925_474_099_301


@pytest.mark.parametrize("absent", ["simulated", "isVisible"])
def test_an_account_may_lack_what_is_not_needed(
    core: RestCore, play: Any, ok: Any, absent: str
) -> None:
    row = {
        "id": ACCOUNT, "name": "P", "balance": 1, "canTrade": True, "isVisible": True,
        "simulated": True,
    }  # fmt: skip
    del row[absent]
    assert play(core.plan(QueryAccount()), ok(accounts=[row]))[0].account.can_trade


# Times (3.1)


@given(st.integers(1, 7), st.data(), st.sampled_from(["", "Z", "+00:00"]))
def test_one_to_seven_digits_with_or_without_a_zone(digits: int, data: Any, zone: str) -> None:
    fraction = data.draw(st.text("0123456789", min_size=digits, max_size=digits))
    at = nanos(f"2026-11-20T12:00:00.{fraction}{zone}")
    assert at == NOON + int(Decimal(f"0.{fraction}") * SECOND)


# Orders (3.9)


def test_the_order_of_rows_means_nothing(core: RestCore, play: Any, ok: Any) -> None:
    rows = [order(1), order(2, status=8, stopPrice=None), order(3, status=6, type=2)]
    for way in permutations(rows):
        for lacking in (False, True):
            replies = [(404, b"")] if lacking and not core_lacks(core) else []
            replies += [ok(orders=list(way))] * (2 if core_lacks(core) or lacking else 1)
            found, _ = play(core.plan(QueryOrders()), *replies)
            assert sorted(o.id for o in found.orders) == [1, 2, 3]


def core_lacks(core: RestCore) -> bool:
    """Whether it has learnt by now that there is no v2/query."""
    request = next(core.plan(QueryOrders()))
    return request.path.endswith("searchOpen")


def test_fields_of_later_versions_are_ignored_and_early_ones_may_be_absent(
    core: RestCore, play: Any, ok: Any
) -> None:
    names = "symbolId updateTimestamp limitPrice stopPrice fillVolume filledPrice customTag"
    sparse = dict.fromkeys([*names.split(), "parentOrderId", "linkedOrderId"], "absent")
    found, _ = play(core.plan(QueryOrders()), ok(orders=[order(1, **sparse)]))
    (known,) = found.orders
    assert (known.filled, known.stop, known.tag, known.parent) == (0, None, None, None)


# Contracts (3.4, 8)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.root)
def test_the_steps_of_a_contract_are_compared_with_the_published_ones(product: Any) -> None:
    row = ContractRow(
        f"CON.F.US.{product.root}.Z26", "X", product.tick_size, product.tick_value, True
    )
    assert Decimal(instrument(row).tick_size) == product.tick_size
    for wrong in (
        ContractRow(row.id, "X", product.tick_size * 2, product.tick_value, True),
        ContractRow(row.id, "X", product.tick_size, product.tick_value * 10, True),
    ):
        with pytest.raises(WireError, match="is known"):
            instrument(wrong)


# Bars (9)


def bars_at(seconds: Any) -> list[dict[str, object]]:
    """Bars that open so many seconds before noon."""
    rows = []
    for before in seconds:
        hour, rest = divmod(12 * 3600 - before, 3600)
        rows.append({**bar(0), "t": f"2026-11-20T{hour:02d}:{rest // 60:02d}:{rest % 60:02d}Z"})
    return rows


def test_a_cut_answer_is_continued_backwards_until_a_page_adds_nothing(
    core: RestCore, play: Any, ok: Any
) -> None:
    query = QueryBars(MES, 1, NOON - 9_000 * SECOND, NOON, 5_000)
    pages = [range(1, 1_001), range(1_000, 2_000), range(1_999, 2_999), [2_998]]
    found, asked = play(core.plan(query), *[ok(bars=bars_at(page)) for page in pages])
    assert [b.start for b in found.bars] == [NOON - s * SECOND for s in range(2_998, 0, -1)]
    ends = [json.loads(request.body)["endTime"] for request in asked]
    assert ends == [
        "2026-11-20T12:00:00.000000Z",
        "2026-11-20T11:43:20.000000Z",
        "2026-11-20T11:26:41.000000Z",
        "2026-11-20T11:10:02.000000Z",
    ]


def test_it_is_not_continued_where_enough_is_there_or_nobody_cut(
    core: RestCore, play: Any, ok: Any
) -> None:
    enough = QueryBars(MES, 1, NOON - 9_000 * SECOND, NOON, 1_500)
    found, _ = play(core.plan(enough), ok(bars=bars_at(range(1, 1_501))))
    assert len(found.bars) == 1_500
    few = QueryBars(MES, 1, NOON - 9_000 * SECOND, NOON, 20)
    assert len(play(core.plan(few), ok(bars=bars_at(range(1, 8))))[0].bars) == 7


def test_no_more_bars_are_asked_for_at_once_than_the_venue_gives(
    core: RestCore, play: Any, ok: Any
) -> None:
    query = QueryBars(MES, 1, 0, NOON, 50_000)
    _, asked = play(core.plan(query), ok(bars=[]))
    assert json.loads(asked[0].body)["limit"] == MOST == 20_000


def test_no_bar_is_believed_that_was_still_forming_when_it_was_asked_for(
    core: RestCore, play: Any, ok: Any
) -> None:
    """A minute's bar of 11:59 has closed at noon, when the question leaves, and 12:00's has not."""
    rows = [{**bar(0), "t": "2026-11-20T12:00:00Z"}, {**bar(0), "t": "2026-11-20T11:59:00Z"}]
    found, _ = play(core.plan(QueryBars(MES, 60, 0, NOON, 9)), ok(bars=rows))
    assert [b.start for b in found.bars] == [NOON - 60 * SECOND]
