"""Reading replies: an answer counts only when HTTP, envelope flag and code all say so (gateway.md
3.1).
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import TypeVar

import msgspec

from gateway import codes
from gateway.exchange import HttpReply, TransportFailure
from gateway.wire import WireError, parsed
from messages.order import Outcome

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_SHOWN = 200


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """What every answer carries; each endpoint adds at most its payload."""

    success: bool
    error_code: int
    error_message: str | None = None


E = TypeVar("E", bound=Envelope)


class ReadFailed(Exception):
    """A read or a login gave nothing to rely on. `code` as QueryFailed carries it."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message


class Verdict(msgspec.Struct, frozen=True):
    """What is known of a mutation, and the answer itself where one could be read."""

    outcome: Outcome
    code: str
    message: str
    envelope: Envelope | None = None


def written(body: Mapping[str, object]) -> bytes:
    """A request body; Decimals become exact JSON numbers."""
    return _ENCODER.encode(body)


def opened(
    reply: HttpReply | TransportFailure, decoder: msgspec.json.Decoder[E], table: type[IntEnum]
) -> E:
    """The answer of a read. Raises ReadFailed."""
    if isinstance(reply, TransportFailure):
        raise ReadFailed(reply.kind.value, reply.words)
    if reply.status != 200:
        raise ReadFailed(f"http_{reply.status}", _complaint(reply))
    try:
        envelope = parsed(decoder, reply.body)
    except WireError as problem:
        raise ReadFailed("unreadable", _unreadable(reply, problem)) from problem
    if envelope.success != (envelope.error_code == 0):
        raise ReadFailed("mismatch", _contradiction(envelope))
    if not envelope.success:
        raise ReadFailed(codes.name(table, envelope.error_code), envelope.error_message or "")
    return envelope


def judged(
    reply: HttpReply | TransportFailure, decoder: msgspec.json.Decoder[E], table: type[IntEnum]
) -> Verdict:
    """What a mutation's reply proves. UNKNOWN unless it is certain either way (gateway.md 12.3)."""
    if isinstance(reply, TransportFailure):
        outcome = Outcome.REFUSED if reply.kind.harmless else Outcome.UNKNOWN
        return Verdict(outcome, reply.kind.value, reply.words)
    if reply.status != 200:
        outcome = Outcome.REFUSED if reply.status in _NEVER_PROCESSED else Outcome.UNKNOWN
        return Verdict(outcome, f"http_{reply.status}", _complaint(reply))
    try:
        envelope = parsed(decoder, reply.body)
    except WireError as problem:
        return Verdict(Outcome.UNKNOWN, "unreadable", _unreadable(reply, problem))
    code, message = envelope.error_code, envelope.error_message or ""
    if envelope.success != (code == 0):
        return Verdict(Outcome.UNKNOWN, "mismatch", _contradiction(envelope), envelope)
    if envelope.success:
        return Verdict(Outcome.ACCEPTED, "success", message, envelope)
    outcome = Outcome.UNKNOWN if codes.ambiguous(table, code) else Outcome.REFUSED
    return Verdict(outcome, codes.name(table, code), message, envelope)


_NEVER_PROCESSED = frozenset({400, 404})
"""The body did not bind, or there is no such endpoint: nothing looked at the order itself."""


def _contradiction(envelope: Envelope) -> str:
    return f"success {envelope.success} with error code {envelope.error_code}"


def _complaint(reply: HttpReply) -> str:
    """The beginning of an error body (ProblemDetails or whatever a proxy says), on one line."""
    if 300 <= reply.status < 400:
        return "it leads to another address, which is not followed"
    return " ".join(reply.body.decode("utf-8", "replace").split())[:_SHOWN]


def _unreadable(reply: HttpReply, problem: WireError) -> str:
    """What is wrong with an answer of 200: most often the network has answered for the venue."""
    page = reply.body.lstrip().startswith(b"<")
    return "a web page in place of an answer (the network's login page?)" if page else str(problem)
