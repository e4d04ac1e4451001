"""Failflat: the tables that hold the engine together, and its entry point.

CHILDREN says who there is, in the order in which they start; ROUTES who hears what; REPLIES what a
request is answered with; ACTIONS what is done about an alarm. Everything else follows from these.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from filelock import FileLock, Timeout
from loguru import logger

from actors.bar.actor import BarActor
from actors.engine import Child, Engine, World
from actors.hub.actor import HubActor
from actors.model.actor import ModelActor
from actors.order.actor import OrderActor
from actors.order.desk import Rules
from actors.position.actor import PositionActor
from actors.risk.actor import RiskActor
from actors.risk.words import denial
from actors.runtime.address import (
    BAR,
    GATEWAY,
    HUB,
    HUBS,
    MODEL,
    ORDER,
    POSITION,
    QUERIES,
    RISK,
    SIGNAL,
    SUPERVISOR,
    WATCHDOG,
)
from actors.runtime.clock import LiveClock
from actors.runtime.journal import Journal
from actors.runtime.mailbox import Fold, Merge
from actors.runtime.threaded import ThreadedRuntime, stacks
from actors.runtime.wiring import Routes, Wiring
from actors.session.files import Files
from actors.session.header import header
from actors.session.paths import Paths
from actors.session.summary import summary
from actors.session.terminal import Terminal
from actors.session.units import clock as clock_text
from actors.session.units import new_york
from actors.signal.actor import SignalActor
from actors.signal.loading import load as load_strategy
from actors.supervision.actions import Action
from actors.supervision.mainloop import MainLoop
from actors.supervision.supervisor import EXIT_HALTED, EXIT_NOT_FLAT
from actors.watchdog.actor import WatchdogActor
from config.calendar import calendar, ending, flat_rule
from config.loading import load as load_settings
from config.problems import SettingsError
from config.schema import Settings
from config.show import plain, settings_hash, show
from gateway import embedded
from gateway.emergency import Lane
from gateway.ledger import Ledger, LedgerFailed, LedgerPort
from gateway.live import LiveGateway, account_lock, reach
from gateway.rest_shell import QUERY_WORKERS
from gateway.session import (
    AccountUnknown,
    AuthenticationFailed,
    ContractUnknown,
    Session,
    VenueUnreachable,
)
from messages import control, decision, hub, market, order, position
from messages.base import SECOND, Message, Nanos
from messages.control import Alarm, AlarmKind
from messages.market import Depth, Quote
from models.artefact import ArtefactError
from models.artefact import load as load_model
from models.scoring import TorchScorer

ROOT = Path(__file__).resolve().parent

ACTORS = (POSITION, ORDER, RISK, SIGNAL, MODEL, BAR, WATCHDOG, HUB)

ROUTES: Routes = {
    # the market
    market.Quote: (BAR, POSITION, WATCHDOG),
    market.Tape: (BAR, WATCHDOG),
    market.Depth: (BAR,),
    market.BarClosed: (MODEL, SIGNAL, RISK),
    market.QueryBars: (QUERIES,),
    market.BarsFound: (BAR,),
    market.PastBars: (MODEL, SIGNAL, RISK),
    market.MarketStatusChanged: (RISK, HUB),
    # the hubs
    hub.OpenHub: (HUBS,),
    hub.CloseHub: (HUBS,),
    hub.RefreshHub: (HUBS,),
    hub.HubRefreshed: (HUB, POSITION),
    hub.RefreshFailed: (HUB,),
    hub.MeasureHubs: (HUBS,),
    hub.HubActivity: (HUB, WATCHDOG),
    hub.HubHealth: (),
    hub.HubState: (BAR, POSITION, RISK),
    hub.HubOpened: (HUB, BAR, POSITION, RISK, WATCHDOG, SUPERVISOR),
    hub.HubLost: (HUB, BAR, POSITION, RISK, WATCHDOG, SUPERVISOR),
    hub.RenewToken: (QUERIES,),
    hub.TokenRenewed: (HUB,),
    hub.TokenFailed: (HUB,),
    # from a bar to a verdict
    decision.Features: (),
    decision.Prediction: (SIGNAL,),
    decision.NoPrediction: (SIGNAL,),
    decision.Signal: (RISK,),
    decision.NoSignal: (),
    decision.Approved: (ORDER, SIGNAL),
    decision.Denied: (SIGNAL,),
    decision.Permission: (SIGNAL,),
    # orders
    order.PlaceOrder: (GATEWAY,),
    order.CancelOrder: (GATEWAY,),
    order.CloseContract: (GATEWAY,),
    order.PlaceResult: (ORDER, WATCHDOG),
    order.CancelResult: (ORDER,),
    order.CloseResult: (ORDER,),
    order.OrderEvent: (ORDER, POSITION, WATCHDOG),
    order.FillEvent: (POSITION, ORDER),
    order.QueryOrders: (QUERIES,),
    order.OrdersFound: (ORDER, POSITION, WATCHDOG),
    order.QueryFills: (QUERIES,),
    order.FillsFound: (POSITION,),
    order.QueryFailed: (ORDER, POSITION, BAR, HUB),
    order.PhaseChanged: (SIGNAL, RISK, POSITION, SUPERVISOR),
    order.OrderLate: (),
    # positions
    position.PositionEvent: (ORDER, POSITION, WATCHDOG),
    position.QueryPositions: (QUERIES,),
    position.PositionsFound: (ORDER, POSITION, WATCHDOG),
    position.QueryAccount: (QUERIES,),
    position.AccountEvent: (RISK,),
    position.PositionChanged: (SIGNAL, RISK, HUB),
    position.PositionMarked: (RISK,),
    position.RoundTrip: (),
    position.DayFigures: (RISK,),
    position.Mismatch: (WATCHDOG,),
    position.Reconciled: (RISK,),
    # supervision
    control.Ping: ACTORS,
    control.Pong: (SUPERVISOR,),
    control.SessionStarted: (HUB, BAR, ORDER, POSITION, RISK, WATCHDOG),
    control.SessionEnded: (BAR,),
    control.StopRequested: (SUPERVISOR,),
    control.StateChanged: (),
    control.ActorFailed: (SUPERVISOR,),
    control.ActorRestarted: (ORDER, POSITION, RISK, SIGNAL, BAR, WATCHDOG),
    control.Alarm: (SUPERVISOR, HUB),
    control.AlarmCleared: (SUPERVISOR, HUB),
    control.Latch: (RISK, ORDER),
    control.Unlatch: (RISK, ORDER),
    control.Flatten: (ORDER,),
    control.Flattened: (SUPERVISOR, ORDER),
    control.FlattenFailed: (SUPERVISOR, ORDER),
}

TIMERS: tuple[type[Message], ...] = (
    control.CloseBarDue,
    control.CompareDue,
    control.CoverDue,
    control.EntryDue,
    control.ExitDue,
    control.HealthDue,
    control.MeasureDue,
    control.PatrolDue,
    control.PollBarsDue,
    control.PollOrdersDue,
    control.ReconcileDue,
    control.ReconnectDue,
    control.RenewDue,
    control.RollDue,
    control.SuperviseDue,
)
"""Reminders of an actor to itself: a handler each, and no route."""

CONTROL: frozenset[type[Message]] = frozenset(
    {control.Latch, control.Unlatch, control.Flatten, control.Ping, control.StopRequested}
)
"""What overtakes data in every mailbox."""

MERGES: dict[type[Message], Merge] = {Quote: Quote.merged}
"""What may be conflated while it waits. Prints, orders and timers never are."""

FOLDS: dict[type[Message], Fold] = {Depth: Depth.folded}
"""What is conflated where so much waits that a reader cannot have kept up: by price level."""

REPLIES: dict[type[Message], tuple[type[Message], ...]] = {
    hub.OpenHub: (hub.HubOpened, hub.HubLost),
    hub.RefreshHub: (hub.HubRefreshed, hub.RefreshFailed),
    hub.MeasureHubs: (hub.HubActivity,),
    hub.RenewToken: (hub.TokenRenewed, hub.TokenFailed),
    market.QueryBars: (market.BarsFound, order.QueryFailed),
    order.PlaceOrder: (order.PlaceResult,),
    order.CancelOrder: (order.CancelResult,),
    order.CloseContract: (order.CloseResult,),
    order.QueryOrders: (order.OrdersFound, order.QueryFailed),
    order.QueryFills: (order.FillsFound, order.QueryFailed),
    position.QueryPositions: (position.PositionsFound, order.QueryFailed),
    position.QueryAccount: (position.AccountEvent, order.QueryFailed),
    control.Ping: (control.Pong,),
    control.Flatten: (control.Flattened, control.FlattenFailed),
}

ACTIONS: dict[AlarmKind, Action] = {
    AlarmKind.STALE_DATA: Action.FLATTEN,
    AlarmKind.UNPROTECTED: Action.FLATTEN_ONCE,
    AlarmKind.BRACKET_LOST: Action.FLATTEN_ONCE,
    AlarmKind.EXCESS_POSITION: Action.FLATTEN_ONCE,
    AlarmKind.UNKNOWN_OUTCOME: Action.FLATTEN_ONCE,
    AlarmKind.SESSION_END: Action.FLATTEN,
    AlarmKind.HUB_DOWN: Action.LATCH,
    AlarmKind.AUTHENTICATION: Action.LATCH,
    AlarmKind.DAILY_LOSS: Action.FLATTEN,
    AlarmKind.LOCKED_OUT: Action.FLATTEN,
    AlarmKind.POSITION_BRACKETS: Action.HALT,
    AlarmKind.KILL_SWITCH: Action.HALT,
    AlarmKind.LEDGER: Action.HALT,
    AlarmKind.FILES: Action.HALT,
    AlarmKind.SESSION_CONFLICT: Action.HALT,
    AlarmKind.HUNG_ACTOR: Action.NOTE,
    AlarmKind.MISMATCH: Action.NOTE,
    AlarmKind.CLOCK_JUMP: Action.NOTE,
    AlarmKind.REFRESH_FAILED: Action.NOTE,
}


def _position(world: World) -> tuple[Any, ...]:
    told = hub.Hub.USER in world.settings.api.wanted
    return world.instruments, world.settings.watchdog.reconcile_s, world.started, told


def _bar(world: World, contract: str) -> tuple[Any, ...]:
    taped = hub.Stream.TRADES in world.settings.api.streams
    return world.instrument(contract), world.settings.trading.warm_bars, len(world.contracts), taped


def _watchdog(world: World) -> tuple[Any, ...]:
    watch = world.settings.watchdog
    most = world.settings.risk.max_contracts
    api, hours = world.settings.api, calendar(world.settings.trading)
    limits = (watch.stale_s, watch.unprotected_s, watch.patrol_ms, most)
    return world.contracts, *limits, hours, api.streams, api.wanted


CHILDREN: tuple[Child, ...] = (
    Child(POSITION, PositionActor, lambda w, c: _position(w)),
    Child(
        ORDER,
        OrderActor,
        lambda w, c: (
            w.contracts,
            Rules.of(w.settings.execution),
            w.settings.trading.flatten_on_start,
        ),
    ),
    Child(
        RISK,
        RiskActor,
        lambda w, c: (w.settings.risk, w.settings.trading, w.instruments, w.settings.api),
    ),
    Child(SIGNAL, SignalActor, lambda w, c: (w.strategy, w.instruments, w.settings.signal)),
    Child(MODEL, ModelActor, lambda w, c: (w.scorer, w.card)),
    Child(BAR, BarActor, _bar),
    Child(WATCHDOG, WatchdogActor, lambda w, c: _watchdog(w)),
    Child(HUB, HubActor, lambda w, c: (w.settings.api, w.settings.watchdog, w.token_expires)),
)


def wiring(contracts: tuple[str, ...]) -> Wiring:
    return Wiring(ROUTES, CONTROL, MERGES, contracts, FOLDS)


# A live session


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
    except AuthenticationFailed as error:
        raise Refused(f"authentication: {error}", 4) from error
    except (VenueUnreachable, embedded.EmbeddedFailed) as error:
        raise Refused(f"connection: {error}", 5) from error
    except Timeout as error:
        text = f"files: another engine is running: it holds {error.lock_file}; stop it first"
        raise Refused(text, 9) from error
    except LedgerFailed as error:
        raise Refused(str(error), 9) from error
    except FileExistsError as error:
        text = f"files: {error.filename} is not a folder: choose another with --logs"
        raise Refused(text, 9) from error
    except OSError as error:
        raise Refused(f"files: {error.filename}: {error.strerror or error}", 9) from error


def live(settings: Settings, epoch: Nanos | None, duration: Nanos) -> int:
    """A session on real sockets, from login to proven flat: its exit code. Raises Refused."""
    with ExitStack() as held:
        with _refusals():
            directory = settings.logs.directory
            directory.mkdir(parents=True, exist_ok=True)
            held.enter_context(FileLock(directory / ".lock", timeout=0))
            artefact = load_model(ROOT / settings.model.path, ROOT / settings.model.config)
            strategy = load_strategy(settings.trading.strategy, settings.model, settings.signal)
            wall = time.time_ns()
            clock = LiveClock(epoch, wall)
            ends = ending(settings.trading, clock())
            paths = Paths.at(directory, clock())
            paths.make_room()
            gateway = LiveGateway(*reach(settings, epoch, wall, paths.venue, held), clock)
            held.callback(gateway.close)
            session = gateway.establish(settings.trading.contract)
            held.enter_context(FileLock(account_lock(gateway.base_url, session), timeout=0))
            world = World(
                settings=settings,
                instruments=session.instruments,
                strategy=strategy,
                scorer=TorchScorer(artefact),
                card=artefact.card,
                started=clock(),
                token_expires=session.expires,
            )
            tables = wiring(world.contracts)
            journal = Journal(market.DATA)
            runtime = ThreadedRuntime(tables, clock, journal.tap, settings.simulator.seed)
            ledger = Ledger(paths.ledger, world.started)
            held.callback(ledger.close)
            facts = {
                "runtime": "threaded",
                "started": world.started,
                "settings": settings_hash(settings),
                "config": plain(settings),
                "model": world.card.model,
                "seed": settings.simulator.seed,
                "contracts": world.contracts,
                "instruments": world.instruments,
                "unproven": ledger.unproven(),
            }
            redact, books = gateway.redact, runtime.accounts
            first = header(ROOT, facts)
            files = Files(paths, settings, world.instruments, first, redact, books, denial)
        tell = runtime.emitter("journal")
        journal.start(files.sinks, lambda words: tell(Alarm(AlarmKind.FILES, "journal", words)))
        opening = logger.bind(clock=clock_text(new_york(world.started)))
        if rule := flat_rule(settings.trading, world.started):
            opening.info("HOURS: {}", rule)
        if ends:
            opening.warning("HOURS: {}", ends)
        try:
            code = _trade(world, gateway, session, runtime, files, ledger, duration)
        finally:
            journal.close()
    Terminal(sys.stdout).write(
        f"{summary(files.metrics.document(runtime.accounts()), files.names)}\n"
    )
    if code == EXIT_NOT_FLAT:
        files.say("NOT PROVEN FLAT: look at the account now, and close it by hand")
    return code


def _trade(
    world: World,
    gateway: LiveGateway,
    session: Session,
    runtime: ThreadedRuntime,
    files: Files,
    ledger: Ledger,
    duration: Nanos,
) -> int:
    """From open ports to the supervisor's exit code."""
    sys.setswitchinterval(1e-4)  # with SimpleQueue inboxes a busy thread costs the others little
    rest = gateway.rest(session)
    said = {h: runtime.emitter(f"{h.value}_hub") for h in hub.Hub}
    hubs = gateway.hubs(session, said, world.settings.watchdog.heartbeat_interval_s)
    runtime.open_port(GATEWAY, LedgerPort(rest, ledger, runtime.clock), workers=2)
    runtime.open_port(QUERIES, rest, workers=QUERY_WORKERS)
    runtime.open_port(HUBS, hubs, workers=3)
    lane = Lane(
        gateway.base_url,
        session.account.id,
        gateway.token,
        runtime.emitter("lane"),
        record=gateway.record,
    )
    engine = Engine(runtime, CHILDREN, ACTIONS, world, lane.start, duration, stacks)
    engine.start()
    loop = MainLoop(
        runtime,
        engine.supervisor,
        runtime.emitter("console"),
        files.say,
        files.show if files.live else None,
        hubs.close,
    )
    try:
        code = loop.run()
    except Exception:
        # The supervisor itself has failed, so nothing but the lane is left. The actors end first:
        # two closes at once would open the other side.
        logger.exception("the supervisor has failed: going flat by the emergency lane")
        runtime.stop()
        why = lane.flatten(world.settings.supervision.stop_deadline_s)
        files.say(f"the emergency lane could not prove flat: {why}" if why else "flat")
        code = EXIT_NOT_FLAT if why else EXIT_HALTED
    runtime.stop()
    return code


# The command line

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
config_app = typer.Typer(help="Settings.")
app.add_typer(config_app, name="config")

File = Annotated[
    Path | None, typer.Option("--config", help="Settings file; default: simulated.yaml.")
]
Override = Annotated[
    list[str] | None, typer.Option("-o", help="One setting: section.key=value. Repeatable.")
]


def _settings(file: Path | None, overrides: list[str] | None) -> Settings:
    try:
        loaded = load_settings(file, overrides or (), environ=os.environ, dotenv=ROOT / ".env")
    except SettingsError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(3) from None
    for warning in loaded.warnings:
        print(warning, file=sys.stderr)
    return loaded.settings


@app.callback(invoke_without_command=True)
def trade(
    context: typer.Context,
    config: File = None,
    override: Override = None,
    duration: Annotated[float, typer.Option(help="Seconds to run; 0: until Ctrl-C.", min=0)] = 0,
    replay: Annotated[Path | None, typer.Option(help="PREFIX of recorded market data.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the simulated market.")] = None,
    epoch: Annotated[
        datetime | None, typer.Option(help="UTC time at which engine and simulator start.")
    ] = None,
    logs: Annotated[Path | None, typer.Option(help="Folder for the session's files.")] = None,
) -> None:
    """Trade: by default a simulated account on a simulated market."""
    if context.invoked_subcommand is not None:
        return
    named = {"simulator.replay": replay, "simulator.seed": seed, "logs.directory": logs}
    given = [f"{key}={value}" for key, value in named.items() if value is not None]
    settings = _settings(config, [*(override or ()), *given])
    start = None if epoch is None else int(epoch.replace(tzinfo=UTC).timestamp()) * SECOND
    try:
        raise typer.Exit(live(settings, start, int(duration * SECOND)))
    except Refused as refused:
        print(refused, file=sys.stderr)
        raise typer.Exit(refused.code) from None


@config_app.command("show")
def config_show(config: File = None, override: Override = None) -> None:
    """Print the merged settings, secrets masked."""
    print(show(_settings(config, override)), end="")


def main() -> int:
    """The console script's entry point; ends the process with the exit code."""
    logger.remove()  # loguru's own copy on stderr: the session's log has its sinks
    app(prog_name="failflat")
    return 0


if __name__ == "__main__":
    main()
