"""ONE_ORDER, LATCHED and FRESH: every entry the engine sends, at the moment it sends it."""

from actors.runtime.address import ORDER
from actors.runtime.delivery import Finished, Published
from actors.session.breaches import Breaches, Handlers
from actors.session.feed import Feed
from actors.session.limits import Limits
from actors.session.remember import remember
from messages.base import MILLISECOND, Nanos
from messages.control import Latch, Unlatch
from messages.order import (
    Order,
    OrderEvent,
    OrdersFound,
    OrderStatus,
    Outcome,
    PlaceOrder,
    PlaceResult,
    Purpose,
)

GRACE: Nanos = 250 * MILLISECOND
"""How long a latch, or the news that data is stale, may take to reach the order room (design.md 11:
stale feed to entries blocked, threshold + 250 ms)."""


class Entries:
    """Watches entries. A latch is in force once the order room has handled it, at the latest
    `GRACE` after it was sent: what crosses it on the way is not a violation.
    """

    def __init__(self, feed: Feed, limits: Limits, breaches: Breaches) -> None:
        self._feed = feed
        self._limits = limits
        self._breaches = breaches
        self._tags: dict[str, int | None] = {}
        self._approved: dict[str, bool] = {}
        self._latches: dict[str, Nanos] = {}
        self._latch_codes: dict[str, str] = {}

    def handlers(self) -> Handlers:
        return {
            "Approved": self._approve,
            "PlaceOrder": self._place,
            "PlaceResult": self._result,
            "OrderEvent": self._order,
            "OrdersFound": self._orders,
            "Latch": self._latch,
            "Unlatch": self._unlatch,
        }

    def finished(self, record: Finished) -> None:
        """A delivery of a Latch is over."""
        code = self._latch_codes.get(record.id)
        if code in self._latches and record.receiver == ORDER:
            self._latches[code] = min(self._latches[code], record.done)

    def _approve(self, verdict: object, record: Published) -> None:
        remember(self._approved, record.id, False)

    def _place(self, order: PlaceOrder, record: Published) -> None:
        if order.tag in self._tags:
            self._breach("ONE_ORDER", record, f"tag {order.tag} is used again")
        remember(self._tags, order.tag, None)
        if order.purpose is not Purpose.ENTRY:
            return
        for cause in record.causes:
            if self._approved.get(cause):
                self._breach("ONE_ORDER", record, f"{order.tag} is one verdict's second entry")
            if cause in self._approved:
                self._approved[cause] = True
        self._check_latches(order, record)
        self._check_age(order, record)

    def _check_latches(self, order: PlaceOrder, record: Published) -> None:
        held = [code for code, force in self._latches.items() if record.at > force]
        if held:
            self._breach("LATCHED", record, f"{order.tag} sent while latched: {', '.join(held)}")

    def _check_age(self, order: PlaceOrder, record: Published) -> None:
        newest = self._feed.newest.get(order.contract)
        if newest is None:
            self._breach("FRESH", record, f"{order.tag} sent without any data")
        elif record.at - newest > self._limits.stale + GRACE:
            age = (record.at - newest) // MILLISECOND
            self._breach("FRESH", record, f"{order.tag} sent on data {age} ms old")

    def _result(self, result: PlaceResult, record: Published) -> None:
        if result.outcome is Outcome.ACCEPTED and result.order is not None:
            self._accepted(result.tag, result.order, record)

    def _order(self, event: OrderEvent, record: Published) -> None:
        self._seen(event.order, record)

    def _orders(self, found: OrdersFound, record: Published) -> None:
        for order in found.orders:
            self._seen(order, record)

    def _seen(self, order: Order, record: Published) -> None:
        if order.tag in self._tags and order.status is not OrderStatus.REJECTED:
            self._accepted(order.tag, order.id, record)

    def _accepted(self, tag: str, number: int, record: Published) -> None:
        known = self._tags.get(tag)
        if known is not None and known != number:
            self._breach("ONE_ORDER", record, f"tag {tag} is orders {known} and {number}")
        self._tags[tag] = number

    def _latch(self, latch: Latch, record: Published) -> None:
        self._latches.setdefault(latch.code, record.at + GRACE)
        self._latch_codes[record.id] = latch.code

    def _unlatch(self, unlatch: Unlatch, record: Published) -> None:
        self._latches.pop(unlatch.code, None)
        for id in [id for id, code in self._latch_codes.items() if code == unlatch.code]:
            del self._latch_codes[id]

    def _breach(self, invariant: str, record: Published, words: str) -> None:
        self._breaches.add(invariant, record.at, words)
