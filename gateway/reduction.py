"""Closing part of a position: one request, never sent twice (gateway.md 3.10)."""

import msgspec

from gateway.access import Access
from gateway.codes import PartialCloseCode
from gateway.exchange import Plan
from gateway.limiter import Lane
from gateway.reading import Envelope, Verdict, judged
from messages.order import Outcome

_PLAIN = msgspec.json.Decoder(Envelope, strict=False)


def reducing(access: Access, account: int, contract: str, size: int) -> Plan[Verdict]:
    """Close `size` contracts of a position at the market; its brackets keep their size.

    Never raises: a doubt is an outcome. A size below one is REFUSED as `invalid` without being
    sent.
    """
    if size < 1:
        return Verdict(Outcome.REFUSED, "invalid", f"size {size}")
    body = {"accountId": account, "contractId": contract, "size": size}
    reply = yield access.request("/api/Position/partialCloseContract", body, Lane.EXIT)
    return judged(reply, _PLAIN, PartialCloseCode)
