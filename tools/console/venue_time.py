"""The venue's clock against ours, by the Date header of its answers."""

import http.client
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import msgspec

from messages.base import MILLISECOND, SECOND, Nanos

PING = "/api/Status/ping"
PAUSE_S = 0.13
"""Between samples: eight of them see the second change to about a tenth."""


class Offset(msgspec.Struct, frozen=True):
    """The venue's time minus ours, ns, somewhere from `least` to `most`."""

    least: Nanos
    most: Nanos

    @property
    def middle(self) -> Nanos:
        return (self.least + self.most) // 2

    @property
    def width(self) -> Nanos:
        return self.most - self.least

    def narrowed(self, other: "Offset") -> "Offset":
        return Offset(max(self.least, other.least), min(self.most, other.most))


def sample(date: str, sent: Nanos, received: Nanos) -> Offset:
    """What one answer tells: its whole second was written between sending and receiving.

    Raises ValueError.
    """
    second = int(parsedate_to_datetime(date).timestamp()) * SECOND
    return Offset(second - received, second + SECOND - sent)


def measured(base_url: str, samples: int, timeout_s: float) -> Offset | None:
    """None where the venue states no date. Raises OSError and HTTPException."""
    known: Offset | None = None
    for number in range(samples):
        if number:
            time.sleep(PAUSE_S)
        date, sent, received = _asked(base_url, timeout_s)
        if date is None:
            return None
        found = sample(date, sent, received)
        known = found if known is None else known.narrowed(found)
    return known


def words(offset: Offset) -> str:
    """Such as `+12 ms (within 70 ms)`."""
    half = offset.width // 2 // MILLISECOND
    return f"{offset.middle / MILLISECOND:+,.0f} ms (within {half:,} ms)"


def _asked(base_url: str, timeout_s: float) -> tuple[str | None, Nanos, Nanos]:
    parts = urlsplit(base_url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=timeout_s)
    try:
        connection.connect()
        sent = time.time_ns()
        connection.request("GET", parts.path.rstrip("/") + PING)
        response = connection.getresponse()
        received = time.time_ns()
        response.read()
        return response.getheader("Date"), sent, received
    finally:
        connection.close()
