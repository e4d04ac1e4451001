"""What a hub has delivered, in figures."""

from collections.abc import Sequence

from msgspec.structs import replace

from gateway.heartbeat import Heartbeat
from messages.base import Message, Nanos
from messages.hub import Hub, HubActivity, HubLost, HubOpened
from messages.market import Depth, Quote, Tape


class Tally:
    """What one hub has delivered since the start, over all its connections; while one takes the
    place of another, both count.

    `unreadable` counts records that could not be read (`problem` is the latest), `unknown` those of
    targets and types that nobody asked for.
    """

    def __init__(self) -> None:
        self.quotes = self.tapes = self.depths = self.events = 0
        self.last_frame = 0
        self.newest: dict[type[Message], Message] = {}
        self.unreadable = self.unknown = 0
        self.problem = ""

    def count(self, messages: Sequence[Message]) -> None:
        for message in messages:
            kind = type(message)
            self.newest[kind] = message
            if kind is Quote:
                self.quotes += 1
            elif kind is Depth:
                self.depths += 1
            elif kind is Tape:
                self.tapes += 1
            elif kind is not HubOpened and kind is not HubLost:
                self.events += 1

    def activity(
        self, hub: Hub, is_open: bool, now: Nanos, heartbeat: Heartbeat | None = None
    ) -> HubActivity:
        """`heartbeat` is the present connection's."""
        activity = HubActivity(
            hub,
            is_open,
            now,
            self.last_frame,
            self.quotes,
            self.tapes,
            self.depths,
            self.events,
            round_trip=0 if heartbeat is None else heartbeat.round_trip,
            unanswered=0 if heartbeat is None else heartbeat.unanswered(now),
        )
        return replace(activity, **self._newest())

    def _newest(self) -> dict[str, Nanos]:
        """Receipt and stamp of the newest record of each stream."""
        found: dict[str, Nanos] = {}
        for message in self.newest.values():
            match message:
                case Quote(received=received, stamp=stamp):
                    found |= {"last_quote": received, "stamp_quote": stamp}
                case Tape(received=received, prints=prints):
                    found |= {"last_tape": received, "stamp_tape": prints[-1].stamp}
                case Depth(received=received, rows=rows):
                    found |= {"last_depth": received, "stamp_depth": rows[-1].stamp}
                case _:
                    pass
        return found
