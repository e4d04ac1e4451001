"""How long things took, from the records' own times. Spans in ns, in bounded histograms."""

from typing import Any

from actors.runtime.address import MODEL
from actors.runtime.delivery import Finished, Outcome, Published
from actors.session.breaches import Handlers
from actors.session.histogram import Histogram
from actors.session.remember import remember
from messages.base import Nanos
from messages.market import BarClosed
from messages.order import (
    FillEvent,
    OrderEvent,
    OrderType,
    PlaceOrder,
    PlaceResult,
    Purpose,
)

_MARKET = frozenset({"Quote", "Tape", "Depth", "CloseBarDue"})
_BAR = "bar["
_UNDER_WAY = 50_000
"""Market deliveries under way that are remembered; older ones are not measured."""


class Latencies:
    """frame_to_bar: receipt of market data to the bar room's having handled it.
    bar_to_order: the message that closed a bar (the timer, in silence) to the order it led to.
    model: a closed bar's handling in the model room; features: its beginning to the features sent.
    order_round_trip: an order sent to its result. market_fill: a market entry sent to its fill.
    """

    def __init__(self) -> None:
        self.frame_to_bar = Histogram()
        self.bar_to_order = Histogram()
        self.model = Histogram()
        self.features = Histogram()
        self.order_round_trip = Histogram()
        self.market_fill = Histogram()
        self._waiting: dict[str, tuple[Nanos, Nanos]] = {}
        self._bars: dict[str, Nanos] = {}
        self._features_at: dict[str, Nanos] = {}
        self._placed: dict[str, Nanos] = {}
        self._unfilled: dict[str, Nanos] = {}
        self._tags: dict[int, str] = {}

    def handlers(self) -> Handlers:
        return {
            **dict.fromkeys(("Quote", "Tape", "Depth"), self._market),
            "CloseBarDue": self._due,
            "BarClosed": self._bar_closed,
            "Features": self._features_sent,
            "PlaceOrder": self._place,
            "PlaceResult": self._result,
            "OrderEvent": self._order,
            "FillEvent": self._fill,
        }

    def finished(self, record: Finished) -> None:
        """A delivery is over."""
        if record.type in _MARKET:
            if record.receiver.startswith(_BAR):
                waited = self._waiting.pop(record.id, None)
                measured = record.outcome is Outcome.HANDLED and record.type != "CloseBarDue"
                if waited is not None and measured:
                    self.frame_to_bar.add(record.done - waited[0])
        elif record.type == "BarClosed" and record.receiver == MODEL:
            self.model.add(record.done - record.started)
            sent = self._features_at.pop(record.id, None)
            if sent is not None:
                self.features.add(sent - record.started)

    def _market(self, message: Any, record: Published) -> None:
        remember(self._waiting, record.id, (message.received, record.at), _UNDER_WAY)

    def _due(self, due: object, record: Published) -> None:
        remember(self._waiting, record.id, (record.at, record.at), _UNDER_WAY)

    def _bar_closed(self, closed: BarClosed, record: Published) -> None:
        if (began := self._waiting.get(record.root)) is not None:
            remember(self._bars, record.root, began[1])

    def _features_sent(self, features: object, record: Published) -> None:
        for cause in record.causes:
            remember(self._features_at, cause, record.at)

    def _place(self, order: PlaceOrder, record: Published) -> None:
        if (closed := self._bars.get(record.root)) is not None:
            self.bar_to_order.add(record.at - closed)
        remember(self._placed, order.tag, record.at)
        if order.purpose is Purpose.ENTRY and order.type is OrderType.MARKET:
            remember(self._unfilled, order.tag, record.at)

    def _result(self, result: PlaceResult, record: Published) -> None:
        if (placed := self._placed.pop(result.tag, None)) is not None:
            self.order_round_trip.add(record.at - placed)
        if result.order is not None:
            self._known(result.order, result.tag)

    def _order(self, event: OrderEvent, record: Published) -> None:
        if event.order.tag is not None:
            self._known(event.order.id, event.order.tag)

    def _known(self, number: int, tag: str) -> None:
        if tag in self._unfilled:
            remember(self._tags, number, tag)

    def _fill(self, event: FillEvent, record: Published) -> None:
        tag = self._tags.pop(event.fill.order, None)
        if tag is not None and (placed := self._unfilled.pop(tag, None)) is not None:
            self.market_fill.add(record.at - placed)
