"""Changing an order: what goes on the wire, and what an answer proves."""

import json
from typing import Any

import pytest

from gateway.access import Access
from gateway.exchange import FailureKind, TransportFailure
from gateway.modification import Modification, modifying
from messages.market import Instrument
from messages.order import Outcome

MES = Instrument("CON.F.US.MES.Z26", "MES", "MESZ6", "0.25", 12_500)


def test_only_what_changes_is_sent_with_absolute_prices(access: Access, play: Any, ok: Any) -> None:
    change = Modification(7700124502, stop=25_503)
    verdict, asked = play(modifying(access, 48120077, MES, change), ok())
    assert verdict.outcome is Outcome.ACCEPTED
    assert asked[0].path == "/api/Order/modify"
    assert not asked[0].repeatable
    body = json.loads(asked[0].body)
    assert body == {"accountId": 48120077, "orderId": 7700124502, "stopPrice": 6375.75}


@pytest.mark.parametrize(
    ("code", "outcome", "name"),
    [
        (2, Outcome.REFUSED, "order_not_found"),
        (3, Outcome.REFUSED, "rejected"),
        (4, Outcome.UNKNOWN, "pending"),
        (5, Outcome.UNKNOWN, "unknown_error"),
        (42, Outcome.UNKNOWN, "code_42"),
    ],
)
def test_what_a_code_proves(
    code: int, outcome: Outcome, name: str, access: Access, play: Any, refusal: Any
) -> None:
    plan = modifying(access, 48120077, MES, Modification(1, size=2))
    verdict, _ = play(plan, refusal(code))
    assert (verdict.outcome, verdict.code) == (outcome, name)


def test_an_answer_that_never_came_is_unknown(access: Access, play: Any) -> None:
    lost = TransportFailure(FailureKind.TIMED_OUT, "no answer within 5 s", 0)
    verdict, _ = play(modifying(access, 48120077, MES, Modification(1, limit=3)), lost)
    assert verdict.outcome is Outcome.UNKNOWN
