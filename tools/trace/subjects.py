"""What a message is about: the order, by tag and number, or the bar."""

from collections.abc import Iterator

import msgspec

from messages.base import Nanos
from tools.trace.lines import Sent


def bar(contract: str, end: Nanos) -> str:
    """The subject of all that was decided on the bar that ended then."""
    return f"{contract}@{end}"


def order(number: int) -> str:
    return str(number)


class _Part(msgspec.Struct, frozen=True):
    """An order, a fill or a bar within a message, as far as it names a subject."""

    id: int | None = None
    order: int | None = None
    tag: str | None = None
    parent: int | None = None
    end: Nanos | None = None


class _Body(msgspec.Struct, frozen=True):
    contract: str = ""
    tag: str | None = None
    order: int | _Part | None = None
    fill: _Part | None = None
    bar: _Part | None = None
    bar_end: Nanos | None = None


_BODY = msgspec.json.Decoder(_Body)
_TYPES = frozenset(
    {
        *("BarClosed", "Features", "Prediction", "NoPrediction", "Signal", "NoSignal"),
        *("Approved", "Denied", "PlaceOrder", "PlaceResult", "CancelOrder", "CancelResult"),
        *("ModifyOrder", "ModifyResult", "StopMoved"),
        *("OrderEvent", "OrderLate", "FillEvent"),
    }
)


def subjects(sent: Sent) -> Iterator[str]:
    """The subjects of one message: an order's tag, its number, its parent's number; a bar."""
    if sent.type not in _TYPES:
        return
    body = _BODY.decode(sent.message)
    if body.tag:
        yield body.tag
    match body.order:
        case int(number):
            yield order(number)
        case _Part(id=int(number), tag=tag, parent=parent):
            yield order(number)
            if tag:
                yield tag
            if parent is not None:
                yield order(parent)
        case _:
            pass
    if body.fill is not None and body.fill.order is not None:
        yield order(body.fill.order)
    end = body.bar.end if body.bar is not None else body.bar_end
    if end is not None:
        yield bar(body.contract, end)
