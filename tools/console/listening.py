"""Both hubs listened to for a while: when they opened, what came, how old it was."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import msgspec

from gateway.hub_shell import HubPort
from messages.base import Message, Nanos
from messages.hub import Hub, HubLost, HubOpened, OpenHub
from messages.market import Depth, Instrument, Quote, Tape
from tools.console.desk import Desk

QUOTES, TRADES, DEPTH = STREAMS = ("quotes", "trades", "depth")


class Record(msgspec.Struct, frozen=True):
    """One market message: when it was here, and the newest of the venue's stamps in it."""

    stream: str
    stamp: Nanos
    received: Nanos

    @property
    def lag(self) -> Nanos:
        return self.received - self.stamp


class Opening(msgspec.Struct, frozen=True):
    """One hub: when its subscriptions were acknowledged, how long that took, or why it failed."""

    hub: Hub
    at: Nanos
    took: Nanos
    problem: str


class Stream(msgspec.Struct, frozen=True):
    """One stream over a while, ns. None where nothing came; `silence` runs to the end then."""

    name: str
    records: int
    first: Nanos | None
    silence: Nanos
    lag_p50: Nanos | None
    lag_p99: Nanos | None


class Listening:
    """What both hubs have said. Filled by the hubs' threads, read when they are closed."""

    def __init__(self) -> None:
        self.openings: list[Opening] = []
        self.lost: list[HubLost] = []
        self.records: list[Record] = []
        self.tapes: list[Tape] = []
        self.opened: set[Hub] = set()
        self.user_events = 0

    def hear(self, message: Message) -> None:
        match message:
            case Quote():
                self.records.append(Record(QUOTES, message.stamp, message.received))
            case Tape():
                stamp = max(each.stamp for each in message.prints)
                self.records.append(Record(TRADES, stamp, message.received))
                self.tapes.append(message)
            case Depth():
                stamp = max(each.stamp for each in message.rows)
                self.records.append(Record(DEPTH, stamp, message.received))
            case HubOpened():
                self.opened.add(message.hub)
            case HubLost():
                self.lost.append(message)
            case _:
                self.user_events += 1

    @property
    def problems(self) -> list[str]:
        """Each hub that did not open or did not stay open, with the reason."""
        return [f"{lost.hub} hub: {lost.reason}" for lost in self.lost]


@contextmanager
def listening(desk: Desk, contracts: Sequence[Instrument]) -> Iterator[Listening]:
    """Open both hubs for the contracts; they are closed, and no more is heard, at the end."""
    heard = Listening()
    api = desk.venue.api
    for contract in contracts:
        desk.instruments.learn(contract)
    port = HubPort(
        {Hub.MARKET: api.ws_url, Hub.USER: api.user_hub_url},
        desk.access,
        desk.instruments,
        desk.account.id,
        desk.now,
        dict.fromkeys(Hub, heard.hear),
        api.connect_timeout_s,
    )
    try:
        for hub in Hub:
            begun = time.monotonic_ns()
            port.handle(OpenHub(hub))
            took = time.monotonic_ns() - begun
            reasons = [lost.reason for lost in heard.lost if lost.hub is hub]
            problem = "" if hub in heard.opened else (reasons or ["it did not open in time"])[0]
            heard.openings.append(Opening(hub, desk.now(), took, problem))
        yield heard
    finally:
        port.close()


def stream(name: str, records: Sequence[Record], begun: Nanos, ended: Nanos) -> Stream:
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
