"""Instants on the wire: ISO 8601 text to and from int ns UTC, fast."""

import re
from datetime import UTC, datetime

from messages.base import SECOND, Nanos

_REMEMBERED = 65_536


class _Seconds(dict[str, Nanos]):
    """`2026-11-20T15:02:11` (UTC) -> ns; the stamps of one second parse their date once."""

    def __missing__(self, text: str) -> Nanos:
        if len(text) != 19 or text[10] != "T" or text[16] != ":" or not text.isascii():
            raise ValueError(f"time {text!r} is not YYYY-MM-DDTHH:MM:SS")
        at = int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND
        return _remember(self, text, at)


class _Rests(dict[str, Nanos]):
    """What follows the seconds, fraction and zone -> ns to add; whole milliseconds parse once."""

    def __missing__(self, text: str) -> Nanos:
        parts = _REST.fullmatch(text)
        if parts is None:
            raise ValueError(f"time ending in {text!r}: not a fraction of 1 to 9 digits and a zone")
        rest = int((parts["fraction"] or "").ljust(9, "0"))
        if parts["sign"]:
            east = (int(parts["hours"]) * 3600 + int(parts["minutes"]) * 60) * SECOND
            rest += east if parts["sign"] == "-" else -east
        return _remember(self, text, rest)


_REST = re.compile(
    r"(?:\.(?P<fraction>[0-9]{1,9}))?"
    r"(?:Z|(?P<sign>[+-])(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2}))?"
)
_SECONDS = _Seconds()
_RESTS = _Rests()


def _remember(cache: dict[str, Nanos], text: str, value: Nanos) -> Nanos:
    if len(cache) >= _REMEMBERED:
        cache.clear()
    cache[text] = value
    return value


def nanos(text: str) -> Nanos:
    """An instant as the venue writes it (gateway.md 3.1): 0 to 9 fraction digits, no zone is UTC.

    Raises ValueError.
    """
    return _SECONDS[text[:19]] + _RESTS[text[19:]]


def iso(at: Nanos) -> str:
    """An instant for a request: UTC with Z and microseconds, rounded down as REST stores them."""
    seconds, rest = divmod(at, SECOND)
    whole = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{rest // 1000:06d}Z"
