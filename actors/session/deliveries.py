"""Deliveries counted from the records alone, each at its own place: ACCOUNTED."""

from actors.runtime.delivery import Finished, Outcome, Published
from actors.runtime.runtime import Accounts


class Deliveries:
    """`types` counts the messages published of each type; `bodiless` those whose body an overloaded
    journal left out.
    """

    def __init__(self) -> None:
        self.sent = 0
        self.handled = 0
        self.conflated = 0
        self.dead = 0
        self.bodiless = 0
        self.types: dict[str, int] = {}

    @property
    def open(self) -> int:
        """Deliveries sent and not finished."""
        return self.sent - self.handled - self.conflated - self.dead

    def published(self, record: Published) -> None:
        self.sent += len(record.receivers)
        self.types[record.type] = self.types.get(record.type, 0) + 1
        self.bodiless += record.message is None

    def finished(self, record: Finished) -> None:
        if record.outcome is Outcome.HANDLED:
            self.handled += 1
        elif record.outcome is Outcome.CONFLATED:
            self.conflated += 1
        else:
            self.dead += 1

    def disagreements(self, accounts: Accounts) -> list[str]:
        """What the runtime's own books and these say differently at the stop, when nothing may be
        queued or running.
        """
        pairs = {
            "sent": (self.sent, accounts.sent),
            "handled": (self.handled, accounts.handled),
            "conflated": (self.conflated, accounts.conflated),
            "dead": (self.dead, accounts.dead),
            "queued": (0, accounts.queued),
            "running": (0, accounts.running),
            "unfinished": (self.open, accounts.queued + accounts.running),
        }
        return [
            f"{name}: {here} by the records, {there} by the runtime"
            for name, (here, there) in pairs.items()
            if here != there
        ]
