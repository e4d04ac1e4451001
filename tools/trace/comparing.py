"""Where two sessions part: the first decision that differs."""

from itertools import zip_longest

import msgspec

from actors.runtime.trace import DECISIONS
from tools.trace.lines import Sent
from tools.trace.trace import Trace


class Parting(msgspec.Struct, frozen=True):
    """The first decision that differs: how many were alike before it, and what each side decided
    (None: it had ended).
    """

    alike: int
    one: Sent | None
    other: Sent | None


def parting(one: Trace, other: Trace) -> Parting | int:
    """The first difference between two decision traces (actors.runtime.trace), or how many
    decisions they share where there is none. Ids and measured times do not count.
    """
    alike = 0
    for mine, its in zip_longest(one.sent(*DECISIONS), other.sent(*DECISIONS)):
        if mine is None or its is None or _decided(mine) != _decided(its):
            return Parting(alike, mine, its)
        alike += 1
    return alike


def _decided(sent: Sent) -> tuple[str, bytes]:
    return sent.sender, bytes(sent.message)
