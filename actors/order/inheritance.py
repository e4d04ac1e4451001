"""What a predecessor, of this process or an earlier one, had sent and never saw proven. Pure.

Each intent is looked for by its tag in a whole list of orders, at the latest until it can no longer
come to life. One that the venue never had is closed, not sent late.
"""

from actors.runtime.effect import Effect
from messages.base import SECOND, Nanos
from messages.order import Intent, IntentUnplaced, OrdersFound

LATE = 10 * SECOND
"""How long a request without an answer may still reach the venue: longer than its own time-outs
(api.connect_timeout_s and api.read_timeout_s, 8 s together).

A flatten waits for it before it is called done, though position and orders are dealt with at once
and the lane joins in at its deadline. Nothing sooner would do: called flat, the account could still
get the entry that is on its way. Nor does an HTTP error as an answer help much, because the venue's
lists may lack an order for 5 s (gateway.md 12.3), which is past the deadline as well.
"""
OVERLAP = 5 * SECOND
"""How far before its sending an order is searched for: the venue's clock need not be ours."""


class Inheritance:
    """Of one contract. `asked`: the ledger has been asked and has not answered yet."""

    def __init__(self) -> None:
        self.asked = False
        self._intents: tuple[Intent, ...] = ()

    def take(self, intents: tuple[Intent, ...]) -> None:
        self.asked = False
        self._intents = intents

    def add(self, intents: tuple[Intent, ...]) -> None:
        """What this room itself has sent, and stops looking after."""
        self._intents += intents

    @property
    def doubtful(self) -> bool:
        """Whether something may still come to life that the venue does not show yet."""
        return self.asked or bool(self._intents)

    @property
    def since(self) -> Nanos | None:
        """From when on orders are to be searched for; None: there is nothing to look for."""
        sent = [intent.sent for intent in self._intents]
        return min(sent) - OVERLAP if sent else None

    def read(self, found: OrdersFound) -> list[Effect]:
        """Compare with an answer of the venue. What is in it is proven (the ledger hears it too);
        what it lacks, and can no longer come, is closed.
        """
        if self.since is None or found.since is None or found.since > self.since:
            return []
        tags = {order.tag for order in found.orders}
        missing = [intent for intent in self._intents if intent.request.tag not in tags]
        over = [intent for intent in missing if found.asked - intent.sent >= LATE]
        self._intents = tuple(intent for intent in missing if intent not in over)
        words = "the venue has no order with its tag"
        return [
            IntentUnplaced(intent.request.contract, intent.request.tag, words) for intent in over
        ]
