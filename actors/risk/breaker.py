"""The circuit breaker: orders that fail one after another mean that something is wrong. Pure."""

from messages.base import Nanos


class Breaker:
    """Opens at `limit` failed orders within `window`, and closes when none has failed for as long.

    Each order counts once, however often its failure is told.
    """

    def __init__(self, limit: int, window: Nanos) -> None:
        self.limit = limit
        self.window = window
        self.open = False
        self._failed: dict[str, Nanos] = {}

    def failed(self, order: str, now: Nanos) -> None:
        """`order` names it: its tag, or the venue's id where it has none."""
        self._failed.setdefault(order, now)

    def count(self, now: Nanos) -> int:
        """Orders that failed within the window up to now."""
        return sum(at > now - self.window for at in self._failed.values())

    def turned(self, now: Nanos) -> bool:
        """Bring `open` up to now; whether that changed it."""
        count = self.count(now)
        if not count:
            self._failed.clear()
        was, self.open = self.open, count >= self.limit or (self.open and count > 0)
        return self.open is not was
