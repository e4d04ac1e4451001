"""The bar room in virtual time, and what it published."""

from actors.bar.actor import BarActor
from actors.runtime.clock import VirtualClock
from actors.runtime.delivery import Published, Record
from actors.runtime.virtual import VirtualRuntime
from actors.runtime.wiring import Wiring
from config.calendar import exchange
from config.timeframe import parse
from messages.base import MILLISECOND, SECOND, Message, Nanos
from messages.control import ActorFailed, ActorRestarted, SessionEnded, SessionStarted
from messages.hub import Hub, HubLost, HubOpened, HubState
from messages.market import (
    Bar,
    BarClosed,
    BarsFound,
    Depth,
    FrameClosed,
    Instrument,
    PastBars,
    PastFrames,
    Print,
    QueryBars,
    Quote,
    Side,
    Tape,
)
from messages.order import QueryFailed
from messages.picture import MarketPicture

T = 1_790_000_000 * SECOND
MES = Instrument("CON.F.US.MES.Z26", "MES", "MESZ6", "0.25", 12_500)
BAR = f"bar[{MES.id}]"
ROUTES: dict[type[Message], tuple[str, ...]] = {
    **dict.fromkeys((SessionStarted, SessionEnded, BarsFound, QueryFailed), ("bar",)),
    **dict.fromkeys((HubOpened, HubLost, HubState, ActorRestarted), ("bar",)),
    **dict.fromkeys((Quote, Tape, Depth), ("bar",)),
    **dict.fromkeys((BarClosed, PastBars, QueryBars, ActorFailed), ()),
    **dict.fromkeys((FrameClosed, PastFrames, MarketPicture), ()),
}
WIRING = Wiring(ROUTES, frozenset(), {Quote: Quote.merged}, (MES.id,))


class Room:
    """One BarActor in virtual time, and what it published."""

    def __init__(
        self, contracts: int = 1, taped: bool = True, timeframes: str = "", every: Nanos = 0
    ) -> None:
        self.contracts, self.taped, self.every = contracts, taped, every
        self.timeframes = tuple(map(parse, timeframes.split()))
        self.records: list[Record] = []
        self.runtime = VirtualRuntime(WIRING, VirtualClock(T), self.records.append, seed=1)
        self.spawn()
        self.send = self.runtime.emitter("test")

    def spawn(self) -> None:
        given = (MES, 300, self.contracts, self.taped, self.timeframes, exchange, self.every)
        self.runtime.spawn(BAR, BarActor, *given)

    def until(self, seconds: float) -> None:
        self.runtime.run(T + round(seconds * 1_000) * MILLISECOND)

    def print(self, seconds: float, price: int, size: int = 1) -> None:
        """A print stamped and received now, at `seconds`."""
        self.until(seconds)
        now = self.runtime.clock.now
        self.send(Tape(MES.id, now, (Print(now, price, size, Side.BUY),)))

    def published(self, kind: type[Message]) -> list[Message]:
        return [
            record.message
            for record in self.records
            if isinstance(record, Published) and isinstance(record.message, kind)
        ]

    @property
    def bars(self) -> list[Bar]:
        return [m.bar for m in self.published(BarClosed) if isinstance(m, BarClosed)]


def second(bar: Bar) -> float:
    return (bar.start - T) / SECOND


def away(room: Room, until: float) -> None:
    """Prints, then the market hub is lost in the middle of a bar."""
    room.print(0, 100, 3)
    room.print(1.2, 101, 4)
    room.send(HubLost(Hub.MARKET, 1, "gone"))
    room.until(until)


def answer(room: Room, *volumes: tuple[int, int]) -> None:
    """The venue's bars as (second, volume), to the newest question."""
    asked = room.published(QueryBars)[-1]
    assert isinstance(asked, QueryBars)
    bars = tuple(
        Bar(T + s * SECOND, T + (s + 1) * SECOND, 90, 92, 89, 91, volume) for s, volume in volumes
    )
    room.send(BarsFound(MES.id, 1, bars, asked.end, asked.start))
    room.runtime.run(room.runtime.clock.now)


def told(room: Room) -> list[tuple[float, int, bool]]:
    return [
        (second(m.bar), m.bar.volume, m.degraded)
        for m in room.published(BarClosed)
        if isinstance(m, BarClosed)
    ]
