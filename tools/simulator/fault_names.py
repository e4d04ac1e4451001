"""The table of faults: what each is, what it can be aimed at, how it lasts (docs/simulator.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class Aim(Enum):
    """What the target of a fault names."""

    PATH = "an endpoint path"
    HUB = "user or market"
    CONTRACT = "a contract with a market"
    ACCOUNT = "an account id"


class Kind(Enum):
    """How a fault acts while it is in force."""

    EACH = auto()
    """Wherever its place comes by; every firing is noted."""
    STEADY = auto()
    """Likewise, but so often that only a run's first firing is noted."""
    ONCE = auto()
    """At its start, and every second of its duration."""
    STATE = auto()
    """From its start to its end."""


@dataclass(frozen=True)
class Measure:
    """The one figure a fault may take: its key and default."""

    key: str
    default: float


@dataclass(frozen=True)
class Fault:
    """One row of the table; `aim` None: it takes no target."""

    summary: str
    kind: Kind
    aim: Aim | None = None
    measure: Measure | None = None


EACH, STEADY, ONCE, STATE = Kind.EACH, Kind.STEADY, Kind.ONCE, Kind.STATE
PATH, HUB, CONTRACT, ACCOUNT = Aim.PATH, Aim.HUB, Aim.CONTRACT, Aim.ACCOUNT

FAULTS: Mapping[str, Fault] = {
    # market data
    "freeze_quotes": Fault("GatewayQuote stops", STEADY, CONTRACT),
    "freeze_trades": Fault("GatewayTrade stops", STEADY, CONTRACT),
    "freeze_feed": Fault("all market data stops", STEADY, CONTRACT),
    "delayed_data": Fault("market data comes late", STEADY, CONTRACT, Measure("minutes", 10)),
    "big_frames": Fault("a whole book exceeds 1 MiB", EACH, CONTRACT),
    "frozen_bars": Fault("bars end where the fault began", STEADY, CONTRACT),
    # connections
    "silent_hub": Fault("pings and events stop", STEADY, HUB),
    "half_open": Fault("nothing passes in either direction", STEADY, HUB),
    "drop_hub": Fault("sockets close without a word", ONCE, HUB),
    "close_hub_error": Fault("sockets close after a close message with an error", ONCE, HUB),
    "refuse_upgrade": Fault("upgrades are refused with 503", EACH, HUB),
    "garbage_frame": Fault("a frame that is no JSON arrives", ONCE, HUB),
    "second_session": Fault("connections are sent GatewayLogout", ONCE, HUB),
    # user events
    "drop_fill_events": Fault("events of fills are lost", EACH, ACCOUNT),
    "duplicate_events": Fault("user events come twice", EACH, ACCOUNT),
    "reorder_events": Fault("a user event comes after its successor", EACH, ACCOUNT),
    "string_ids": Fault("ids of user events are strings", EACH, ACCOUNT),
    "bare_events": Fault("user events come without their envelope", EACH, ACCOUNT),
    # REST
    "null_lists": Fault("lists in answers are null", EACH, PATH),
    "lose_response_after_accept": Fault("handled, but never answered", EACH, PATH),
    "delay_response": Fault("handled, but answered late", EACH, PATH, Measure("seconds", 5)),
    "http_500": Fault("status 500 instead of handling", EACH, PATH),
    "http_429_burst": Fault("status 429 instead of handling", EACH, PATH),
    "code_6_pending": Fault("handled, but answered as still pending", EACH, PATH),
    "expire_token": Fault("every token issued so far expires", ONCE),
    "clock_skew": Fault("the Date header is off", STEADY, None, Measure("seconds", 60)),
    # orders and accounts
    "reject_all": Fault("every order is rejected", EACH, ACCOUNT),
    "reject_stop": Fault("stops are rejected, those of brackets as they open", EACH, ACCOUNT),
    "market_closed": Fault("orders and closes are refused as in a break", EACH, CONTRACT),
    "position_brackets_mode": Fault("brackets are refused", EACH, ACCOUNT),
    "partial_fills": Fault("orders fill in seeded parts", EACH, CONTRACT),
    "lockout": Fault("the account cannot trade", STATE, ACCOUNT),
    "cancel_brackets": Fault("working bracket legs are cancelled", ONCE, ACCOUNT),
    "external_close": Fault("positions are closed by hand", ONCE, ACCOUNT),
    "external_order": Fault("one contract is bought by hand", ONCE, CONTRACT),
    "move_stop_by_hand": Fault("stops are moved away", ONCE, ACCOUNT, Measure("ticks", 8)),
}
