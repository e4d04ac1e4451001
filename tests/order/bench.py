"""The order room in front of a small venue in virtual time, and the tests' vocabulary."""

from msgspec.structs import replace

from actors.order.actor import OrderActor
from actors.order.entering import Rules
from messages.base import MILLISECOND, SECOND, Nanos
from messages.control import Alarm, AlarmKind, SessionStarted
from messages.decision import Approved, SignalKind
from messages.market import Bar, BarClosed, Instrument, Side
from messages.order import (
    CancelOrder,
    CloseContract,
    ModifyOrder,
    Order,
    OrderStatus,
    OrderType,
    Phase,
    PhaseChanged,
    PlaceOrder,
)
from tests.order.venue import ASKED, MES, PRICE, S, T, Venue
from tests.runtime.stage import Stage

MICRO = Instrument(MES, "MES", "MESZ6", "0.25", 12_500)
RULES = Rules(OrderType.MARKET, 2, 5 * SECOND, 1_500 * MILLISECOND)
PLACED = (PlaceOrder, ModifyOrder, CancelOrder, CloseContract)

STOP, TARGET = T.STOP, T.LIMIT
LIMIT_RULES = replace(RULES, order_type=T.LIMIT)
MANUAL = replace(RULES, manual=True)


class Room:
    """The order room before the venue, and the test's vocabulary."""

    def __init__(
        self, venue: Venue | None = None, rules: Rules = RULES, flatten_on_start: bool = False
    ) -> None:
        self.venue = Venue() if venue is None else venue
        self.stage = self.venue.stage = Stage(
            "order",
            OrderActor,
            (MICRO,),
            rules,
            flatten_on_start,
            ports={"gateway": (self.venue, PLACED), "queries": (self.venue, ASKED)},
        )

    def start(self) -> "Room":
        """The session begins; flat when this returns, if the venue is."""
        self.stage.send(SessionStarted(self.stage.now))
        self.stage.run(0.5)
        return self

    def approve(self, kind: SignalKind = SignalKind.LONG_ENTRY, size: int = 1) -> None:
        self.stage.send(approved(kind, size))

    def enter(self, kind: SignalKind = SignalKind.LONG_ENTRY, size: int = 1) -> "Room":
        """A position behind its verified bracket."""
        self.start()
        self.approve(kind, size)
        self.stage.run(0.5)
        assert self.phase is Phase.PROTECTED
        return self

    def run(self, seconds: float) -> None:
        self.stage.run(seconds)

    @property
    def phases(self) -> list[Phase]:
        return [change.phase for change in self.stage.said(PhaseChanged)]

    @property
    def phase(self) -> Phase:
        return self.phases[-1]

    @property
    def reasons(self) -> list[str]:
        return [change.reason for change in self.stage.said(PhaseChanged)]


def alarms(room: Room) -> list[AlarmKind]:
    return [alarm.kind for alarm in room.stage.said(Alarm)]


def flat(room: Room) -> bool:
    """Said to be flat, and truly so."""
    venue = room.venue
    return room.phase is Phase.FLAT and venue.position == 0 and not venue.working()


def closed(bid: int, ask: int, end: Nanos = 1) -> BarClosed:
    """A bar that ends with this quote."""
    return BarClosed(MES, Bar(end - 1, end, *(PRICE,) * 4, 1, bid=bid, ask=ask))


def approved(kind: SignalKind = SignalKind.LONG_ENTRY, size: int = 1) -> Approved:
    return Approved(MES, 0, kind, PRICE, size, 8, 12, 0, 0, 0)


def order(
    id: int = 1,
    status: OrderStatus = S.OPEN,
    type: OrderType = T.LIMIT,
    side: Side = Side.SELL,
    size: int = 1,
    filled: int = 0,
    **rest: object,
) -> Order:
    row = Order(id, MES, status, type, side, size, filled, 0)
    return replace(row, **rest)


__all__ = ["ASKED", "MES", "PRICE", "S", "T", "Venue"]
