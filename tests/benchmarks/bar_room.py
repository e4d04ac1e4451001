"""How fast one BarActor handles a market, all analytics and three timeframes included.

Each message is handled as the runtime hands it over: the actor's clock is read, its handler runs,
what it says is published, and the delivery is recorded (to nobody). How a message gets into a
mailbox and out of it is not in the figures. No picture is told: what one costs is told apart.
"""

from collections.abc import Iterable, Sequence

from actors.bar.actor import BarActor
from actors.runtime.clock import VirtualClock
from actors.runtime.delivery import Delivery, Record
from actors.runtime.virtual import VirtualRuntime
from actors.runtime.wiring import Wiring
from config.timeframe import parse
from messages.base import Message, Nanos
from messages.control import ActorFailed, Pong
from messages.market import (
    BarClosed,
    FrameClosed,
    Instrument,
    MarketStatus,
    PastBars,
    PastFrames,
    QueryBars,
)
from messages.picture import MarketPicture
from tests.bar.analytics.recorded import CONTRACT
from tests.bar.analytics.recorded import Message as Heard

INSTRUMENT = Instrument(CONTRACT, "F.US.MES", "MESZ6", "0.25", 12_500)
PLACE = f"bar[{CONTRACT}]"
SAID = (
    *(BarClosed, FrameClosed, PastFrames, PastBars, QueryBars, MarketPicture),
    *(ActorFailed, Pong),
)
ROUTES: dict[type[Message], tuple[str, ...]] = {
    **dict.fromkeys(BarActor.handlers, ("bar",)),
    **dict.fromkeys(SAID, ()),
}
FRAMES = tuple(map(parse, ("1min", "5min", "1hr")))


def always(now: Nanos) -> MarketStatus:
    return MarketStatus.OPEN


def nobody(record: Record) -> None:
    pass


class Room(VirtualRuntime):
    """One BarActor, handed its messages directly, at the time of their receipt. Its timers never
    fire.
    """

    def __init__(self, now: Nanos) -> None:
        wiring = Wiring(ROUTES, frozenset(), {}, (CONTRACT,))
        super().__init__(wiring, VirtualClock(now), nobody, seed=1)
        self.spawn(PLACE, BarActor, INSTRUMENT, 300, 1, True, FRAMES, always)

    def hear(self, records: Iterable[Heard]) -> None:
        clock, receive = self.clock, self._behaviours[PLACE].receive
        for record in records:
            if record.received > clock.now:
                clock.now = record.received
            receive(Delivery("hub#1:1", record, "hub", PLACE, (), "hub#1:1", clock.now))
        self._due.clear()  # of timers that nobody waits for


def handled(records: Sequence[Heard]) -> None:
    """One actor handles every message."""
    Room(records[0].received).hear(records)
