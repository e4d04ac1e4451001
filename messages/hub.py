"""The two hub connections: what is asked of them and what they report."""

from enum import StrEnum

from messages.base import Message, Nanos, Value


class Hub(StrEnum):
    MARKET = "market"
    USER = "user"


class Stream(StrEnum):
    """What the market hub gives of a contract."""

    QUOTES = "quotes"
    TRADES = "trades"
    DEPTH = "depth"


class Loss(StrEnum):
    """How a connection, or the attempt at one, came to its end."""

    ENDED = "ended"
    """Closed, broken, silent, or never come about."""
    UNAUTHORISED = "unauthorised"
    """The venue does not take the token."""
    LOGOUT = "logout"
    """GatewayLogout: another session of the same user, or the venue's maintenance."""
    GIVEN_UP = "given_up"
    """Ended by us, because it was of no use."""


class StreamState(StrEnum):
    MOVING = "moving"
    QUIET = "quiet"
    """Silent, for no longer than is normal (or while nothing is expected)."""
    STOPPED = "stopped"
    OFF = "off"
    """Not subscribed to, or its hub is closed."""


class OpenHub(Message, frozen=True):
    """Connect, shake hands and subscribe; answered by HubOpened or HubLost."""

    hub: Hub


class CloseHub(Message, frozen=True):
    hub: Hub


class HubOpened(Message, frozen=True):
    """Every subscription was acknowledged. `number` counts the openings of this hub."""

    hub: Hub
    number: int


class HubLost(Message, frozen=True):
    """A connection attempt failed, or an open connection ended. `number` as in HubOpened, 0 for a
    failed attempt.
    """

    hub: Hub
    number: int
    reason: str
    loss: Loss = Loss.ENDED


class RefreshHub(Message, frozen=True):
    """Put a second connection, made with the current token, in the place of the open one; answered
    by HubRefreshed or RefreshFailed. Until the second is open, and if it never is, the first goes
    on.
    """

    hub: Hub


class HubRefreshed(Message, frozen=True):
    """`number` is the new connection's; what it gives follows on what the old one gave, without a
    hole and without anything twice. `took` is from the attempt to the change.
    """

    hub: Hub
    number: int
    took: Nanos


class RefreshFailed(Message, frozen=True):
    """The connection of this number goes on. 0: none does. None was open, so that nothing was
    tried; or it ended meanwhile, and the second became an opening answered by HubOpened or HubLost.
    """

    hub: Hub
    number: int
    reason: str


class MeasureHubs(Message, frozen=True):
    """Ask for a HubActivity of each hub."""


class HubActivity(Message, frozen=True):
    """Records received since the start, and of the newest one its receipt and the venue's stamp
    (0: none yet), per stream.

    `round_trip` is that of the newest heartbeat that was answered on this connection (0: none yet),
    `unanswered` how long the oldest one without an answer has been waiting (0: none is).
    """

    hub: Hub
    open: bool
    at: Nanos
    last_frame: Nanos
    quotes: int = 0
    tapes: int = 0
    depths: int = 0
    events: int = 0
    last_quote: Nanos = 0
    last_tape: Nanos = 0
    last_depth: Nanos = 0
    stamp_quote: Nanos = 0
    stamp_tape: Nanos = 0
    stamp_depth: Nanos = 0
    round_trip: Nanos = 0
    unanswered: Nanos = 0


class StreamHealth(Value, frozen=True):
    """`age` of the newest record (since the hub's opening, where none has come), `rate` in records
    a second over the last ten, `lag` of the newest record behind the least that was seen of late.
    """

    stream: str
    state: StreamState
    age: Nanos
    rate: float
    lag: Nanos


class HubHealth(Message, frozen=True):
    """How a hub does, every heartbeat. `score` from 0 (closed) to 100; `healthy`: not below the
    threshold; `words`: what lowers the score, empty at 100.

    `reconnects` counts the connections after the first, `gaps` those of them that followed a loss;
    `lost` is the time without a connection since the first, the present outage included. For the
    rest see HubActivity.
    """

    hub: Hub
    at: Nanos
    open: bool
    score: int
    healthy: bool
    words: str
    round_trip: Nanos
    unanswered: Nanos
    reconnects: int
    gaps: int
    lost: Nanos
    streams: tuple[StreamHealth, ...]


class HubState(Message, frozen=True):
    """Whether a hub is open, for an actor that was restarted and may not have heard."""

    hub: Hub
    open: bool


class HubQuiet(Message, frozen=True):
    """Whether a hub has told nothing for a second although it should, or has begun to speak again:
    what nobody tells meanwhile has to be asked for.
    """

    hub: Hub
    quiet: bool


class RenewToken(Message, frozen=True):
    """Renew the session token; answered by TokenRenewed or TokenFailed. `fresh`: by a new login,
    because the venue has ended the session that the present token stands for.
    """

    fresh: bool = False


class TokenRenewed(Message, frozen=True):
    expires: Nanos


class TokenFailed(Message, frozen=True):
    reason: str
