"""Bars of the past (gateway.md 9)."""

import msgspec

from gateway.access import Access
from gateway.codes import BarsCode
from gateway.contracts import Instruments
from gateway.exchange import Plan
from gateway.limiter import Lane
from gateway.queries import stated
from gateway.reading import Envelope
from gateway.times import iso
from gateway.translation import bar
from gateway.wire import BarRow, BarUnit
from messages.base import Nanos
from messages.market import Bar, BarsFound, QueryBars

MOST = 20_000
"""The venue silently cuts longer answers."""
PAGE = 1_000
"""Below this many bars an answer was cut by nobody: the smallest cap that anybody has reported."""


class _BarsAnswer(Envelope, frozen=True):
    bars: list[BarRow] | None = None


_BARS = msgspec.json.Decoder(_BarsAnswer, strict=False)


class History:
    """The plans raise ReadFailed and WireError."""

    def __init__(self, access: Access, instruments: Instruments) -> None:
        self._access = access
        self._instruments = instruments

    def bars(self, request: QueryBars) -> Plan[BarsFound]:
        """Bars that were closed when the request left, oldest first; simulated tier, as all but
        live accounts use.

        A long answer may have been cut, and no count says so: older bars are asked for until there
        are none, or enough.
        """
        page, asked = yield from self._page(request, request.end)
        found = dict(page)
        while len(page) >= PAGE and len(found) < request.limit:
            page, _ = yield from self._page(request, min(found))
            older = {start: one for start, one in page.items() if start not in found}
            if not older:
                break
            found |= older
        newest = tuple(found[start] for start in sorted(found))[-request.limit :]
        return BarsFound(request.contract, request.seconds, newest, asked, request.start)

    def _page(self, request: QueryBars, until: Nanos) -> Plan[tuple[dict[Nanos, Bar], Nanos]]:
        """One answer, and when it was asked for."""
        traded = self._instruments[request.contract]
        answer, asked = yield from self._access.read(
            "/api/History/retrieveBars", _body(request, until), Lane.BARS, _BARS, BarsCode
        )
        bars = (bar(row, traded, request.seconds) for row in stated(answer.bars))
        return {one.start: one for one in bars if one.end <= asked}, asked


_UNITS = (
    (604_800, BarUnit.WEEK),
    (86_400, BarUnit.DAY),
    (3_600, BarUnit.HOUR),
    (60, BarUnit.MINUTE),
    (1, BarUnit.SECOND),
)


def _body(request: QueryBars, until: Nanos) -> dict[str, object]:
    width, unit = next((width, unit) for width, unit in _UNITS if request.seconds % width == 0)
    return {
        "contractId": request.contract,
        "live": False,
        "startTime": iso(request.start),
        "endTime": iso(until),
        "unit": unit,
        "unitNumber": request.seconds // width,
        "limit": min(request.limit, MOST),
        "includePartialBar": False,
    }
