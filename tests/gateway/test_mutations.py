"""Placing, cancelling and closing: what goes on the wire, and what an answer proves."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.exchange import FailureKind, HttpRequest, TransportFailure
from gateway.limiter import Lane
from gateway.rest import RestCore
from messages.market import Side
from messages.order import (
    CancelOrder,
    CloseContract,
    ModifyOrder,
    OrderType,
    Outcome,
    PlaceOrder,
    PlaceResult,
    Purpose,
)

MES = "CON.F.US.MES.Z26"
ENTRY = PlaceOrder(MES, "f-1", Purpose.ENTRY, OrderType.MARKET, Side.BUY, 2, None, None, -20, 40)
REQUESTS = [ENTRY, CancelOrder(MES, 5), ModifyOrder(MES, 5, 2), CloseContract(MES)]


def body(request: HttpRequest) -> Any:
    return json.loads(request.body)


def test_a_bracketed_entry_on_the_wire(core: RestCore, play: Any, ok: Any) -> None:
    result, asked = play(core.plan(ENTRY), ok(orderId=7700124501))
    assert asked[0].path == "/api/Order/place"
    assert asked[0].headers()["Authorization"] == "Bearer token-1"
    assert not asked[0].repeatable
    assert body(asked[0]) == {
        "accountId": 48120077,
        "contractId": MES,
        "type": 2,
        "side": 0,
        "size": 2,
        "customTag": "f-1",
        "stopLossBracket": {"ticks": -20, "type": 4},
        "takeProfitBracket": {"ticks": 40, "type": 1},
    }
    assert result == PlaceResult(
        MES, "f-1", Purpose.ENTRY, Outcome.ACCEPTED, 7700124501, "success", ""
    )


def test_prices_are_exact_numbers_not_text(core: RestCore, play: Any, ok: Any) -> None:
    stop = PlaceOrder(MES, "f-2", Purpose.STOP, OrderType.STOP, Side.SELL, 1, stop=27205)
    _, asked = play(core.plan(stop), ok(orderId=1))
    assert b'"stopPrice":6801.25' in asked[0].body
    assert body(asked[0])["side"] == 1
    limit = PlaceOrder(MES, "f-3", Purpose.ENTRY, OrderType.LIMIT, Side.BUY, 1, limit=27207)
    _, asked = play(core.plan(limit), ok(orderId=1))
    assert b'"limitPrice":6801.75' in asked[0].body


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: type(r).__name__)
def test_nothing_that_changes_the_account_may_be_sent_again(
    request_: Any, core: RestCore, play: Any, ok: Any
) -> None:
    _, asked = play(core.plan(request_), ok(orderId=1))
    assert [each.repeatable for each in asked] == [False]


@pytest.mark.parametrize(("side", "stop"), [(Side.BUY, -4), (Side.SELL, 4)])
def test_the_nearest_stop_that_the_venue_takes_is_sent(
    side: Side, stop: int, core: RestCore, play: Any, ok: Any
) -> None:
    order = PlaceOrder(MES, "t", Purpose.ENTRY, OrderType.MARKET, side, 1, None, None, stop)
    result, _ = play(core.plan(order), ok(orderId=1))
    assert result.outcome is Outcome.ACCEPTED


def test_a_protective_stop_and_every_exit_may_use_the_reserve(
    core: RestCore, play: Any, ok: Any
) -> None:
    stop = PlaceOrder(MES, "s", Purpose.STOP, OrderType.STOP, Side.SELL, 1, stop=27205)
    lanes = []
    for request in (ENTRY, stop, *REQUESTS[1:]):
        _, asked = play(core.plan(request), ok(orderId=1))
        lanes.append(asked[0].lane)
    assert lanes == [Lane.ENTRY, *[Lane.EXIT] * 4]


@pytest.mark.parametrize(
    "order",
    [
        PlaceOrder(MES, "t", Purpose.ENTRY, OrderType.MARKET, Side.BUY, 1, None, None, 20, 40),
        PlaceOrder(MES, "t", Purpose.ENTRY, OrderType.MARKET, Side.SELL, 1, None, None, -20, -40),
        PlaceOrder(MES, "t", Purpose.ENTRY, OrderType.MARKET, Side.BUY, 1, None, None, -3, 40),
        PlaceOrder(MES, "t", Purpose.ENTRY, OrderType.MARKET, Side.SELL, 1, None, None, 20, 40),
        PlaceOrder(MES, "t", Purpose.ENTRY, OrderType.MARKET, Side.BUY, 0),
        PlaceOrder(MES, "t", Purpose.ENTRY, OrderType.LIMIT, Side.BUY, 1),
        PlaceOrder(MES, "t", Purpose.ENTRY, OrderType.MARKET, Side.BUY, 1, limit=4),
        PlaceOrder(MES, "t", Purpose.ENTRY, OrderType.STOP_LIMIT, Side.BUY, 1, limit=4, stop=5),
        PlaceOrder(MES, "t", Purpose.STOP, OrderType.TRAILING_STOP, Side.BUY, 1, stop=5),
        PlaceOrder("CON.F.US.EP.Z26", "t", Purpose.ENTRY, OrderType.MARKET, Side.BUY, 1),
    ],
)
def test_what_the_venue_would_refuse_is_refused_unsent(
    core: RestCore, play: Any, order: PlaceOrder
) -> None:
    result, asked = play(core.plan(order))
    assert (result.outcome, result.code, asked) == (Outcome.REFUSED, "invalid", [])


def test_a_rejected_order_keeps_its_id(core: RestCore, play: Any, refusal: Any) -> None:
    result, _ = play(core.plan(ENTRY), refusal(2, "Invalid symbol", orderId=7700124502))
    assert (result.outcome, result.order, result.code, result.message) == (
        Outcome.REFUSED,
        7700124502,
        "order_rejected",
        "Invalid symbol",
    )


POSITION_BRACKETS = (
    "Brackets cannot be used with Position Brackets. You must enable Auto OCO Brackets."
)
CLOSED = "Trading is currently unavailable. The instrument is not in an active trading status."


@pytest.mark.parametrize(
    ("code", "text", "name"),
    [
        (1, None, "account_not_found"),
        (2, POSITION_BRACKETS, "position_brackets"),
        (2, CLOSED, "market_closed"),
        (5, None, "market_closed"),
        (2, "Custom tag already in use", "duplicate_tag"),
        (2, "Not enough margin.", "insufficient_funds"),
        (3, None, "insufficient_funds"),
        (4, None, "account_violation"),
        (8, None, "contract_not_found"),
        (9, None, "contract_not_active"),
        (10, None, "account_rejected"),
    ],
)
def test_definite_refusals_of_a_place(
    core: RestCore, play: Any, refusal: Any, code: int, text: str | None, name: str
) -> None:
    result, _ = play(core.plan(ENTRY), refusal(code, text))
    assert (result.outcome, result.code) == (Outcome.REFUSED, name)


FAILURES: list[tuple[Any, str]] = [
    ((500, b"oops"), "http_500"),
    ((502, b""), "http_502"),
    ((429, b""), "http_429"),
    ((401, b""), "http_401"),
    ((302, b""), "http_302"),
    ((204, b""), "http_204"),
    ((200, b""), "unreadable"),
    ((200, b"<html>"), "unreadable"),
    ((200, {"success": True}), "unreadable"),
    ((200, {"success": True, "errorCode": 3}), "mismatch"),
    ((200, {"success": False, "errorCode": 0}), "mismatch"),
    ((200, {"success": False, "errorCode": 99}), "code_99"),
    (TransportFailure(FailureKind.TIMED_OUT, "", 0), "timed_out"),
    (TransportFailure(FailureKind.CONNECTION_LOST, "", 0), "connection_lost"),
]
REQUESTS = [ENTRY, CancelOrder(MES, 5), ModifyOrder(MES, 5, 2), CloseContract(MES)]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: type(r).__name__)
@pytest.mark.parametrize(("reply", "code"), FAILURES, ids=[code for _, code in FAILURES])
def test_whatever_leaves_a_doubt_is_unknown_and_not_repeated(
    core: RestCore, play: Any, request_: Any, reply: Any, code: str
) -> None:
    result, asked = play(core.plan(request_), reply)
    assert (result.outcome, result.code) == (Outcome.UNKNOWN, code)
    assert len(asked) == 1


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: type(r).__name__)
@pytest.mark.parametrize("kind", [FailureKind.NOT_SENT, FailureKind.NO_BUDGET])
def test_what_provably_never_left_is_refused(
    core: RestCore, play: Any, request_: Any, kind: FailureKind
) -> None:
    result, _ = play(core.plan(request_), TransportFailure(kind, "why", 0))
    assert (result.outcome, result.code, result.message) == (Outcome.REFUSED, kind.value, "why")


@pytest.mark.parametrize(
    ("request_", "unknown", "refused"),
    [
        (ENTRY, {6, 7}, {1, 2, 3, 4, 5, 8, 9, 10}),
        (CancelOrder(MES, 5), {4, 5}, {1, 2, 3, 6}),
        (ModifyOrder(MES, 5, 2), {4, 5}, {1, 2, 3, 6, 7}),
        (CloseContract(MES), {6, 7}, {1, 2, 3, 4, 5, 8}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_pending_and_unknown_errors_prove_nothing(
    core: RestCore,
    play: Any,
    refusal: Callable[[int], Any],
    request_: Any,
    unknown: set[int],
    refused: set[int],
) -> None:
    for code in unknown | refused:
        result, _ = play(core.plan(request_), refusal(code))
        expected = Outcome.UNKNOWN if code in unknown else Outcome.REFUSED
        assert (code, result.outcome) == (code, expected)


def test_acceptance_without_an_id_is_no_proof(core: RestCore, play: Any, ok: Any) -> None:
    result, _ = play(core.plan(ENTRY), ok(orderId=None))
    assert (result.outcome, result.order, result.code) == (Outcome.UNKNOWN, None, "no_order_id")


def test_a_body_that_did_not_bind_is_refused(core: RestCore, play: Any) -> None:
    problem = {"title": "One or more validation errors occurred.", "status": 400}
    result, _ = play(core.plan(ENTRY), (400, problem))
    assert (result.outcome, result.code) == (Outcome.REFUSED, "http_400")
    assert "validation errors" in result.message


def test_a_new_size_on_the_wire_leaves_the_prices_alone(core: RestCore, play: Any, ok: Any) -> None:
    resized, asked = play(core.plan(ModifyOrder(MES, 7700124502, 3)), ok())
    assert asked[0].path == "/api/Order/modify"
    assert body(asked[0]) == {"accountId": 48120077, "orderId": 7700124502, "size": 3}
    assert (resized.order, resized.outcome) == (7700124502, Outcome.ACCEPTED)


def test_cancel_and_close_on_the_wire(core: RestCore, play: Any, ok: Any) -> None:
    cancelled, asked = play(core.plan(CancelOrder(MES, 7700124502)), ok())
    assert asked[0].path == "/api/Order/cancel"
    assert body(asked[0]) == {"accountId": 48120077, "orderId": 7700124502}
    assert (cancelled.order, cancelled.outcome) == (7700124502, Outcome.ACCEPTED)
    closed, asked = play(core.plan(CloseContract(MES)), ok())
    assert asked[0].path == "/api/Position/closeContract"
    assert body(asked[0]) == {"accountId": 48120077, "contractId": MES}
    assert (closed.contract, closed.outcome) == (MES, Outcome.ACCEPTED)
