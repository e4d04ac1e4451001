"""Tables that forget their oldest entries, so that a long session does not grow without end."""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 10_000


def remember(table: dict[K, V], key: K, value: V, most: int = MOST) -> None:
    """Put an entry; past `most` entries the oldest goes."""
    table[key] = value
    if len(table) > most:
        del table[next(iter(table))]
