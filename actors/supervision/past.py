"""What an earlier process left latched, and what becomes of it at the start of this one. Pure."""

from collections.abc import Mapping

import msgspec

from actors.supervision.actions import Action
from actors.supervision.once import LATCH as TRADE_ONCE
from config.calendar import trade_date
from messages.base import Nanos
from messages.control import AlarmKind, Latched

STOPPING = "stopping"
"""The latch of an orderly stop; it outlives its process only if that never became flat."""


class Past(msgspec.Struct, frozen=True):
    """`resume`: the reason for which a person lifts what stands; empty: nobody does."""

    latched: tuple[Latched, ...] = ()
    resume: str = ""


def over(latched: Latched, resume: str, now: Nanos) -> str:
    """Why a latch of an earlier process ends as this one starts; empty if it goes on."""
    if resume:
        return f"resumed: {resume}"
    if latched.code == TRADE_ONCE:
        return "that one trade is over, or will be closed"
    kind = latched.code.partition("[")[0]
    if kind == AlarmKind.AUTHENTICATION:
        return "this process has logged in"
    if kind == AlarmKind.DAILY_LOSS and trade_date(latched.since) != trade_date(now):
        return "its trade date is over"
    return ""


def standing(code: str, actions: Mapping[AlarmKind, Action]) -> Action:
    """What a latch that goes on calls for: what its alarm called for. A code that is nobody's alarm
    needs a person.
    """
    if code == STOPPING:
        return Action.FLATTEN_ONCE
    try:
        return actions[AlarmKind(code.partition("[")[0])]
    except ValueError:
        return Action.HALT
