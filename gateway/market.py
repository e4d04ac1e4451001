"""Market events of the hub, decoded straight to messages (gateway.md 7.5)."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

import msgspec

from gateway.contracts import Instruments
from gateway.shapes import items
from gateway.times import nanos
from gateway.translation import ticks
from gateway.wire import UNREADABLE, Aggressor, DomType, WireError, parsed
from messages.base import Message, Nanos, Ticks
from messages.market import Depth, DepthKind, DepthRow, Instrument, Print, Quote, Side, Tape

_REMEMBERED = 65_536


class Grid(dict[float, Ticks]):
    """Prices of one instrument in ticks. The shortest text of a float is the price that was sent
    (prices have far fewer than 15 digits), so the conversion is exact; each price pays once."""

    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        self._instrument = instrument

    def __missing__(self, price: float) -> Ticks:
        found = ticks(self._instrument, Decimal(repr(price)))
        if len(self) >= _REMEMBERED:
            self.clear()
        self[price] = found
        return found


class _Payload(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """What a market event carries; unknown fields are ignored."""


class QuotePayload(_Payload, frozen=True):
    timestamp: str | None = None
    last_updated: str | None = None
    best_bid: float | None = None
    best_ask: float | None = None
    last_price: float | None = None
    volume: int | None = None


class PrintPayload(_Payload, frozen=True):
    timestamp: str
    price: float
    type: Aggressor
    volume: int


class DepthPayload(_Payload, frozen=True):
    timestamp: str
    type: DomType
    price: float | None = None
    volume: int = 0
    current_volume: int | None = None


_Prints: TypeAlias = list[PrintPayload | None] | PrintPayload
_Levels: TypeAlias = list[DepthPayload | None] | DepthPayload


class _QuoteEvent(msgspec.Struct, frozen=True, gc=False, tag_field="target", tag="GatewayQuote"):
    arguments: tuple[str, QuotePayload]


class _TradeEvent(msgspec.Struct, frozen=True, gc=False, tag_field="target", tag="GatewayTrade"):
    arguments: tuple[str, _Prints]


class _DepthEvent(msgspec.Struct, frozen=True, gc=False, tag_field="target", tag="GatewayDepth"):
    arguments: tuple[str, _Levels]


_EVENT = msgspec.json.Decoder(_QuoteEvent | _TradeEvent | _DepthEvent)
_CONTRACT = msgspec.json.Decoder(str)
_QUOTE = msgspec.json.Decoder(QuotePayload, strict=False)
_PRINT = msgspec.json.Decoder(PrintPayload, strict=False)
_LEVEL = msgspec.json.Decoder(DepthPayload, strict=False)
_ARGUMENTS = msgspec.json.Decoder(list[msgspec.Raw])

_KINDS: tuple[tuple[DepthKind, bool] | None, ...] = (
    None,
    (DepthKind.ASK, False),
    (DepthKind.BID, False),
    (DepthKind.ASK, True),
    (DepthKind.BID, True),
    None,
    (DepthKind.RESET, False),
    None,
    None,
    (DepthKind.BID, True),
    (DepthKind.ASK, True),
    None,
)
"""By DomType: the kind, and whether it is named best; None (trade, low, high, fill) is no level."""

_AGGRESSORS = (Side.BUY, Side.SELL)
"""By Aggressor."""


class MarketDecoder:
    """Decodes GatewayQuote, GatewayTrade and GatewayDepth.

    `decode` knows the usual shapes and is fast; None says that the record is something else, or is
    shaped otherwise. `read` then takes the event apart liberally.
    """

    targets = frozenset({"GatewayQuote", "GatewayTrade", "GatewayDepth"})

    def __init__(self, instruments: Instruments) -> None:
        self._grids = {traded.id: Grid(traded) for traded in instruments}

    def decode(self, record: bytes, received: Nanos) -> tuple[Message, ...] | None:
        try:
            event = _EVENT.decode(record)
            contract = event.arguments[0]
            grid = self._grids[contract]
            if type(event) is _QuoteEvent:
                return (_quote(contract, event.arguments[1], grid, received),)
            if type(event) is _TradeEvent:
                return _tape(contract, event.arguments[1], grid, received)
            if type(event) is _DepthEvent:
                return _depth(contract, event.arguments[1], grid, received)
        except (*UNREADABLE, KeyError):
            pass  # `read` will say what is wrong with it
        return None

    def read(self, target: str, arguments: list[msgspec.Raw], received: Nanos) -> Iterator[Message]:
        """An event in any shape of gateway.md 7.5. Raises what UNREADABLE names."""
        if len(arguments) == 1:
            arguments = parsed(_ARGUMENTS, arguments[0])
        if len(arguments) < 2:
            raise WireError(f"{target} with {len(arguments)} arguments")
        contract = parsed(_CONTRACT, arguments[0])
        grid = self._grids.get(contract)
        if grid is None:
            raise WireError(f"{target} for {contract}, which is not traded here")
        payloads = [item for raw in arguments[1:] for item in items(raw)]
        if target == "GatewayQuote":
            for payload in payloads:
                yield _quote(contract, parsed(_QUOTE, payload), grid, received)
        elif target == "GatewayTrade":
            prints = [parsed(_PRINT, payload) for payload in payloads]
            yield from _tape(contract, prints, grid, received)
        else:
            levels = [parsed(_LEVEL, payload) for payload in payloads]
            yield from _depth(contract, levels, grid, received)


def _quote(contract: str, payload: QuotePayload, grid: Grid, received: Nanos) -> Quote:
    """Only what changed is there; an absent price stays unknown here, it is never zero."""
    stamp = payload.timestamp or payload.last_updated
    if stamp is None:
        raise WireError("a quote without a time")
    bid, ask, last = payload.best_bid, payload.best_ask, payload.last_price
    return Quote(
        contract,
        nanos(stamp),
        received,
        None if bid is None else grid[bid],
        None if ask is None else grid[ask],
        None if last is None else grid[last],
        payload.volume,
    )


def _tape(
    contract: str,
    payload: Sequence[PrintPayload | None] | PrintPayload,
    grid: Grid,
    received: Nanos,
) -> tuple[Message, ...]:
    rows = (payload,) if isinstance(payload, PrintPayload) else payload
    prints = []
    for row in rows:
        if row is None:
            continue
        if row.volume <= 0:
            raise WireError(f"a print of size {row.volume}")
        side = _AGGRESSORS[row.type]
        prints.append(Print(nanos(row.timestamp), grid[row.price], row.volume, side))
    return (Tape(contract, received, tuple(prints)),) if prints else ()


def _depth(
    contract: str,
    payload: Sequence[DepthPayload | None] | DepthPayload,
    grid: Grid,
    received: Nanos,
) -> tuple[Message, ...]:
    """`currentVolume` is the resting size in every reading of the vendor's two fields."""
    rows = (payload,) if isinstance(payload, DepthPayload) else payload
    levels = []
    for row in rows:
        if row is None:
            continue
        known = _KINDS[row.type]
        if known is None:
            continue
        kind, best = known
        size = row.volume if row.current_volume is None else row.current_volume
        if kind is DepthKind.RESET:
            levels.append(DepthRow(nanos(row.timestamp), kind, 0, 0))
        elif row.price is None or size < 0:
            raise WireError(f"a level at price {row.price} of size {size}")
        else:
            levels.append(DepthRow(nanos(row.timestamp), kind, grid[row.price], size, best))
    return (Depth(contract, received, tuple(levels)),) if levels else ()
