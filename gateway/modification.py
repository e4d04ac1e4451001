"""Changing a working order: one request, never sent twice (gateway.md 3.7)."""

from collections.abc import Mapping

import msgspec

from gateway.access import Access
from gateway.codes import ModifyCode
from gateway.exchange import Plan
from gateway.limiter import Lane
from gateway.reading import Envelope, Verdict, judged
from messages.base import Ticks
from messages.market import Instrument

_PLAIN = msgspec.json.Decoder(Envelope, strict=False)


class Modification(msgspec.Struct, frozen=True):
    """The new size and prices in ticks of an order; None leaves what is there."""

    order: int
    size: int | None = None
    limit: Ticks | None = None
    stop: Ticks | None = None

    def written(self, instrument: Instrument) -> Mapping[str, object]:
        """Prices are absolute, for bracket legs too; what stays is left out."""
        body: dict[str, object] = {"orderId": self.order}
        if self.size is not None:
            body["size"] = self.size
        if self.limit is not None:
            body["limitPrice"] = instrument.price(self.limit)
        if self.stop is not None:
            body["stopPrice"] = instrument.price(self.stop)
        return body


def modifying(
    access: Access, account: int, instrument: Instrument, change: Modification
) -> Plan[Verdict]:
    """Never raises: a doubt is an outcome. The next reading of the order shows the change."""
    body = {"accountId": account, **change.written(instrument)}
    reply = yield access.request("/api/Order/modify", body, Lane.EXIT)
    return judged(reply, _PLAIN, ModifyCode)
