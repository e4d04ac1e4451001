"""From a closed bar to a verdict. Every stage answers every bar: a decision or a coded refusal."""

from enum import IntEnum, StrEnum

from messages.base import Message, Money, Nanos, Ticks


class Direction(IntEnum):
    DOWN = -1
    FLAT = 0
    UP = 1


class Prediction(Message, frozen=True):
    """What the model expects over its horizon after `bar_end`.

    `confidence` is the probability of `direction`; probabilities are rounded to 1e-6. `model` is
    the artefact's hash.
    """

    contract: str
    bar_end: Nanos
    direction: Direction
    confidence: float
    up: float
    down: float
    model: str


class Features(Message, frozen=True):
    """The inputs of one prediction, in the order of the model card, for the trace."""

    contract: str
    bar_end: Nanos
    values: tuple[float, ...]


class ModelRefusal(StrEnum):
    COLD_WINDOW = "cold_window"
    GAP = "gap"
    DEGRADED = "degraded"
    NO_BOOK = "no_book"
    NOT_FINITE = "not_finite"


class NoPrediction(Message, frozen=True):
    contract: str
    bar_end: Nanos
    code: ModelRefusal
    detail: str = ""


class SignalKind(StrEnum):
    LONG_ENTRY = "LONG_ENTRY"
    SHORT_ENTRY = "SHORT_ENTRY"
    EXIT_LONG = "EXIT_LONG"
    EXIT_SHORT = "EXIT_SHORT"
    REVERSE_TO_LONG = "REVERSE_TO_LONG"
    REVERSE_TO_SHORT = "REVERSE_TO_SHORT"
    FLATTEN = "FLATTEN"


class Signal(Message, frozen=True):
    """What the strategy wants. `price` is the last close it saw."""

    contract: str
    bar_end: Nanos
    kind: SignalKind
    confidence: float
    price: Ticks
    reason: str = ""


class SignalRefusal(StrEnum):
    NO_PREDICTION = "no_prediction"
    NOT_ALLOWED = "not_allowed"
    LOW_CONFIDENCE = "low_confidence"
    NO_DIRECTION = "no_direction"
    FLOW_DISAGREES = "flow_disagrees"
    HOLDING = "holding"
    BUSY = "busy"
    DEGRADED = "degraded"
    STRATEGY = "strategy"


class NoSignal(Message, frozen=True):
    contract: str
    bar_end: Nanos
    code: SignalRefusal
    detail: str = ""


class Denial(StrEnum):
    """Why an entry is refused."""

    STARTING = "starting"
    LATCHED = "latched"
    HALTED = "halted"
    DAILY_LOSS = "daily_loss"
    TRAILING_LOSS = "trailing_loss"
    MIN_BALANCE = "min_balance"
    CONSECUTIVE_LOSSES = "consecutive_losses"
    TRADES_PER_DAY = "trades_per_day"
    COOLDOWN = "cooldown"
    FLATTEN_TIME = "flatten_time"
    SESSION = "session"
    HUB_DOWN = "hub_down"
    MARKET_NOT_OPEN = "market_not_open"
    CIRCUIT_BREAKER = "circuit_breaker"
    CANNOT_TRADE = "cannot_trade"
    IN_POSITION = "in_position"
    LEASE = "lease"
    STALE_ORDERS = "stale_orders"
    STALE_DATA = "stale_data"
    SPREAD = "spread"
    PRICE_COLLAR = "price_collar"
    NEWS = "news"
    MAX_CONTRACTS = "max_contracts"
    MAX_MICROS = "max_micros"
    SIZE_ZERO = "size_zero"
    ORDER_RATE = "order_rate"


class Approved(Message, frozen=True):
    """An allowed signal. Entries carry size, stop and target distances in ticks and the dollars at
    risk; exits zeros.

    `price` and `used`/`limit` repeat the inputs of the rule that speaks for the verdict (daily
    loss).
    """

    contract: str
    bar_end: Nanos
    kind: SignalKind
    price: Ticks
    size: int
    stop_ticks: Ticks
    target_ticks: Ticks
    risk: Money
    used: Money
    limit: Money


class Denied(Message, frozen=True):
    """A refused signal: the rule, what it measured and its limit, in the rule's own `unit`."""

    contract: str
    bar_end: Nanos
    kind: SignalKind
    code: Denial
    used: int
    limit: int
    unit: str
    needs: int = 0


class Permission(Message, frozen=True):
    """Whether entries are allowed now, published on every change; `code` is the first rule that
    forbids them.
    """

    allowed: bool
    code: Denial | None
    words: str = ""
