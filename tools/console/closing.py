"""Closing part of a position: one request, never sent twice (gateway.md 3.10)."""

from enum import IntEnum

import msgspec

from gateway.access import Access
from gateway.exchange import Plan
from gateway.limiter import Lane
from gateway.reading import Envelope, Verdict, judged
from messages.order import Outcome


class PartialCode(IntEnum):
    SUCCESS = 0
    ACCOUNT_NOT_FOUND = 1
    POSITION_NOT_FOUND = 2
    CONTRACT_NOT_FOUND = 3
    CONTRACT_NOT_ACTIVE = 4
    INVALID_CLOSE_SIZE = 5
    ORDER_REJECTED = 6
    ORDER_PENDING = 7
    UNKNOWN_ERROR = 8
    ACCOUNT_REJECTED = 9


_UNDECIDED = (PartialCode.ORDER_PENDING, PartialCode.UNKNOWN_ERROR)
PLAIN = msgspec.json.Decoder(Envelope, strict=False)


def closing(access: Access, account: int, contract: str, size: int) -> Plan[Verdict]:
    """Never raises: a doubt is an outcome."""
    body = {"accountId": account, "contractId": contract, "size": size}
    reply = yield access.request("/api/Position/partialCloseContract", body, Lane.EXIT)
    return decided(judged(reply, PLAIN, PartialCode))


def decided(verdict: Verdict) -> Verdict:
    """The gateway's tables of what a code proves do not hold this endpoint's codes."""
    answer = verdict.envelope
    if answer is None or answer.success or answer.error_code not in tuple(PartialCode):
        return verdict
    proven = answer.error_code and answer.error_code not in _UNDECIDED
    return msgspec.structs.replace(verdict, outcome=Outcome.REFUSED) if proven else verdict
