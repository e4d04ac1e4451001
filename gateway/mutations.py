"""Orders placed, resized, cancelled, positions closed: one request each, never sent twice
(gateway.md 12.3).
"""

import msgspec

from gateway.access import Access
from gateway.codes import CancelCode, CloseCode, PlaceCode, place_name
from gateway.contracts import Instruments
from gateway.exchange import Plan
from gateway.limiter import Lane
from gateway.modification import Modification, modifying
from gateway.reading import Envelope, Verdict, judged
from gateway.translation import SIDE_NUMBERS, TYPE_NUMBERS
from gateway.wire import WireError, WireType
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    CloseResult,
    ModifyOrder,
    ModifyResult,
    OrderType,
    Outcome,
    PlaceOrder,
    PlaceResult,
    Purpose,
)

LEAST_STOP = 4
"""The venue refuses a bracket stop nearer to the fill than this many ticks (gateway.md 5.2)."""


class _PlaceAnswer(Envelope, frozen=True, rename="camel"):
    order_id: int | None = None


_PLACE = msgspec.json.Decoder(_PlaceAnswer, strict=False)
_PLAIN = msgspec.json.Decoder(Envelope, strict=False)


class Mutations:
    """The plans of one account. None of them raises: a doubt is an outcome."""

    def __init__(self, access: Access, instruments: Instruments, account: int) -> None:
        self._access = access
        self._instruments = instruments
        self._account = account

    def place(self, order: PlaceOrder) -> Plan[PlaceResult]:
        """An order that contradicts the venue's own rules is REFUSED as `invalid` without being
        sent.
        """
        try:
            body = self._written(order)
        except ValueError as problem:
            return _placed(order, Verdict(Outcome.REFUSED, "invalid", str(problem)))
        lane = Lane.EXIT if order.purpose is Purpose.STOP else Lane.ENTRY
        reply = yield self._access.request("/api/Order/place", body, lane)
        return _placed(order, judged(reply, _PLACE, PlaceCode))

    def cancel(self, request: CancelOrder) -> Plan[CancelResult]:
        body = {"accountId": self._account, "orderId": request.order}
        reply = yield self._access.request("/api/Order/cancel", body, Lane.EXIT)
        verdict = judged(reply, _PLAIN, CancelCode)
        return CancelResult(
            request.contract, request.order, verdict.outcome, verdict.code, verdict.message
        )

    def modify(self, request: ModifyOrder) -> Plan[ModifyResult]:
        change = Modification(request.order, request.size)
        instrument = self._instruments[request.contract]
        verdict = yield from modifying(self._access, self._account, instrument, change)
        return ModifyResult(
            request.contract, request.order, verdict.outcome, verdict.code, verdict.message
        )

    def close(self, request: CloseContract) -> Plan[CloseResult]:
        body = {"accountId": self._account, "contractId": request.contract}
        reply = yield self._access.request("/api/Position/closeContract", body, Lane.EXIT)
        verdict = judged(reply, _PLAIN, CloseCode)
        return CloseResult(request.contract, verdict.outcome, verdict.code, verdict.message)

    def _written(self, order: PlaceOrder) -> dict[str, object]:
        _check(order)
        instrument = self._instruments[order.contract]
        body: dict[str, object] = {
            "accountId": self._account,
            "contractId": order.contract,
            "type": TYPE_NUMBERS[order.type],
            "side": SIDE_NUMBERS[order.side],
            "size": order.size,
            "customTag": order.tag,
        }
        if order.limit is not None:
            body["limitPrice"] = instrument.price(order.limit)
        if order.stop is not None:
            body["stopPrice"] = instrument.price(order.stop)
        if order.stop_bracket is not None:
            body["stopLossBracket"] = {"ticks": order.stop_bracket, "type": WireType.STOP}
        if order.target_bracket is not None:
            body["takeProfitBracket"] = {"ticks": order.target_bracket, "type": WireType.LIMIT}
        return body


_PRICES = {
    OrderType.MARKET: (False, False),
    OrderType.LIMIT: (True, False),
    OrderType.STOP: (False, True),
    OrderType.JOIN_BID: (False, False),
    OrderType.JOIN_ASK: (False, False),
}
"""(limit, stop): which prices a type needs. What is not listed is not documented for placement
(gateway.md 3.6).
"""


def _check(order: PlaceOrder) -> None:
    if order.type not in _PRICES:
        raise WireError(f"{order.type.value} orders cannot be placed")
    if (order.limit is not None, order.stop is not None) != _PRICES[order.type]:
        raise WireError(f"{order.type.value} order with limit {order.limit}, stop {order.stop}")
    if order.size <= 0:
        raise WireError(f"size {order.size}")
    if order.stop_bracket is not None and order.stop_bracket * order.side > -LEAST_STOP:
        raise WireError(f"stop bracket {order.stop_bracket:+} ticks for a {order.side.name} entry")
    if order.target_bracket is not None and order.target_bracket * order.side <= 0:
        raise WireError(
            f"target bracket {order.target_bracket:+} ticks for a {order.side.name} entry"
        )


def _placed(order: PlaceOrder, verdict: Verdict) -> PlaceResult:
    """A refused order exists at the venue, with its id (gateway.md 3.6); acceptance without an id
    is no proof.
    """
    answer = verdict.envelope
    number = answer.order_id if isinstance(answer, _PlaceAnswer) else None
    outcome, code = verdict.outcome, verdict.code
    if outcome is Outcome.ACCEPTED and number is None:
        outcome, code = Outcome.UNKNOWN, "no_order_id"
    if outcome is Outcome.REFUSED and answer is not None:
        code = place_name(answer.error_code, verdict.message)
    return PlaceResult(
        order.contract, order.tag, order.purpose, outcome, number, code, verdict.message
    )
