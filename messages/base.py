"""What every message is: an immutable tagged struct of scalars, tuples and structs of the same
kind.
"""

from typing import TypeAlias

import msgspec

Nanos: TypeAlias = int
"""Nanoseconds since the Unix epoch, UTC (or a span in nanoseconds)."""

Ticks: TypeAlias = int
"""A price, or a distance between prices, in whole ticks of the contract."""

FineTicks: TypeAlias = int
"""An average price in 1/10,000 tick: averages need not lie on the grid."""

Money: TypeAlias = int
"""US dollars in units of 1/10,000 dollar."""

SECOND: Nanos = 1_000_000_000
MILLISECOND: Nanos = 1_000_000
DOLLAR: Money = 10_000
FINE: FineTicks = 10_000


class Value(msgspec.Struct, frozen=True, gc=False):
    """An immutable part of a message."""


class Message(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="is"):
    """An immutable message; its class name is its tag (field `is`) in the trace."""
