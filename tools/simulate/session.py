"""One virtual session, from settings to the venue's journal."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Literal

import msgspec

from actors.engine import Child, Engine, World
from actors.runtime.address import GATEWAY, HUBS, LEDGER, QUERIES, SUPERVISOR
from actors.runtime.clock import VirtualClock
from actors.runtime.delivery import Record
from actors.runtime.journal import Sink
from actors.runtime.runtime import Accounts
from actors.runtime.trace import TraceFile
from actors.runtime.virtual import VirtualRuntime
from actors.session.invariants import Invariants
from actors.session.limits import Limits
from actors.signal.loading import load as load_strategy
from actors.signal.once import Once
from actors.signal.strategy import StrategyFactory
from actors.supervision.past import Past
from config.schema import Api, Settings
from config.show import plain, settings_hash
from gateway.access import Access
from gateway.contracts import Instruments
from gateway.hub_protocol import Limits as HubLimits
from gateway.ledger import Clerk, Disk, VirtualLedger
from gateway.limiter import Limiter
from gateway.rest import RestCore
from gateway.rest_shell import ORDER_WORKERS, QUERY_WORKERS
from gateway.session import Session, establishing
from messages.base import SECOND, Message, Money, Nanos
from messages.control import FlattenFailed
from messages.market import Side
from models.artefact import load as load_model
from models.scoring import NumpyScorer
from supervisor import ACTIONS, CHILDREN, observing_wiring, wiring
from tools.simulate.hubs import VirtualHubs
from tools.simulate.ledger import VirtualRecordPort, VirtualWriteAhead
from tools.simulate.network import Line, VenueWorld, VirtualRest, establish
from tools.simulate.sentinel import VirtualSentinel
from tools.simulator.account_config import AccountConfig
from tools.simulator.generator import Generator
from tools.simulator.market import MarketSource
from tools.simulator.venue import Listing, Venue, VenueConfig

CONTRACT = "CON.F.US.MES.Z26"
START: Nanos = 1_795_190_400 * SECOND
"""2026-11-20 16:00 UTC: a Friday, regular hours. Any other instant would do: nothing reads a
clock.
"""
USER = KEY = "demo"
DOWN = 3 * SECOND
"""From a power cut to the next start."""
CLOSING = 60 * SECOND
"""How long after its end a session may take to stop in order."""


class Ended(msgspec.Struct, frozen=True):
    """How a virtual session came out. `code` is the exit code, None where it never ended; `net` is
    the profit less fees in 1/10,000 USD; `violations` are the engine's own counts.
    """

    code: int | None
    state: str
    accounts: Accounts
    round_trips: int
    net: Money
    violations: dict[str, int]


def _lines(api: Api) -> tuple[Line, Line]:
    """For orders and for queries, as in a live session."""
    timeout, attempts = int(api.read_timeout_s * SECOND), api.query_attempts
    return Line(timeout, attempts, ORDER_WORKERS), Line(timeout, attempts, QUERY_WORKERS)


def _strategy(settings: Settings, once: Side | None) -> StrategyFactory:
    if once is not None:
        return Once(once)
    return load_strategy(settings.trading.strategy, settings.model, settings.signal)


def _header(world: World, seed: int) -> dict[str, Any]:
    settings = world.settings
    return {
        "runtime": "virtual",
        "observing": world.observing,
        "seed": seed,
        "settings": settings_hash(settings),
        "config": plain(settings),
        "model": world.card.model,
        "started": world.started,
        "contracts": world.contracts,
        "instruments": world.instruments,
    }


class VirtualSession:
    """Engine and venue in one thread. Faults and interventions are put at instants before `run`.

    `observing` goes with children that send nothing (supervisor.OBSERVING_CHILDREN); `once` is the
    side of the only trade to be made; `accounts` and `calendar` are the venue's. `after` is a
    session that has not come to its end: its power is cut, and this one begins on its venue and
    disk. `watched`: it has a sentinel, and so leases.
    """

    def __init__(
        self,
        settings: Settings,
        seed: int,
        duration: Nanos,
        trace: Path | None = None,
        source: MarketSource | None = None,
        sinks: Sequence[Sink] = (),
        children: Sequence[Child] = CHILDREN,
        observing: bool = False,
        once: Side | None = None,
        accounts: tuple[AccountConfig, ...] = (AccountConfig(),),
        calendar: Literal["always", "cme"] = "always",
        after: "VirtualSession | None" = None,
        watched: bool = False,
    ) -> None:
        self.duration = duration
        self.start: Nanos = START if after is None else after.cut() + DOWN
        market = Generator(seed) if source is None else source
        listing = Listing(CONTRACT, market, waits=source is not None)
        config = VenueConfig(
            (listing,), seed, users={USER: KEY}, accounts=accounts, calendar=calendar
        )
        self.venue: Venue = Venue(config, START) if after is None else after.venue
        self.venue.advance(self.start)
        self.world = VenueWorld(self.venue)
        self.world.collect()
        clock = VirtualClock(self.start)
        access = Access(USER, KEY)
        plan = establishing(access, settings.api.account_id, settings.trading.contract)
        limiter = Limiter()
        session = establish(self.venue, plan, limiter, self.start)
        artefact = load_model(settings.model.path, settings.model.config)
        self.instruments, self.account = session.instruments, session.account
        self.disk: Disk = Disk() if after is None else after.disk
        self.ledger = VirtualLedger(self.disk, str(session.account.id), self.start)
        world = World(
            settings=settings,
            instruments=session.instruments,
            strategy=_strategy(settings, once),
            scorer=NumpyScorer(artefact),
            card=artefact.card,
            started=self.start,
            token_expires=session.expires,
            observing=observing,
            trade_once=once is not None,
            past=Past(self.ledger.latched()),
            lease=int(settings.supervision.lease_s * SECOND) if watched else None,
        )
        self.invariants = Invariants(Limits.of(settings))
        self._sinks: list[Sink] = list(sinks)
        if trace is not None:
            self._sinks.append(TraceFile(trace, _header(world, seed)))
        wires = observing_wiring(world.contracts) if observing else wiring(world.contracts)
        self.runtime = VirtualRuntime(wires, clock, self._tap(), seed, self.world)
        self._open_ports(settings, access, session, limiter, seed, observing)
        self.emit = self.runtime.emitter("harness")
        self.sentinel = VirtualSentinel(self.runtime.emitter("sentinel"), clock, not watched)
        away, beat = self._no_lane, self.sentinel.beat
        self.engine = Engine(self.runtime, children, ACTIONS, world, away, beat, duration)

    def _open_ports(
        self,
        settings: Settings,
        access: Access,
        session: Session,
        limiter: Limiter,
        seed: int,
        observing: bool,
    ) -> None:
        """Orders, ledger, queries and hubs, as in a live session."""
        core = RestCore(access, Instruments(session.instruments), session.account.id)
        rng = Random(f"{seed}:rest")
        orders, queries = (
            VirtualRest(core, self.world, self.runtime, limiter, line, rng)
            for line in _lines(settings.api)
        )
        clerk = Clerk(self.ledger)
        self.write_ahead = VirtualWriteAhead(orders, clerk)
        if not observing:
            self.runtime.open_port(GATEWAY, self.write_ahead)
        self.runtime.open_port(LEDGER, VirtualRecordPort(clerk))
        self.runtime.open_port(QUERIES, queries)
        limits = HubLimits(heartbeat=int(settings.watchdog.heartbeat_interval_s * SECOND))
        streams = settings.api.streams
        self.hubs = VirtualHubs(access, session, self.world, self.runtime, limits, streams)
        self.runtime.open_port(HUBS, self.hubs)

    @property
    def seconds(self) -> float:
        """Virtual time since the start."""
        return (self.runtime.clock.now - self.start) / SECOND

    @property
    def held(self) -> bool:
        """Whether the engine has heard of a position that it has not heard the end of."""
        return not self.invariants.view.flat

    def at(self, seconds: float, call: Callable[[], None]) -> None:
        """Do something `seconds` after the start: a fault, a crash, a wedge."""
        self.runtime.at(self.start + int(seconds * SECOND), call)

    def cut(self) -> Nanos:
        """The power fails: connections and what the disk had not synced are gone. When it was."""
        now = self.runtime.clock.now
        self.hubs.drop(now)
        self.disk.crash()
        return now

    def control(self, path: str, body: bytes) -> None:
        """Ask the venue for a fault or a market move now, as a person at its control endpoint
        would.
        """
        now = self.runtime.clock.now
        reply = self.venue.request(now, "POST", path, {}, body)
        if reply.status != 200:
            raise ValueError(f"{path}: HTTP {reply.status}: {reply.body.decode()}")
        self.world.collect()

    def run(self) -> Ended:
        self.engine.start()
        supervisor = self.engine.supervisor
        until = self.start + self.duration + CLOSING
        self.runtime.run(until, ended=lambda: supervisor.code is not None)
        # What is under way still arrives, and the last bar closes by its timer.
        self.runtime.run(self.runtime.clock.now + SECOND)
        for sink in self._sinks:
            sink.close()
        accounts, invariants = self.runtime.accounts(), self.invariants
        invariants.close(accounts)
        return Ended(
            supervisor.code,
            supervisor.state.value,
            accounts,
            len(invariants.earnings.trips),
            invariants.earnings.net,
            invariants.violations(),
        )

    def _tap(self) -> Callable[[Record], None]:
        sinks = (self.invariants.record, *(sink.record for sink in self._sinks))

        def tap(record: Record) -> None:
            for record_it in sinks:
                record_it(record)

        return tap

    def _no_lane(self, number: int, reason: str) -> None:
        """The emergency lane needs real sockets: in virtual time there is none, and it says so."""
        failed: Message = FlattenFailed(number, "emergency", "no lane in virtual time")
        self.emit(failed)


__all__ = ["CONTRACT", "START", "SUPERVISOR", "Ended", "VirtualSession"]
