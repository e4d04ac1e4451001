"""The course of the one trade of --trade-once, by what the rooms say of it. Pure."""

from messages.control import StopRequested
from messages.decision import Denied
from messages.order import Phase, PhaseChanged

LATCH = "trade_once"
"""Holds entries from the first on, and ends with its process: the next one has a trade of its own,
if any.
"""
EXIT_FAILED = 7
"""A check has failed: there was no trade, or it never stood behind its bracket."""


class Once:
    """The supervisor keeps it, because the supervisor is never restarted."""

    def __init__(self) -> None:
        self.contract = ""
        """Where the entry is; empty before it."""
        self._protected = False

    def moved(self, change: PhaseChanged) -> StopRequested | None:
        """The stop, once the trade is over or known to come to nothing."""
        if not self.contract and change.phase is Phase.ENTERING:
            self.contract = change.contract
        if change.contract != self.contract:
            return None
        self._protected = self._protected or change.phase is Phase.PROTECTED
        if change.phase is not Phase.FLAT:
            return None
        if self._protected:
            return StopRequested(f"the one trade is over: {change.reason}")
        return StopRequested(f"the one trade has failed: {change.reason}", EXIT_FAILED)

    def denied(self, denied: Denied) -> StopRequested | None:
        """The stop for an entry that is refused before it is sent."""
        if self.contract:
            return None
        measured = f" ({denied.used} of {denied.limit} {denied.unit})" if denied.unit else ""
        return StopRequested(f"the one trade is denied: {denied.code}{measured}", EXIT_FAILED)

    def ended(self, request: StopRequested) -> StopRequested:
        """A stop for another reason, told with what has become of the trade."""
        if self._protected or request.code:
            return request
        words = "the one trade has not stood yet" if self.contract else "no trade was made"
        return StopRequested(f"{request.reason}: {words}", EXIT_FAILED)
