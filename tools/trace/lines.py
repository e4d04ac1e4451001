"""The lines of a trace, schema 1 (docs/files.md): a header, and a line for each message and each
delivery.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, TypeAlias

import msgspec

from actors.runtime.delivery import Outcome
from actors.runtime.segments import Segment
from actors.runtime.trace import SCHEMA
from messages import control, decision, hub, market, order, picture, position
from messages.base import Message, Nanos

SUBJECTS = (market, picture, hub, decision, order, position, control)


class TraceError(Exception):
    """A trace cannot be read; the text says which, where, and what to do."""


class Header(msgspec.Struct, frozen=True, tag="header", tag_field="kind"):
    """What the session was made of; fields that a trace does not state are empty."""

    schema: int
    runtime: str = ""
    started: Nanos = 0
    settings: str = ""
    config: dict[str, dict[str, Any]] = {}
    model: str = ""
    seed: int = 0
    contracts: tuple[str, ...] = ()
    instruments: tuple[market.Instrument, ...] = ()
    unproven: tuple[str, ...] = ()
    commit: str = ""
    versions: dict[str, str] = {}


class Sent(msgspec.Struct, frozen=True, gc=False, tag="message", tag_field="kind"):
    """A message: who sent it to whom, when, and because of what. `message` is its body, null where
    an overloaded journal left it out.
    """

    id: str
    type: str
    sender: str
    receivers: tuple[str, ...]
    causes: tuple[str, ...]
    root: str
    at: Nanos
    message: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def body(self) -> Message | None:
        """The typed message. TraceError where it is none of this version's."""
        return body(self.message)

    @property
    def timer(self) -> bool:
        """Whether it is an actor's reminder to itself: a root, though it was set by something."""
        return self.root == self.id and self.receivers == (self.sender,)


class Done(msgspec.Struct, frozen=True, gc=False, tag="delivery", tag_field="kind"):
    """What became of one delivery of a message: handled from `started` to `done`, conflated into
    `merged`, or dead.
    """

    id: str
    type: str
    receiver: str
    generation: int
    root: str
    sent: Nanos
    started: Nanos
    done: Nanos
    depth: int
    outcome: Outcome
    merged: tuple[str, ...] = ()
    error: str = ""

    @property
    def waited(self) -> Nanos:
        return self.started - self.sent

    @property
    def took(self) -> Nanos:
        return self.done - self.started


Line: TypeAlias = Header | Sent | Done

_LINE: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Header | Sent | Done)


def parsed(line: bytes) -> Line:
    """One line. Raises TraceError."""
    try:
        return _LINE.decode(line)
    except msgspec.MsgspecError as problem:
        raise TraceError(f"{problem}: {line[:80]!r}") from problem


def room(sender: str) -> str:
    """The address of a sender: queries.2 is a worker of queries."""
    name, _, worker = sender.rpartition(".")
    return name if name and worker.isdecimal() else sender


def header_of(first: Segment) -> Header:
    """The first line of a trace. Raises TraceError where it is no header of a schema known here."""
    try:
        with first.open() as file:
            line: Line | None = parsed(file.readline())
    except (OSError, EOFError) as problem:
        raise TraceError(f"{first.path} cannot be read: {problem}") from problem
    except TraceError:
        line = None
    if not isinstance(line, Header):
        raise TraceError(f"{first.path} is no trace: its first line is no header")
    if line.schema != SCHEMA:
        raise TraceError(f"{first.path} has schema {line.schema}; this version reads {SCHEMA}")
    return line


@cache
def vocabulary() -> dict[str, type[Message]]:
    """Every message type by its name."""
    return {kind.__name__: kind for kind in _types()}


def _types() -> Iterator[type[Message]]:
    for subject in SUBJECTS:
        for found in vars(subject).values():
            if (
                isinstance(found, type)
                and issubclass(found, Message)
                and found.__module__ == subject.__name__
            ):
                yield found


@cache
def _bodies() -> msgspec.json.Decoder[Any]:
    known: Any = None
    for kind in vocabulary().values():
        known = kind if known is None else known | kind
    return msgspec.json.Decoder(known | None)


def body(raw: msgspec.Raw) -> Message | None:
    """A message's body, typed. Raises TraceError."""
    try:
        found: Message | None = _bodies().decode(raw)
    except msgspec.MsgspecError as problem:
        raise TraceError(f"a message of another version: {problem}") from problem
    return found
