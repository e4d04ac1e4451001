"""A session on real sockets: what it needs, in the order in which it can be refused, and its run.

The one module of `actors` that knows the gateway: it opens the ports that the rooms only name.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout
from loguru import logger

from actors.engine import Child, Engine, World
from actors.position.book import Book
from actors.risk.standing import standing
from actors.risk.words import denial
from actors.runtime.address import GATEWAY, HUBS, LEDGER, QUERIES
from actors.runtime.clock import LiveClock
from actors.runtime.journal import Journal
from actors.runtime.threaded import ThreadedRuntime, stacks
from actors.runtime.wiring import Wiring
from actors.session.consent import Withheld, consent
from actors.session.files import Files
from actors.session.header import header
from actors.session.paths import Paths
from actors.session.summary import summary
from actors.session.terminal import Terminal
from actors.session.trades import sentence
from actors.session.units import clock as clock_text
from actors.session.units import new_york
from actors.session.venue import VenueView
from actors.signal.loading import load as load_strategy
from actors.signal.once import Once
from actors.supervision.actions import Action
from actors.supervision.mainloop import OBSERVING, STOPPING, MainLoop
from actors.supervision.past import STOPPING as STOP_LATCH
from actors.supervision.past import Past
from actors.supervision.supervisor import EXIT_HALTED, EXIT_NOT_FLAT
from config.calendar import ending, flat_rule, trade_date_start
from config.schema import Settings
from config.show import plain, settings_hash
from gateway import embedded
from gateway.hub_shell import HubPort
from gateway.ledger import (
    Clerk,
    Disk,
    Ledger,
    LedgerFailed,
    RecordPort,
    SqliteLedger,
    VirtualLedger,
    WriteAhead,
)
from gateway.live import (
    LiveGateway,
    SentinelBusy,
    account_lock,
    account_name,
    outlast,
    reach,
    sentinel_lock,
)
from gateway.rest_shell import ORDER_WORKERS, QUERY_WORKERS
from gateway.sentinel import SentinelFailed
from gateway.session import (
    AccountUnknown,
    AuthenticationFailed,
    ContractUnknown,
    VenueUnreachable,
)
from gateway.ways import Ways
from messages import market
from messages.base import SECOND, Nanos
from messages.control import Alarm, AlarmKind, Unlatch
from messages.hub import Hub
from messages.market import Side
from messages.order import FillsFound, QueryFills
from models.artefact import ArtefactError
from models.artefact import load as load_model
from models.scoring import TorchScorer

ROOT = Path(__file__).resolve().parents[1]


class Tables(msgspec.Struct, frozen=True):
    """The supervisor's: who there is, what is done about an alarm, and who hears what."""

    children: Sequence[Child]
    actions: Mapping[AlarmKind, Action]
    wiring: Callable[[tuple[str, ...]], Wiring]
    observing: bool = False
    """Whether they are the ones of a session that sends nothing."""


class Command(msgspec.Struct, frozen=True):
    """What one run is asked for beyond its settings.

    `epoch`: the clock's start, ns UTC; `duration` 0: until told to stop. `resume`: the reason for
    which latches of earlier sessions are lifted. `once`: the side of the only trade to be made, in
    place of the settings' strategy. `confirm`: the name of the live account that is to be traded.
    """

    epoch: Nanos | None = None
    duration: Nanos = 0
    resume: str = ""
    once: Side | None = None
    confirm: str | None = None


class Refused(Exception):
    """The session cannot begin. The text is one line for the user, `code` the exit code."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


@contextmanager
def _refusals() -> Iterator[None]:
    """What can keep a session from beginning, as the documented exit codes (docs/operations.md)."""
    try:
        yield
    except (AccountUnknown, ContractUnknown, ValueError) as error:
        code = 8 if isinstance(error, ArtefactError) else 3
        raise Refused(str(error) if code == 8 else f"settings: {error}", code) from error
    except Withheld as error:
        raise Refused(str(error), 2) from error
    except AuthenticationFailed as error:
        raise Refused(f"authentication: {error}", 4) from error
    except (VenueUnreachable, embedded.EmbeddedFailed) as error:
        raise Refused(f"connection: {error}", 5) from error
    except Timeout as error:
        text = f"files: another engine is running: it holds {error.lock_file}; stop it first"
        raise Refused(text, 9) from error
    except LedgerFailed as error:
        raise Refused(str(error), 9) from error
    except (SentinelFailed, SentinelBusy) as error:
        raise Refused(f"files: {error}", 9) from error
    except FileExistsError as error:
        text = f"files: {error.filename} is not a folder: choose another with --logs"
        raise Refused(text, 9) from error
    except OSError as error:
        raise Refused(f"files: {error.filename}: {error.strerror or error}", 9) from error


def live(
    settings: Settings,
    command: Command,
    tables: Tables,
) -> int:
    """A session from login to proven flat: its exit code. Raises Refused."""
    with ExitStack() as held:
        with _refusals():
            session = LiveSession(settings, command, tables, held)
        code = session.run(command.duration)
    session.report(code)
    if not session.files.said():
        os._exit(code)  # the interpreter would wait for a thread that writes to a frozen terminal
    return code


class LiveSession:
    """Everything a session holds: locks, login, ledger, files. `held` gives it back at the end.

    Raises what `_refusals` knows.
    """

    def __init__(
        self, settings: Settings, command: Command, tables: Tables, held: ExitStack
    ) -> None:
        directory = settings.logs.directory
        directory.mkdir(parents=True, exist_ok=True)
        held.enter_context(FileLock(directory / ".lock", timeout=0))
        artefact = load_model(ROOT / settings.model.path, ROOT / settings.model.config)
        strategy = load_strategy(settings.trading.strategy, settings.model, settings.signal)
        self._once = once = command.once
        wall = time.time_ns()
        clock = LiveClock(command.epoch, wall)
        self._hours = flat_rule(settings.trading, clock()), ending(settings.trading, clock())
        paths = Paths.at(directory, clock())
        if paths.switch.exists():
            raise Refused(f"files: the kill switch is on: {paths.switch} is there; remove it", 9)
        paths.make_room()
        self._gateway = LiveGateway(*reach(settings, command.epoch, wall, paths.venue, held), clock)
        held.callback(self._gateway.close)
        self._session = self._gateway.establish(settings.trading.contract)
        lock = account_lock(self._gateway.base_url, self._session)
        held.enter_context(FileLock(lock, timeout=0))
        started = clock()
        outlast(sentinel_lock(self._gateway.base_url, self._session), Terminal(sys.stdout).write)
        account = account_name(self._gateway.base_url, self._session)
        self._ledger: Ledger = (
            VirtualLedger(Disk(), account, started)  # who sends nothing leaves nothing latched
            if tables.observing
            else SqliteLedger(paths.ledger, account, started)
        )
        held.callback(self._ledger.close)
        self._standing = self._stand(settings, started)
        if not (tables.observing or settings.simulator.embedded or settings.api.here):
            name = self._session.account.name
            consent(name, command.confirm, self._standing, sys.stdin, sys.stderr)
        self.world = World(
            settings=settings,
            instruments=self._session.instruments,
            strategy=strategy if once is None else Once(once),
            scorer=TorchScorer(artefact),
            card=artefact.card,
            started=started,
            token_expires=self._session.expires,
            observing=tables.observing,
            past=Past(self._ledger.latched(), command.resume),
            trade_once=once is not None,
            lease=_lease(settings, tables),
        )
        self._tables = tables
        self._journal = Journal(market.DATA)
        wires = tables.wiring(self.world.contracts)
        self.runtime = ThreadedRuntime(wires, clock, self._journal.tap, settings.simulator.seed)
        self.files = self._files(paths)
        # Last: from here on, an end that is not flat is a death.
        self._ways = None if tables.observing else self._open_ways(paths.sentinel, held)

    def _open_ways(self, log: Path, held: ExitStack) -> Ways:
        tether = None
        if self.world.lease is not None:
            supervision = self.world.settings.supervision
            tether = self._gateway.tether(self._session, supervision, log)
            held.callback(tether.leave)
        return Ways(self._gateway.lane(self._session), tether)

    def _stand(self, settings: Settings, now: Nanos) -> list[str]:
        """What can be lost today, by the venue's own fills and the ledger's memory."""
        since = trade_date_start(now)
        instruments, figures = self._session.instruments, None
        for found in self._gateway.rest(self._session).handle(QueryFills(since)):
            if isinstance(found, FillsFound):
                book = Book(instruments)
                for fill in found.fills:
                    book.add(fill)
                figures = book.day()
        high, risk = self._ledger.high_water(since), settings.risk
        return standing(self._session.account, figures, high, instruments, risk)

    def run(self, duration: Nanos) -> int:
        """Trade until the supervisor has an exit code; `duration` 0: until told to stop."""
        tell = self.runtime.emitter("journal")
        self._journal.start(
            self.files.sinks, lambda words: tell(Alarm(AlarmKind.FILES, "journal", words))
        )
        self._announce()
        try:
            return self._trade(duration)
        finally:
            self._journal.close()

    def report(self, code: int) -> None:
        """What became of the session, on the terminal."""
        document = self.files.metrics.document(self.runtime.accounts())
        Terminal(sys.stdout).write(f"{summary(document, self.files.names)}\n")
        if self._once is not None:
            told, trip = "no trade", self.files.metrics.invariants.earnings.newest
            if trip is not None and trip.opened >= self.world.started:
                told = sentence(trip, {one.id: one for one in self.world.instruments})
            self.files.say(f"trade once: {told}")
        if self.world.observing:
            self.files.say(f"nothing was sent: {left_as_it_is(self.files.metrics.invariants.view)}")
        if code == EXIT_NOT_FLAT:
            self.files.say("NOT PROVEN FLAT: look at the account now, and close it by hand")

    def _files(self, paths: Paths) -> Files:
        world, settings = self.world, self.world.settings
        facts = {
            "runtime": "threaded",
            "observing": world.observing,
            "trade_once": None if self._once is None else self._once.name.lower(),
            "started": world.started,
            "settings": settings_hash(settings),
            "config": plain(settings),
            "model": world.card.model,
            "seed": settings.simulator.seed,
            "contracts": world.contracts,
            "instruments": world.instruments,
            "unproven": tuple(intent.request.tag for intent in self._ledger.unproven()),
            "latched": world.past.latched,
        }
        redact, books = self._gateway.redact, self.runtime.accounts
        first = header(ROOT, facts)
        return Files(paths, settings, world.instruments, first, redact, books, denial)

    def _announce(self) -> None:
        """What the operator is told before anything else."""
        opening = logger.bind(clock=clock_text(new_york(self.world.started)))
        rule, ends = self._hours
        if rule:
            opening.info("HOURS: {}", rule)
        if ends:
            opening.warning("HOURS: {}", ends)
        for line in self._standing:
            opening.info("RISK: {}", line)
            if self.files.live:
                self.files.say(f"RISK: {line}")
        past = self.world.past
        for latched in () if past.resume else past.latched:
            since = clock_text(new_york(latched.since))
            opening.warning("LATCHED SINCE {}: {}: {}", since, latched.code, latched.words)
        if past.resume:
            opening.warning("RESUMED: {}", past.resume)

    def _trade(self, duration: Nanos) -> int:
        """From open ports to the supervisor's exit code."""
        sys.setswitchinterval(
            1e-4
        )  # with SimpleQueue inboxes a busy thread costs the others little
        runtime, gateway, hubs = self.runtime, self._gateway, self._open_ports()
        start, beat = _no_way, _unheard
        if (ways := self._ways) is not None:
            ways.open(runtime.emitter("lane"), runtime.emitter("sentinel"))
            start, beat = ways.start, ways.beat
        children, actions = self._tables.children, self._tables.actions
        engine = Engine(runtime, children, actions, self.world, start, beat, duration, stacks)
        engine.start()
        files = self.files

        def silence() -> None:
            if ways is not None:
                ways.part(engine.supervisor.code != EXIT_NOT_FLAT)
            hubs.close()
            gateway.close()  # what is not answered yet is not asked again

        loop = MainLoop(
            runtime,
            engine.supervisor,
            runtime.emitter("console"),
            files.say,
            files.show if files.live else None,
            silence,
            files.paths.switch,
            self.world.settings.api.read_timeout_s,
            OBSERVING if self.world.observing else STOPPING,
        )
        try:
            code = loop.run()
        except Exception:
            code = self._escape()
        runtime.stop()
        if code != EXIT_NOT_FLAT:
            self._forget_the_stop()
        return code

    def _open_ports(self) -> HubPort:
        """What the actors reach the world through; the hubs' has to be closed."""
        runtime, gateway, session = self.runtime, self._gateway, self._session
        rest, clerk = gateway.rest(session), Clerk(self._ledger)
        said = {h: runtime.emitter(f"{h.value}_hub") for h in Hub}
        hubs = gateway.hubs(session, said, self.world.settings.watchdog.heartbeat_interval_s)
        if self._ways is not None:
            orders = WriteAhead(self._ways.gated(rest), clerk, runtime.clock)
            runtime.open_port(GATEWAY, orders, ORDER_WORKERS)
        runtime.open_port(LEDGER, RecordPort(clerk, runtime.clock))
        runtime.open_port(QUERIES, rest, workers=QUERY_WORKERS)
        runtime.open_port(HUBS, hubs, workers=3)
        return hubs

    def _forget_the_stop(self) -> None:
        """A stop that has become flat is over; the next session need not finish it."""
        ended = Unlatch(STOP_LATCH, "the session has ended flat")
        try:
            self._ledger.record(ended, self.runtime.clock())
        except LedgerFailed as error:
            logger.error("{}", error)

    def _escape(self) -> int:
        """The supervisor itself has failed, so nothing but the lane is left. The actors end first:
        two closes at once would open the other side.
        """
        if self._ways is None:
            logger.exception("the supervisor has failed: the account is left as it is")
            return EXIT_HALTED
        logger.exception("the supervisor has failed: going flat by the emergency lane")
        self.runtime.stop()
        why = self._ways.alone(self.world.settings.supervision.stop_deadline_s)
        self._ways.part(not why)
        self.files.say(f"the emergency lane could not prove flat: {why}" if why else "flat")
        return EXIT_NOT_FLAT if why else EXIT_HALTED


def _lease(settings: Settings, tables: Tables) -> Nanos | None:
    """How long an answer of the sentinel's is good for; None where there is to be none."""
    supervision = settings.supervision
    watched = supervision.sentinel and not tables.observing
    return int(supervision.lease_s * SECOND) if watched else None


def _unheard() -> None:
    """A session without a sentinel has nobody to tell that it lives."""


def _no_way(number: int, reason: str) -> None:
    """A session that observes has no way to send anything, an emergency's neither."""
    raise AssertionError(f"flatten {number} of an observing session: {reason}")


def left_as_it_is(view: VenueView) -> str:
    """What the account holds, by the venue's last word, of which a session has touched nothing."""
    held = [f"{size:+d} {contract}" for contract, size in view.positions.items() if size]
    working = f"{len(view.orders) or 'no'} working orders"
    return f"the account holds {', '.join(held) or 'no position'}, {working}"
