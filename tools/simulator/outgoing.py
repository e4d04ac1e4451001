"""What leaves a hub: WebSocket messages in the shape the venue is set to (shapes.py)."""

from collections.abc import Sequence
from typing import NamedTuple

from tools.simulator.shapes import Shapes

CUTS = 3
"""Pieces a message is cut into where the venue cuts them."""


class Outgoing(NamedTuple):
    """Text for one connection, or None: drop its socket. `at` is when it leaves (ns UTC)."""

    connection: int
    data: bytes | None
    at: int


def shaped(sent: list[Outgoing], shapes: Shapes) -> list[Outgoing]:
    """As messages: as they are, packed, or packed and cut."""
    if shapes.frames == "instant":
        return sent
    whole = _packed(sent)
    return whole if shapes.frames == "packed" else [piece for out in whole for piece in _cut(out)]


def _packed(sent: Sequence[Outgoing]) -> list[Outgoing]:
    """All that goes to a connection as one message; where its socket is dropped, before that."""
    rows: dict[int, list[Outgoing]] = {}
    for out in sent:
        rows.setdefault(out.connection, []).append(out)
    whole = []
    for number, mine in rows.items():
        data = b"".join([row.data for row in mine if row.data is not None])
        if data:
            whole.append(Outgoing(number, data, mine[-1].at))
        whole += [row for row in mine if row.data is None]
    return whole


def _cut(out: Outgoing) -> list[Outgoing]:
    """A message in pieces of about one length, as text: each is a message of its own."""
    if out.data is None:
        return [out]
    text = out.data.decode()
    size = -(-len(text) // CUTS)
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    return [out._replace(data=piece.encode()) for piece in pieces]
