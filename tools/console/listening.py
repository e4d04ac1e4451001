"""Both hubs listened to for a while, by the engine's own connection: what came, and how old."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import msgspec

from gateway.hub_shell import HubPort
from messages.base import Message, Nanos
from messages.hub import Hub, HubLost, HubOpened, OpenHub
from messages.market import Depth, DepthRow, Instrument, Print, Quote, Tape
from messages.order import FillEvent, OrderEvent
from messages.position import AccountEvent, PositionEvent
from tools.console.command import Stopped
from tools.console.desk import Desk
from tools.console.running import engine_runs

STREAMS = QUOTES, TRADES, DEPTH = "quotes", "trades", "depth"
USER_STREAMS = ACCOUNT, ORDERS, POSITIONS, FILLS = "account", "orders", "positions", "fills"

BUSY = "an engine runs on this account, and the venue would end its session for ours"


class Record(msgspec.Struct, frozen=True):
    """One message of a hub: when it was here, and the newest of the venue's stamps in it. What the
    user hub says has none that tells its age: there it is the receipt, and no contract.
    """

    stream: str
    contract: str
    stamp: Nanos
    received: Nanos

    @property
    def lag(self) -> Nanos:
        return self.received - self.stamp


class Stream(msgspec.Struct, frozen=True):
    """One stream over a while, ns. None where nothing came; `silence` runs to the end then."""

    name: str
    records: int
    first: Nanos | None
    silence: Nanos
    lag_p50: Nanos | None
    lag_p99: Nanos | None


_USER_EVENTS = {
    AccountEvent: ACCOUNT,
    OrderEvent: ORDERS,
    PositionEvent: POSITIONS,
    FillEvent: FILLS,
}


def _newest(rows: Iterable[Print | DepthRow]) -> Nanos:
    return max(each.stamp for each in rows)


class Listening:
    """What both hubs have said, from when each was open or had failed to. Filled by the hubs'
    threads, read when they are closed.
    """

    def __init__(self) -> None:
        self.begun: dict[Hub, Nanos] = {}
        self.lost: list[HubLost] = []
        self.records: list[Record] = []
        self.tapes: list[Tape] = []
        self.opened: set[Hub] = set()

    def hear(self, message: Message) -> None:
        match message:
            case Quote():
                self._record(QUOTES, message.contract, message.stamp, message.received)
            case Tape():
                self._record(TRADES, message.contract, _newest(message.prints), message.received)
                self.tapes.append(message)
            case Depth():
                self._record(DEPTH, message.contract, _newest(message.rows), message.received)
            case HubOpened():
                self.opened.add(message.hub)
            case HubLost():
                self.lost.append(message)
            case AccountEvent() | OrderEvent() | PositionEvent() | FillEvent():
                name = _USER_EVENTS[type(message)]
                self._record(name, "", message.received, message.received)
            case _:
                pass  # about the connection, not from the venue

    def _record(self, stream: str, contract: str, stamp: Nanos, received: Nanos) -> None:
        self.records.append(Record(stream, contract, stamp, received))

    @property
    def problems(self) -> list[str]:
        """Each hub that did not open or did not stay open, with the reason."""
        known = [f"{lost.hub} hub: {lost.reason}" for lost in self.lost]
        silent = self.begun.keys() - self.opened - {lost.hub for lost in self.lost}
        return known + [f"{hub} hub: it did not open in time" for hub in sorted(silent)]


@contextmanager
def hubs(
    desk: Desk, contracts: Sequence[Instrument], hear: Callable[[Message], None]
) -> Iterator[HubPort]:
    """Both hubs for the contracts, not opened yet; `hear` is called in their threads. They are
    closed, and no more is heard, at the end.

    Raises Stopped where that would end the session of an engine on the real account.
    """
    if desk.venue.live and engine_runs(desk):
        raise Stopped(f"lock: {BUSY}: stop it first", 9)
    api = desk.venue.api
    for contract in contracts:
        desk.instruments.learn(contract)
    port = HubPort(
        {Hub.MARKET: api.ws_url, Hub.USER: api.user_hub_url},
        desk.access,
        desk.instruments,
        desk.account.id,
        desk.now,
        dict.fromkeys(Hub, hear),
        api.connect_timeout_s,
    )
    try:
        yield port
    finally:
        port.close()


@contextmanager
def listening(desk: Desk, contracts: Sequence[Instrument]) -> Iterator[Listening]:
    """Open both hubs for the contracts; raises what `hubs` does."""
    heard = Listening()
    with hubs(desk, contracts, heard.hear) as port:
        for hub in Hub:
            port.handle(OpenHub(hub))
            heard.begun[hub] = desk.now()
        yield heard


def stream(name: str, records: Iterable[Record], begun: Nanos, ended: Nanos) -> Stream:
    """The figures of one stream; what came while it was being opened counts from then."""
    mine = sorted((each for each in records if each.stream == name), key=lambda r: r.received)
    if not mine:
        return Stream(name, 0, None, ended - begun, None, None)
    times = [begun, *(max(begun, each.received) for each in mine), max(ended, mine[-1].received)]
    silence = max(later - earlier for earlier, later in pairwise(times))
    lags = [each.lag for each in mine]
    first = max(0, mine[0].received - begun)
    return Stream(name, len(mine), first, silence, quantile(lags, 0.5), quantile(lags, 0.99))


def quantile(values: Sequence[Nanos], share: float) -> Nanos:
    """The least value that so much of the sample does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
