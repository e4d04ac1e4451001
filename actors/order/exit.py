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

from actors.order.entry import STOPS
from actors.order.view import View
from messages.base import MILLISECOND, Nanos
from messages.order import Order, OrderType

CLOSE_FLIGHT = 1_000 * MILLISECOND
"""How long a close may be in flight before another is sent against a position that is still
there.
"""
CLOSE_LOST = 10_000 * MILLISECOND
"""How long a close may be without any answer: longer than a request's own time-outs."""
CANCEL_FLIGHT = 500 * MILLISECOND
STUBBORN = 1_000 * MILLISECOND
"""How long a close waits for orders that will not be cancelled: with the rounds before and after, a
position that has lost its cover is still closed within 2 s.
"""
ANSWER = 1_000 * MILLISECOND
"""How long a step waits for its answers before the venue is read again without them."""
CLOSE_LOOK = 250 * MILLISECOND
"""When the venue is read after a close that it has not answered: the stop that stays until flat is
an orphan once the close has filled.
"""
BLIND = 400 * MILLISECOND
"""How long a reading may take while a position is uncovered or a flatten waits. Then what the hub
has said must do for a cancel of targets and for a close, which carries no size.
"""
HURRY = 3_000 * MILLISECOND
"""How long a flatten is made at full speed: its deadline (supervision.flatten_deadline_s)."""
FILL = 60 * MILLISECOND
"""A close's fill takes 5-40 ms at the venue (gateway.md 5.3)."""
AGAIN = 100 * MILLISECOND
TOLD = 2_000 * MILLISECOND
"""How old the venue's word on a position may be for a close, where asking again is too dear."""


class Exit(msgspec.Struct):
    """`numbers` are the flattens that wait for it. `adopting`: a covered position may stay;
    `protecting`: one without cover too, which it is then given.
    """

    reason: str
    started: Nanos
    adopting: bool = False
    protecting: bool = False
    numbers: tuple[int, ...] = ()
    step: int = 0
    asked: Nanos = 0
    orders_read: bool = False
    position_read: bool = False
    proving: bool = False
    waits: int = 0
    unanswered: int = 0
    """Readings in a row that the venue has not answered."""
    awaited: tuple[int, ...] = ()
    closing: bool = False
    closed_at: Nanos | None = None
    closed: bool = False
    """Whether the position was flat since the last close: whatever became of its answer, it is not
    in flight any more.
    """
    unread: bool = False
    """Whether nothing has been read since the last close."""
    first_cancelled_at: dict[int, Nanos] = msgspec.field(default_factory=dict)
    cancelled_at: dict[int, Nanos] = msgspec.field(default_factory=dict)


class Cancel(msgspec.Struct, frozen=True):
    orders: tuple[int, ...]


class Do(Enum):
    CLOSE = auto()
    WAIT = auto()
    STAY = auto()
    PROTECT = auto()
    DONE = auto()


Step: TypeAlias = Cancel | Do


def decide(view: View, exit: Exit, now: Nanos) -> Step:
    """The next step, from a fresh reading of the venue."""
    may_stay = exit.adopting and (view.covered() or exit.protecting)
    staying = may_stay and view.position != 0
    unwanted = [order.id for order in view.working() if not _kept(view, order, staying)]
    due = tuple(
        id for id in unwanted if now - exit.cancelled_at.get(id, -CANCEL_FLIGHT) >= CANCEL_FLIGHT
    )
    # What fills beside a close could open the other side.
    held_up = any(now - exit.first_cancelled_at.get(id, now) < STUBBORN for id in unwanted)
    if due and (held_up or staying or not view.position):
        return Cancel(due)
    if staying:
        if unwanted:
            return Do.WAIT
        return Do.STAY if view.covered() else Do.PROTECT
    if held_up or any(order.type is OrderType.MARKET for order in view.working()):
        return Do.WAIT
    if view.position and not _close_in_flight(exit, now):
        return Do.CLOSE
    if due:
        return Cancel(due)
    return Do.WAIT if view.position or unwanted else Do.DONE


def _kept(view: View, order: Order, staying: bool) -> bool:
    """Whether the exit leaves a working order alone.

    A market order is a close (or an entry) on its way to its fill: it is past cancelling. Stops on
    the closing side, suspended ones too, protect until the position is gone. Of a position that may
    stay, its targets stay as well.
    """
    if order.type is OrderType.MARKET:
        return True
    closing = order.side is view.closing_side()
    return closing and (staying or order.type in STOPS)


def _close_in_flight(exit: Exit, now: Nanos) -> bool:
    if exit.closed_at is None or exit.closed:
        return False
    return now - exit.closed_at < (CLOSE_LOST if exit.closing else CLOSE_FLIGHT)
