"""What the REST endpoints work on, and the envelope they answer with (gateway.md 3.1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tools.simulator import contracts
from tools.simulator.contracts import Contract
from tools.simulator.exchange import Exchange
from tools.simulator.feed import Feed
from tools.simulator.tokens import Tokens

Envelope = dict[str, Any]


class BadQuery(Exception):
    """A request that answers 400: the field, and what is wrong with it."""


@dataclass(frozen=True)
class Caller:
    """Who asks, and when (ns UTC); both empty for a login."""

    now: int
    user: str
    token: str


@dataclass(frozen=True)
class Desk:
    """What the endpoints work on."""

    exchange: Exchange
    feeds: Mapping[str, Feed]
    tokens: Tokens
    users: Mapping[str, str]
    known: Callable[[int, str], int]
    """(now, contract) -> the second up to which bars know the market."""

    def contract(self, now: int, number: str) -> Contract | None:
        return contracts.find(number, contracts.day(now))


def ok(**payload: object) -> Envelope:
    return {**payload, "success": True, "errorCode": 0, "errorMessage": None}


def failed(code: int, message: str | None = None, **payload: object) -> Envelope:
    return {**payload, "success": False, "errorCode": code, "errorMessage": message}
