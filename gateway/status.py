"""Whether the venue's REST side is there at all (gateway.md 3.12)."""

from gateway.exchange import HttpReply, HttpRequest, Plan
from gateway.limiter import Lane
from gateway.reading import ReadFailed
from messages.base import Nanos


def pinging() -> Plan[Nanos]:
    """The round trip of a ping, which needs no token. Raises ReadFailed.

    The answer is pong, bare or quoted.
    """
    reply = yield HttpRequest("/api/Status/ping", b"", Lane.LOOKUP, repeatable=True, method="GET")
    if not isinstance(reply, HttpReply):
        raise ReadFailed(reply.kind.value, reply.words)
    if reply.status != 200:
        raise ReadFailed(f"http_{reply.status}")
    if reply.body.strip() not in (b"pong", b'"pong"'):
        raise ReadFailed("unreadable", f"not a pong: {reply.body[:40]!r}")
    return reply.received - reply.sent
