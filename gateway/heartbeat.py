"""Whether the venue still answers on a connection, and how fast."""

from messages.base import Nanos

NEVER: Nanos = 2**63 - 1


class Heartbeat:
    """Calls on one open connection, each timed from its sending to its answer, which may be an
    error. One at a time: the server works off a client's calls one after another, so a second would
    only wait behind the first.
    """

    def __init__(self, every: Nanos, identity: int) -> None:
        """`identity` is the first call's; the later ones count on from there."""
        self.round_trip: Nanos = 0
        """Of the newest call that was answered; 0: none yet."""
        self.due: Nanos = NEVER
        """When the next call is to be made."""
        self._every = every
        self._identity = identity - 1
        self._sent: Nanos | None = None

    @property
    def waiting(self) -> bool:
        return self._sent is not None

    def begin(self, now: Nanos) -> None:
        """The connection is open."""
        self.due = now + self._every

    def beat(self, now: Nanos) -> str:
        """The identity of a call that is made now."""
        self._identity += 1
        self._sent = now
        self.due = NEVER
        return str(self._identity)

    def answered(self, identity: str, now: Nanos) -> bool:
        """Whether this answer is the awaited one."""
        if self._sent is None or identity != str(self._identity):
            return False
        self.round_trip = now - self._sent
        self.due = max(now, self._sent + self._every)
        self._sent = None
        return True

    def unanswered(self, now: Nanos) -> Nanos:
        """How long the call under way has been waiting; 0: none is."""
        return 0 if self._sent is None else now - self._sent
