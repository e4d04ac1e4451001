"""A message under way, and the two records that the journal keeps of it."""

from enum import StrEnum
from typing import TypeAlias

import msgspec

from actors.runtime.address import Address
from messages.base import Message, Nanos


class Delivery(msgspec.Struct):
    """One message on its way to one receiver. `merged` are the ids of later deliveries conflated
    into this one.
    """

    id: str
    message: Message
    sender: Address
    receiver: Address
    causes: tuple[str, ...]
    root: str
    sent: Nanos
    depth: int = 0
    merged: tuple[str, ...] = ()


class Outcome(StrEnum):
    HANDLED = "handled"
    CONFLATED = "conflated"
    DEAD = "dead"


class Published(msgspec.Struct, frozen=True, gc=False, tag="message", tag_field="kind"):
    """A message was sent: the body once, whatever the number of receivers. A timer's `at` is when
    it fired.

    `message` is None where an overloaded journal had to drop a market body.
    """

    id: str
    type: str
    sender: Address
    receivers: tuple[Address, ...]
    causes: tuple[str, ...]
    root: str
    at: Nanos
    message: Message | None


class Finished(msgspec.Struct, frozen=True, gc=False, tag="delivery", tag_field="kind"):
    """What became of one delivery. `depth` is the number of deliveries that waited behind it when
    it was taken.
    """

    id: str
    type: str
    receiver: Address
    generation: int
    root: str
    sent: Nanos
    started: Nanos
    done: Nanos
    depth: int
    outcome: Outcome
    merged: tuple[str, ...] = ()
    error: str = ""


Record: TypeAlias = Published | Finished
