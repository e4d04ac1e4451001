"""What the wire reference leaves open, and how this venue settles it (docs/simulator.md).

The defaults are what was captured or documented; the other values exist so that a client meets
them before it meets the real gateway.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec


class ShapeError(Exception):
    """What is wrong with a NAME=VALUE, in one line."""


class Shapes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value per open question."""

    events: Literal["envelope", "bare", "array", "several"] = "envelope"
    """User events: {action, data}; the entity; one array of envelopes; one envelope an argument.
    The last two gather what happens to an account in one instant (gateway.md 7.4)."""
    frames: Literal["instant", "packed", "cut"] = "instant"
    """WebSocket messages: whole records of one instant and cause; all that a connection is due at
    once; the same in three pieces that end within records (gateway.md 7.1)."""
    quotes: Literal["sparse", "full"] = "sparse"
    """Quotes carry what changed; or every field they ever do (7.5)."""
    padding: bool = False
    """Whether the arrays of GatewayTrade and GatewayDepth end in a null (7.5)."""
    tokens: Literal["plain", "escaped"] = "plain"
    """Characters safe in a URL; or + / = in every token (gateway.md 13)."""
    windows: Literal["sliding", "fixed"] = "sliding"
    """Rate windows; fixed ones begin at whole multiples of their span (gateway.md 6)."""
    retry_after: bool = False
    """Whether a 429 says after how many whole seconds to come again."""
    connections: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """How many connections a user may have on each hub; one more ends the oldest (7.7)."""
    brackets: Literal["growing", "whole"] = "growing"
    """Legs open at the first fill of their entry and grow; or open when all of it is filled."""


def chosen(pairs: Iterable[str]) -> Shapes:
    """The shapes of NAME=VALUE texts; raises ShapeError."""
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name not in Shapes.__struct_fields__:
            known = ", ".join(Shapes.__struct_fields__)
            raise ShapeError(f"{pair} is not NAME=VALUE with a NAME of {known}")
        values[name] = value
    try:
        return msgspec.convert(values, Shapes, strict=False)
    except msgspec.ValidationError as error:
        raise ShapeError(str(error)) from None
