"""The way out of a contract: read the venue, do one thing, read again, until it is flat with
nothing working.

Nothing is assumed and no size is remembered: a close carries none, and each step is decided from
what the venue has just said. Targets and entries go first (a target could fill beside the close),
stops last (they protect until flat). A close is not repeated while one may still be in flight: two
would open the other side.
"""

from enum import Enum, auto
from typing import TypeAlias

import msgspec

from actors.order.view import View
from messages.base import MILLISECOND, Nanos
from messages.order import OrderType

CLOSE_FLIGHT = 1_000 * MILLISECOND
"""How long a close may be in flight before another is sent against a position that is still
there.
"""
CANCEL_FLIGHT = 500 * MILLISECOND
ANSWER = 1_000 * MILLISECOND
"""How long a step waits for its answers before the venue is read again without them."""
FILL = 60 * MILLISECOND
"""A close's fill takes 5-40 ms at the venue (gateway.md 5.3)."""
AGAIN = 100 * MILLISECOND


class Exit(msgspec.Struct):
    """`numbers` are the flattens that wait for it. `adopting`: a covered position may stay."""

    reason: str
    started: Nanos
    adopting: bool = False
    numbers: tuple[int, ...] = ()
    step: int = 0
    asked: Nanos = 0
    orders_read: bool = False
    position_read: bool = False
    awaited: tuple[int, ...] = ()
    closing: bool = False
    closed_at: Nanos | None = None
    cancelled_at: dict[int, Nanos] = msgspec.field(default_factory=dict)


class Cancel(msgspec.Struct, frozen=True):
    orders: tuple[int, ...]


class Do(Enum):
    CLOSE = auto()
    WAIT = auto()
    STAY = auto()
    DONE = auto()


Step: TypeAlias = Cancel | Do


def decide(view: View, exit: Exit, now: Nanos) -> Step:
    """The next step, from a fresh reading of the venue."""
    held = view.position != 0
    if exit.adopting and held and view.covered():
        return Do.STAY
    stops = {order.id for order in view.stops()} if held else set()
    # A working market order is a close (or an entry) on its way to its fill: it is past cancelling.
    unwanted = [
        o.id for o in view.working() if o.id not in stops and o.type is not OrderType.MARKET
    ]
    due = [
        id for id in unwanted if now - exit.cancelled_at.get(id, -CANCEL_FLIGHT) >= CANCEL_FLIGHT
    ]
    if due:
        return Cancel(tuple(due))
    in_flight = any(order.type is OrderType.MARKET for order in view.working())
    if held:
        recent = exit.closed_at is not None and now - exit.closed_at < CLOSE_FLIGHT
        return Do.WAIT if in_flight or recent else Do.CLOSE
    return Do.WAIT if unwanted or in_flight else Do.DONE
