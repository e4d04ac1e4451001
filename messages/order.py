"""Orders: requests to the venue, their outcomes, the venue's own events, and the engine's order
state.
"""

from enum import StrEnum

from messages.base import Message, Money, Nanos, Ticks, Value
from messages.decision import SignalKind
from messages.market import Side


class OrderType(StrEnum):
    LIMIT = "limit"
    MARKET = "market"
    STOP_LIMIT = "stop_limit"
    STOP = "stop"
    TRAILING_STOP = "trailing_stop"
    JOIN_BID = "join_bid"
    JOIN_ASK = "join_ask"


class OrderStatus(StrEnum):
    """The venue's order states (gateway.md 4). `working` ones can still fill."""

    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    PENDING = "pending"
    PENDING_CANCEL = "pending_cancel"
    SUSPENDED = "suspended"

    @property
    def working(self) -> bool:
        return self in _WORKING


_WORKING = frozenset(
    {
        OrderStatus.OPEN,
        OrderStatus.PENDING,
        OrderStatus.PENDING_CANCEL,
        OrderStatus.SUSPENDED,
    }
)


class Purpose(StrEnum):
    """Why the engine sends an order."""

    ENTRY = "entry"
    STOP = "stop"
    TARGET = "target"


class PlaceOrder(Message, frozen=True):
    """Place one order. Bracket distances are signed ticks from the fill (gateway.md 5.2); None
    means no bracket.
    """

    contract: str
    tag: str
    purpose: Purpose
    type: OrderType
    side: Side
    size: int
    limit: Ticks | None = None
    stop: Ticks | None = None
    stop_bracket: Ticks | None = None
    target_bracket: Ticks | None = None


class CancelOrder(Message, frozen=True):
    contract: str
    order: int


class ModifyOrder(Message, frozen=True):
    """Give a working order another size, fills included: the whole size, so that saying it twice
    changes nothing. Its prices stay.
    """

    contract: str
    order: int
    size: int


class CloseContract(Message, frozen=True):
    """Close the venue's whole position in a contract at the market; its bracket children keep
    working.
    """

    contract: str


class Outcome(StrEnum):
    """What is known of a mutation. UNKNOWN: it may or may not have happened; prove it, never
    resend.
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class PlaceResult(Message, frozen=True):
    """`code` is the venue's code by name (or the transport's failure), `message` the venue's
    text.
    """

    contract: str
    tag: str
    purpose: Purpose
    outcome: Outcome
    order: int | None
    code: str
    message: str = ""


class CancelResult(Message, frozen=True):
    contract: str
    order: int
    outcome: Outcome
    code: str
    message: str = ""


class ModifyResult(Message, frozen=True):
    """ACCEPTED says no more than that: the order's next news shows the change."""

    contract: str
    order: int
    outcome: Outcome
    code: str
    message: str = ""


class CloseResult(Message, frozen=True):
    contract: str
    outcome: Outcome
    code: str
    message: str = ""


class Order(Value, frozen=True):
    """An order as the venue states it. Prices in ticks. `updated` (0: not told) moves when the
    order opens, is changed or ends, not when it fills; a search tells it in whole microseconds, the
    hub does not (gateway.md 3.1, 3.9).
    """

    id: int
    contract: str
    status: OrderStatus
    type: OrderType
    side: Side
    size: int
    filled: int
    created: Nanos
    limit: Ticks | None = None
    stop: Ticks | None = None
    tag: str | None = None
    parent: int | None = None
    linked: int | None = None
    updated: Nanos = 0


class Fill(Value, frozen=True):
    """One half-turn trade. `pnl` is gross and None on an opening fill; `fees` include
    commissions.
    """

    id: int
    order: int
    contract: str
    side: Side
    size: int
    price: Ticks
    fees: Money
    pnl: Money | None
    stamp: Nanos
    voided: bool = False


class Intent(Value, frozen=True):
    """An order that was to be sent, as the ledger has it, with no proven outcome."""

    request: PlaceOrder
    sent: Nanos


class QueryIntents(Message, frozen=True):
    """Ask the ledger what had been sent and never proven, by whatever process of this account."""


class IntentsFound(Message, frozen=True):
    """Oldest first."""

    intents: tuple[Intent, ...]


class IntentUnplaced(Message, frozen=True):
    """The venue never had it and cannot get it any more: it is closed, and not sent late."""

    contract: str
    tag: str
    words: str


class OrderEvent(Message, frozen=True):
    """The user hub's word on one order."""

    order: Order
    received: Nanos


class FillEvent(Message, frozen=True):
    """The user hub's word on one fill."""

    fill: Fill
    received: Nanos


class Withheld(Message, frozen=True):
    """What a session that only observes would have sent for an approved signal: an entry with the
    distances of its stop and target (signed ticks from the fill), or the way out of a position.
    """

    contract: str
    bar_end: Nanos
    kind: SignalKind
    type: OrderType
    side: Side
    size: int
    limit: Ticks | None = None
    stop_bracket: Ticks | None = None
    target_bracket: Ticks | None = None


class QueryOrders(Message, frozen=True):
    """Ask for orders: working and suspended ones always, every one created since `since` as well
    when given. `urgent`: a way out, or a doubt, waits for the answer; such a question may use the
    part of the venue's request budget that is kept for exits.
    """

    since: Nanos | None = None
    urgent: bool = False


class OrdersFound(Message, frozen=True):
    """`complete` tells whether terminal orders since `since` are included; working ones always are.

    `asked` is when the request left: events received later are newer than this answer.
    """

    orders: tuple[Order, ...]
    asked: Nanos
    since: Nanos | None = None


class QueryFills(Message, frozen=True):
    """Ask for the fills since then. `urgent` as in QueryOrders."""

    since: Nanos
    urgent: bool = False


class FillsFound(Message, frozen=True):
    fills: tuple[Fill, ...]
    asked: Nanos
    since: Nanos


NO_BUDGET = "no_budget"
"""The code of a request that our own limit has held back: nothing has left."""


class QueryFailed(Message, frozen=True):
    """A read that gave nothing to rely on, after its retries. `query` is the request's type name,
    `urgent` what it was marked.
    """

    query: str
    code: str
    message: str = ""
    urgent: bool = False


class Phase(StrEnum):
    """Where the engine stands with one contract."""

    FLAT = "flat"
    ENTERING = "entering"
    PROTECTED = "protected"
    EXITING = "exiting"
    UNKNOWN = "unknown"


class PhaseChanged(Message, frozen=True):
    contract: str
    phase: Phase
    reason: str


class StopMoved(Message, frozen=True):
    """Another hand has moved a working stop that still covers its position. `risk` is what the
    whole position loses at `stop`, from its average price and before fees; below zero: what it
    gains.
    """

    contract: str
    order: int
    was: Ticks
    stop: Ticks
    risk: Money


class OrderLate(Message, frozen=True):
    """An event that the order state machine does not allow from where it stands; recorded, never
    fatal.
    """

    contract: str
    order: int
    was: str
    event: str
