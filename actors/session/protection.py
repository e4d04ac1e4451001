"""PROTECTED and BOUNDED, from what the venue says of positions and orders."""

from dataclasses import dataclass

from actors.runtime.delivery import Published
from actors.session.breaches import Breaches, Handlers, Spells
from actors.session.limits import Limits
from actors.session.venue import VenueView
from messages.base import MILLISECOND, SECOND, Nanos
from messages.control import Flatten, Flattened
from messages.market import Side
from messages.order import (
    CloseContract,
    OrderEvent,
    OrdersFound,
    PlaceOrder,
    PlaceResult,
    Purpose,
)
from messages.order import Outcome as Answer

EXCESS: Nanos = 5 * SECOND
"""How long a position beyond the maximum may stand (design.md 1: excess from outside)."""


LATE: Nanos = 5 * SECOND
"""How long after its sending an order may still appear at the venue (gateway.md 12.3)."""
SURE: Nanos = 200 * MILLISECOND
"""How long after its answer a leg may, where the answer was an HTTP error: then it is replaced."""


@dataclass(slots=True)
class _Bare:
    """A spell without cover; `begun` is when a way out of it began."""

    since: Nanos
    begun: Nanos | None


class Protection:
    """Watches the view after every change of it; `view` is updated by its owner."""

    def __init__(self, view: VenueView, limits: Limits, breaches: Breaches) -> None:
        self._view = view
        self._limits = limits
        self._breaches = breaches
        self._bare: dict[str, _Bare] = {}
        self._excess = Spells()
        self._longest: Nanos = 0
        self._flattens: set[int] = set()
        self._sent: dict[str, PlaceOrder] = {}
        self._accepted: dict[str, Nanos] = {}
        self._unproven: dict[str, Nanos] = {}
        """By tag: from when on a search that does not list the order proves it unplaced."""
        self._asked: dict[str, Nanos] = {}

    def handlers(self) -> Handlers:
        return {
            "Flatten": self._flatten,
            "Flattened": self._flattened,
            "CloseContract": self._close,
            "PlaceOrder": self._place,
            "PlaceResult": self._result,
            "OrderEvent": self._order,
            "OrdersFound": self._orders,
        }

    def look(self, at: Nanos) -> None:
        """The view may have changed."""
        for contract in self._view.contracts():
            self._look_at_cover(contract, at)
            size = self._view.positions.get(contract, 0)
            beyond = abs(size) > self._limits.max_contracts
            if self._excess.mark(contract, beyond, at) > EXCESS:
                self._excessive(contract, at)

    def longest(self, at: Nanos) -> Nanos:
        """The longest spell without full cover, one that still lasts as of `at` included."""
        return max([self._longest, *(at - bare.since for bare in self._bare.values())])

    def overdue(self, at: Nanos) -> dict[str, int]:
        """Violations by spells that still last as of `at`, which are counted when they end."""
        bare = sum(self._late(spell, at) for spell in self._bare.values())
        beyond = sum(at - since > EXCESS for since in self._excess.since.values())
        return {"PROTECTED": bare, "BOUNDED": beyond}

    def close(self, at: Nanos) -> None:
        """The session is over: judge the spells that still last."""
        for contract in tuple(self._bare):
            self._covered(contract, at)
        for contract in tuple(self._excess.since):
            if self._excess.mark(contract, False, at) > EXCESS:
                self._excessive(contract, at)

    def _look_at_cover(self, contract: str, at: Nanos) -> None:
        if not self._view.uncovered(contract):
            self._covered(contract, at)
        elif contract not in self._bare:
            self._bare[contract] = _Bare(at, at if self._flattens else None)

    def _covered(self, contract: str, at: Nanos) -> None:
        spell = self._bare.pop(contract, None)
        if spell is None:
            return
        self._longest = max(self._longest, at - spell.since)
        if self._late(spell, at):
            wait = (at - spell.since) // MILLISECOND
            words = f"{contract}: {wait} ms without cover and no flatten begun in time"
            self._breaches.add("PROTECTED", at, words)

    def _late(self, spell: _Bare, at: Nanos) -> bool:
        until = at if spell.begun is None else spell.begun
        return until - spell.since > self._limits.unprotected

    def _excessive(self, contract: str, at: Nanos) -> None:
        most = self._limits.max_contracts
        self._breaches.add("BOUNDED", at, f"{contract}: over {most} contracts for more than 5 s")

    def _flatten(self, flatten: Flatten, record: Published) -> None:
        self._flattens.add(flatten.number)
        for spell in self._bare.values():
            spell.begun = spell.begun or record.at

    def _flattened(self, done: Flattened, record: Published) -> None:
        self._flattens.discard(done.number)

    def _close(self, close: CloseContract, record: Published) -> None:
        if (spell := self._bare.get(close.contract)) is not None:
            spell.begun = spell.begun or record.at

    def _place(self, order: PlaceOrder, record: Published) -> None:
        """With what works and what is under way, an order must not reach beyond the maximum."""
        worst = self._view.exposure(order.contract, order.side) + order.size
        worst += sum(
            sent.size
            for sent in self._sent.values()
            if sent.contract == order.contract and sent.side is order.side
        )
        if worst > self._limits.max_contracts:
            side = "long" if order.side is Side.BUY else "short"
            words = f"{order.contract}: {order.tag} could make {worst} {side}"
            self._breaches.add("BOUNDED", record.at, words)
        self._sent[order.tag] = order
        self._asked[order.tag] = record.at
        self._unproven[order.tag] = record.at + LATE

    def _result(self, result: PlaceResult, record: Published) -> None:
        if result.outcome is Answer.REFUSED:
            self._seen(result.tag)
        elif result.outcome is Answer.ACCEPTED and result.tag in self._sent:
            self._accepted[result.tag] = record.at
        elif result.tag in self._unproven and _in_vain(result):
            self._unproven[result.tag] = record.at + SURE

    def _order(self, event: OrderEvent, record: Published) -> None:
        self._seen(event.order.tag)

    def _orders(self, found: OrdersFound, record: Published) -> None:
        """An accepted order that a later search does not list works no more. Of an unanswered one
        that takes a search which goes back to its sending, and which was not made too soon.
        """
        for order in found.orders:
            self._seen(order.tag)
        for tag in [tag for tag, at in self._accepted.items() if at <= found.asked]:
            self._seen(tag)
        since = found.since
        for tag, proven in tuple(self._unproven.items()):
            if since is not None and since <= self._asked[tag] and found.asked >= proven:
                self._seen(tag)

    def _seen(self, tag: str | None) -> None:
        """The view knows it now."""
        if tag is not None:
            self._sent.pop(tag, None)
            self._accepted.pop(tag, None)
            self._unproven.pop(tag, None)
            self._asked.pop(tag, None)


def _in_vain(result: PlaceResult) -> bool:
    """Whether a leg's answer came back without its being handled, or after it."""
    return result.purpose is not Purpose.ENTRY and result.code.startswith("http_")
