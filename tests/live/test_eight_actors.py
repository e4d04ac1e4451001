"""The eight actors on real threads and sockets: who is alive, and what happens when each one in
turn fails while a position is open.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

import pykka
import pytest
from loguru import logger
from signalrcore.hub.base_hub_connection import BaseHubConnection

from actors.live import Command, Tables, live
from actors.runtime.address import Address
from actors.runtime.delivery import Delivery
from actors.session.venue import VenueView
from config.loading import load
from gateway.hub_shell import Emit, HubPort
from gateway.live import LiveGateway
from gateway.session import Session
from messages.hub import Hub
from messages.position import PositionEvent, PositionsFound
from supervisor import ACTIONS, ACTORS, CHILDREN, TIMERS, wiring
from tests.live.bench import Outcome
from tests.simulation.strategies import EAGER
from tools.simulate.mishaps import crashing

pytestmark = [pytest.mark.realtime, pytest.mark.slow]

LONGEST_S = 240
"""Its end is a signal, long before that."""
CLASSES = {
    "PositionActor", "OrderActor", "RiskActor", "SignalActor", "ModelActor", "BarActor",
    "WatchdogActor", "HubActor",
}  # fmt: skip


class Trouble:
    """Breaks the core of one actor after the other, each at its n-th message (timers aside) with a
    position open, and asks for the end of the session when all have traded on.
    """

    def __init__(self, rng: Random, times: Mapping[str, int]) -> None:
        self.order: list[Address] = []
        self.hubs: HubPort | None = None
        self.alive: set[str] = set()
        self.connections: list[object] = []
        self._rng = rng
        self._waiting = dict(times)
        self._n = rng.randint(1, 6)
        self._heard = 0
        self._view = VenueView()
        self._lock = threading.Lock()
        self._trips = 0

    def due(self, address: Address, delivery: Delivery) -> bool:
        """Called by every actor's thread before each message."""
        with self._lock:
            if isinstance(delivery.message, PositionEvent | PositionsFound):
                self._look(delivery)
            name = address.partition("[")[0]
            if self._view.flat or isinstance(delivery.message, TIMERS) or not self._waiting:
                return False
            if name != next(iter(self._waiting)):
                return False
            self._heard += 1
            if self._heard < self._n:
                return False
            return self._strike(name, address)

    def _look(self, delivery: Delivery) -> None:
        before = self._view.flat
        self._view.take(delivery.message)
        if not before and self._view.flat and not self._waiting:
            self._trips += 1
            if self._trips == 2:  # all are back, and another position has come and gone
                os.kill(os.getpid(), signal.SIGTERM)

    def _strike(self, name: str, address: Address) -> bool:
        if not self.order:
            self._take_stock()
        self.order.append(address)
        self._waiting[name] -= 1
        if not self._waiting[name]:
            del self._waiting[name]
        self._n, self._heard = self._rng.randint(1, 6), 0
        return True

    def _take_stock(self) -> None:
        """Who is there while a position is open, before anything was broken."""
        entries = pykka.ActorRegistry.get_all()
        self.alive = {entry.actor_class.__name__ for entry in entries if entry.is_alive()}
        assert len(entries) == len(self.alive)
        assert self.hubs is not None
        legs = [link._leg for link in self.hubs._links.values()]
        self.connections = [leg._connection for leg in legs if leg is not None]


@pytest.fixture
def gentle() -> Iterator[None]:
    """What a session changes of the process it runs in."""
    logger.remove()
    interval = sys.getswitchinterval()
    yield
    sys.setswitchinterval(interval)
    pykka.ActorRegistry.stop_all()


def run(trouble: Trouble, logs: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> Outcome:
    """A whole session in this process, with cores that break."""
    hubs = LiveGateway.hubs

    def watched(
        self: LiveGateway, session: Session, emit: Mapping[Hub, Emit], heartbeat_interval_s: float
    ) -> HubPort:
        trouble.hubs = hubs(self, session, emit, heartbeat_interval_s)
        return trouble.hubs

    monkeypatch.setattr(LiveGateway, "hubs", watched)
    overrides = [*EAGER, f"logs.directory={logs}", *more]
    settings = load(None, overrides, environ={}).settings
    tables = Tables(crashing(CHILDREN, trouble.due), ACTIONS, wiring)
    code = live(settings, Command(duration=LONGEST_S * 1_000_000_000), tables)
    return Outcome(code, "", "", logs)


@pytest.mark.usefixtures("gentle")
def test_each_actor_may_fail_in_a_position(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trouble = Trouble(Random(4), dict.fromkeys(ACTORS, 1))
    outcome = run(trouble, tmp_path, monkeypatch)
    trace = outcome.trace()

    assert trouble.alive == CLASSES
    assert len(trouble.connections) == 2
    assert all(isinstance(one, BaseHubConnection) for one in trouble.connections)

    assert [address.partition("[")[0] for address in trouble.order] == list(ACTORS)
    # Two that are struck within a millisecond may tell of it in either order.
    failed = [line["message"]["actor"] for line in trace.of("ActorFailed")]
    assert sorted(failed) == sorted(trouble.order)
    restarted = [line["message"]["actor"] for line in trace.of("ActorRestarted")]
    assert restarted == failed
    dead = [line for line in trace.lines if line.get("outcome") == "dead"]
    assert len(dead) == len(ACTORS), "only the messages that killed are lost"

    report = outcome.judged()
    assert not any(report.violations.values()), report.details
    assert outcome.metrics["violations"] == report.violations
    assert outcome.metrics["exit_reason"] == "SIGTERM", "they did not all trade on"
    assert outcome.code == 0
    assert report.flat


@pytest.mark.usefixtures("gentle")
def test_too_many_failures_of_the_order_room_are_flattened_by_the_emergency_lane(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble = Trouble(Random(4), {"order": 10})
    outcome = run(trouble, tmp_path, monkeypatch)

    restarts = outcome.metrics["restarts"]
    assert restarts == 3
    assert outcome.code == 10
    report = outcome.judged()
    assert report.flat
    assert not any(report.violations.values()), report.details
    assert outcome.metrics["violations"] == report.violations
    assert outcome.metrics["state_at_end"] == "FLAT"
    failures = [line["message"]["way"] for line in outcome.trace().of("FlattenFailed")]
    assert failures == ["order"], "the first way must have missed its deadline"
