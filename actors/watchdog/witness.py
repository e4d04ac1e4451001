"""One stream that tells of another's end. Pure."""

from messages.base import SECOND, Nanos

SLACK = 1 * SECOND
"""How far apart two streams may tell of one event."""


class Witness:
    """What moved on one stream (`move`) should have shown on the other (`show`) within SLACK.

    A single move that does not show proves nothing: the figure may be old, or refreshed late. Two
    of them do, unless the other stream speaks after all.
    """

    def __init__(self) -> None:
        self._shown: Nanos = 0
        self._first: Nanos | None = None
        self._second: Nanos | None = None

    def show(self, at: Nanos) -> None:
        """The other stream has spoken: whatever moved before is explained."""
        self._shown = max(self._shown, at)
        self._first = self._second = None

    def move(self, at: Nanos) -> None:
        if at - self._shown < SLACK:
            return
        if self._first is None:
            self._first = at
        elif self._second is None:
            self._second = at

    def dead_for(self, now: Nanos) -> Nanos:
        """Since the first move that did not show; 0 while nothing is proven."""
        if self._first is None or self._second is None or now - self._second < SLACK:
            return 0
        return now - self._first
