"""User events of the hub, decoded to messages (gateway.md 7.4). Rare, so only read liberally."""

from collections.abc import Callable, Iterator

import msgspec

from gateway import translation
from gateway.contracts import Instruments
from gateway.shapes import items
from gateway.wire import AccountRow, OrderRow, PositionRow, TradeRow, WireError, parsed
from messages.base import Message, Nanos
from messages.order import FillEvent, OrderEvent
from messages.position import AccountEvent, PositionEvent

_ACCOUNT = msgspec.json.Decoder(AccountRow, strict=False)
_ORDER = msgspec.json.Decoder(OrderRow, strict=False)
_POSITION = msgspec.json.Decoder(PositionRow, strict=False)
_TRADE = msgspec.json.Decoder(TradeRow, strict=False)


class UserDecoder:
    """Decodes GatewayUserAccount, -Order, -Position and -Trade of one account, skips others."""

    targets = frozenset(
        {"GatewayUserAccount", "GatewayUserOrder", "GatewayUserPosition", "GatewayUserTrade"}
    )

    def __init__(self, instruments: Instruments, account: int) -> None:
        self._instruments = instruments
        self._account = account
        self._readers: dict[str, Callable[[msgspec.Raw, Nanos], Message | None]] = {
            "GatewayUserAccount": self._on_account,
            "GatewayUserOrder": self._on_order,
            "GatewayUserPosition": self._on_position,
            "GatewayUserTrade": self._on_trade,
        }

    def decode(self, record: bytes, received: Nanos) -> tuple[Message, ...] | None:
        return None

    def read(self, target: str, arguments: list[msgspec.Raw], received: Nanos) -> Iterator[Message]:
        """Every readable entity of an event; raises WireError at the end if one was not."""
        reader = self._readers[target]
        problem = None
        for raw in arguments:
            for item in items(raw):
                try:
                    message = reader(item, received)
                except WireError as unread:
                    problem = unread
                    continue
                if message is not None:
                    yield message
        if problem is not None:
            raise problem

    def _on_account(self, item: msgspec.Raw, received: Nanos) -> Message | None:
        row = parsed(_ACCOUNT, item)
        if row.id != self._account:
            return None
        return AccountEvent(translation.account(row), received)

    def _on_order(self, item: msgspec.Raw, received: Nanos) -> Message | None:
        row = parsed(_ORDER, item)
        if row.account_id != self._account:
            return None
        return OrderEvent(translation.order(row, self._instruments), received)

    def _on_position(self, item: msgspec.Raw, received: Nanos) -> Message | None:
        row = parsed(_POSITION, item)
        if row.account_id != self._account:
            return None
        return PositionEvent(translation.position(row, self._instruments), received)

    def _on_trade(self, item: msgspec.Raw, received: Nanos) -> Message | None:
        row = parsed(_TRADE, item)
        if row.account_id != self._account:
            return None
        return FillEvent(translation.fill(row, self._instruments), received)
