"""Whether the market hub has fallen silent, too shortly to be alarmed at. Pure."""

from messages.base import SECOND, Message, Nanos
from messages.hub import Hub, HubActivity, HubQuiet

QUIET = 1 * SECOND
"""A connection may be deaf long before its silence is called stale data. Both hubs may have gone
deaf at once, and of the user hub's silence nobody can tell what it means.
"""


class Quiet:
    """`since`: from when on the market's silence counts."""

    def __init__(self, since: Nanos) -> None:
        self._since = since
        self._told: bool | None = None

    def measured(self, activity: HubActivity, expected: bool, now: Nanos) -> list[Message]:
        """The news, if there is any. `expected`: the market is open, and data must come."""
        if activity.hub is not Hub.MARKET:
            return []
        newest = max(activity.last_quote, activity.last_tape, activity.last_depth, self._since)
        quiet = expected and now - newest >= QUIET
        if quiet is self._told:
            return []
        self._told = quiet
        return [HubQuiet(Hub.MARKET, quiet)]

    def again(self) -> None:
        """Somebody has lost what was told: the next measurement tells it once more."""
        self._told = None
