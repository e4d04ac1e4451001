"""The two hub connections: what is asked of them and what they report."""

from enum import StrEnum

from messages.base import Message, Nanos


class Hub(StrEnum):
    MARKET = "market"
    USER = "user"


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


class MeasureHubs(Message, frozen=True):
    """Ask for a HubActivity of each hub."""


class HubActivity(Message, frozen=True):
    """Records received since the start, and the receipt of the newest one (0: none yet), per
    stream.
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


class RenewToken(Message, frozen=True):
    """Renew the session token; answered by TokenRenewed or TokenFailed."""


class TokenRenewed(Message, frozen=True):
    expires: Nanos


class TokenFailed(Message, frozen=True):
    reason: str
