"""How far the venue's stamps lie behind our clock at best."""

from messages.base import SECOND, Nanos

WINDOW = 60 * SECOND


class Lag:
    """The least of (receipt - stamp) over the last one to two WINDOWs, in ns.

    It holds the delay of the line and the difference of the two clocks, which may be negative.
    Bars close by our clock when the venue's, as far as this tells, has passed their end.
    """

    def __init__(self) -> None:
        self.least: Nanos = 0
        self._turn: Nanos = 0
        self._previous: Nanos | None = None
        self._present: Nanos | None = None

    def note(self, received: Nanos, stamp: Nanos) -> None:
        """Take in one message."""
        delay = received - stamp
        if received >= self._turn:
            self._turn = received + WINDOW
            self._previous, self._present = self._present, delay
        elif self._present is not None and delay >= self._present:
            return
        self._present = delay
        self.least = delay if self._previous is None else min(self._previous, delay)
