"""Failflat: the tables that hold the engine together, and its entry point.

CHILDREN says who there is, in the order in which they start; ROUTES who hears what; REPLIES what a
request is answered with; ACTIONS what is done about an alarm. Everything else follows from these.
"""

import os
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from loguru import logger

from actors.bar.actor import BarActor
from actors.engine import Child, World
from actors.hub.actor import HubActor
from actors.live import Command, Refused, Tables, live
from actors.model.actor import ModelActor
from actors.order.actor import OrderActor
from actors.order.entering import Rules
from actors.order.observer import OrderObserver
from actors.position.actor import PositionActor
from actors.risk.actor import RiskActor
from actors.runtime.address import (
    BAR,
    GATEWAY,
    HUB,
    HUBS,
    LEDGER,
    MODEL,
    ORDER,
    POSITION,
    QUERIES,
    RISK,
    SIGNAL,
    SUPERVISOR,
    WATCHDOG,
)
from actors.runtime.mailbox import Fold, Merge
from actors.runtime.wiring import Routes, Wiring
from actors.signal.actor import SignalActor
from actors.supervision.actions import Action
from actors.watchdog.actor import WatchdogActor
from config.calendar import calendar
from config.loading import SIMULATED, Loaded
from config.loading import load as load_settings
from config.problems import SettingsError
from config.show import show
from config.timeframe import parse
from messages import control, decision, hub, market, order, picture, position
from messages.base import SECOND, Message
from messages.control import AlarmKind
from messages.market import Depth, Quote, Side

ROOT = Path(__file__).resolve().parent

ACTORS = (POSITION, ORDER, RISK, SIGNAL, MODEL, BAR, WATCHDOG, HUB)

ROUTES: Routes = {
    # the market
    market.Quote: (BAR, POSITION, WATCHDOG),
    market.Tape: (BAR, WATCHDOG),
    market.Depth: (BAR,),
    # against the stream: what a room makes of a bar must not overtake the bar on its way
    market.BarClosed: (ORDER, RISK, SIGNAL, MODEL),
    market.QueryBars: (QUERIES,),
    market.BarsFound: (BAR,),
    market.PastBars: (MODEL, SIGNAL, RISK),
    market.FrameClosed: (SIGNAL,),
    market.PastFrames: (SIGNAL,),
    picture.MarketPicture: (SIGNAL,),
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
    hub.HubQuiet: (POSITION,),
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
    decision.Denied: (SIGNAL, SUPERVISOR),
    decision.Permission: (SIGNAL,),
    # orders
    order.PlaceOrder: (GATEWAY,),
    order.CancelOrder: (GATEWAY,),
    order.ModifyOrder: (GATEWAY,),
    order.CloseContract: (GATEWAY,),
    order.PlaceResult: (ORDER, RISK, WATCHDOG),
    order.CancelResult: (ORDER,),
    order.ModifyResult: (ORDER,),
    order.CloseResult: (ORDER,),
    order.OrderEvent: (ORDER, POSITION, RISK, WATCHDOG, LEDGER),
    order.FillEvent: (POSITION, ORDER, LEDGER),
    order.QueryOrders: (QUERIES,),
    order.OrdersFound: (ORDER, POSITION, WATCHDOG, LEDGER),
    order.QueryFills: (QUERIES,),
    order.FillsFound: (POSITION, ORDER, LEDGER),
    order.QueryIntents: (LEDGER,),
    order.IntentsFound: (ORDER,),
    order.IntentUnplaced: (LEDGER,),
    order.QueryFailed: (ORDER, POSITION, BAR, HUB),
    order.Withheld: (),
    order.PhaseChanged: (SIGNAL, RISK, POSITION, SUPERVISOR),
    order.StopMoved: (RISK,),
    order.OrderLate: (),
    # positions
    position.PositionEvent: (ORDER, POSITION, WATCHDOG),
    position.QueryPositions: (QUERIES,),
    position.PositionsFound: (ORDER, POSITION, WATCHDOG),
    position.QueryAccount: (QUERIES,),
    position.AccountEvent: (RISK, LEDGER),
    position.QueryHighWater: (LEDGER,),
    position.HighWater: (RISK,),
    position.PositionChanged: (SIGNAL, RISK, HUB),
    position.PositionMarked: (RISK,),
    position.RoundTrip: (LEDGER,),
    position.DayFigures: (RISK, LEDGER),
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
    control.Leased: (RISK,),
    control.Latch: (RISK, ORDER, LEDGER),
    control.Unlatch: (RISK, ORDER, LEDGER),
    control.Flatten: (ORDER,),
    control.Flattened: (SUPERVISOR, ORDER),
    control.FlattenFailed: (SUPERVISOR, ORDER),
    control.CloseBooks: (POSITION,),
    control.BooksClosed: (SUPERVISOR,),
}

TIMERS: tuple[type[Message], ...] = (
    control.CloseBarDue,
    control.CompareDue,
    control.CoverDue,
    control.EntryDue,
    control.ExitDue,
    control.FillFramesDue,
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
    order.ModifyOrder: (order.ModifyResult,),
    order.CloseContract: (order.CloseResult,),
    order.QueryOrders: (order.OrdersFound, order.QueryFailed),
    order.QueryFills: (order.FillsFound, order.QueryFailed),
    order.QueryIntents: (order.IntentsFound,),
    position.QueryPositions: (position.PositionsFound, order.QueryFailed),
    position.QueryAccount: (position.AccountEvent, order.QueryFailed),
    position.QueryHighWater: (position.HighWater,),
    control.Ping: (control.Pong,),
    control.Flatten: (control.Flattened, control.FlattenFailed),
    control.CloseBooks: (control.BooksClosed,),
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
    AlarmKind.CIRCUIT_BREAKER: Action.LATCH,
    AlarmKind.DAILY_LOSS: Action.FLATTEN,
    AlarmKind.TRAILING_LOSS: Action.HALT,
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
    AlarmKind.STOP_MOVED: Action.NOTE,
    AlarmKind.SENTINEL: Action.NOTE,
    AlarmKind.TAKEN_OVER: Action.HALT,
}


def _position(world: World) -> tuple[Any, ...]:
    told = hub.Hub.USER in world.settings.api.wanted
    return world.instruments, world.settings.watchdog.reconcile_s, world.started, told


def _bar(world: World, contract: str) -> tuple[Any, ...]:
    trading, taped = world.settings.trading, hub.Stream.TRADES in world.settings.api.streams
    frames, hours = tuple(map(parse, trading.timeframes)), calendar(trading).market
    past = trading.warm_bars, len(world.contracts), taped
    return world.instrument(contract), *past, frames, hours, trading.picture_s * SECOND


def _watchdog(world: World) -> tuple[Any, ...]:
    watch = world.settings.watchdog
    most = world.settings.risk.max_contracts
    api, hours = world.settings.api, calendar(world.settings.trading)
    limits = (watch.stale_s, watch.unprotected_s, watch.patrol_ms, most)
    doubted = bool(world.past.latched)
    return world.contracts, *limits, hours, api.streams, api.wanted, doubted


CHILDREN: tuple[Child, ...] = (
    Child(POSITION, PositionActor, lambda w, c: _position(w)),
    Child(
        ORDER,
        OrderActor,
        lambda w, c: (
            w.instruments,
            Rules.of(w.settings.execution, w.settings.risk),
            w.settings.trading.flatten_on_start,
        ),
    ),
    Child(
        RISK,
        RiskActor,
        lambda w, c: (
            w.settings.risk,
            w.settings.trading,
            w.instruments,
            w.settings.api,
            bool(w.past.latched),
            w.lease,
        ),
    ),
    Child(
        SIGNAL,
        SignalActor,
        lambda w, c: (
            w.strategy,
            w.instruments,
            w.settings.signal,
            w.settings.trading.timeframes,
        ),
    ),
    Child(MODEL, ModelActor, lambda w, c: (w.scorer, w.card)),
    Child(BAR, BarActor, _bar),
    Child(WATCHDOG, WatchdogActor, lambda w, c: _watchdog(w)),
    Child(HUB, HubActor, lambda w, c: (w.settings.api, w.settings.watchdog, w.token_expires)),
)


# Observing: the same rooms, but for the one that sends, and no way to where it would send to

OBSERVING_CHILDREN: tuple[Child, ...] = tuple(
    Child(
        ORDER,
        OrderObserver,
        lambda w, c: (w.contracts, Rules.of(w.settings.execution, w.settings.risk)),
    )
    if child.name == ORDER
    else child
    for child in CHILDREN
)

OBSERVING_ROUTES: Routes = {
    kind: tuple(
        name
        for name in names
        if name != GATEWAY and (name != ORDER or kind in OrderObserver.handlers)
    )
    for kind, names in ROUTES.items()
}


def wiring(contracts: tuple[str, ...]) -> Wiring:
    return Wiring(ROUTES, CONTROL, MERGES, contracts, FOLDS)


def observing_wiring(contracts: tuple[str, ...]) -> Wiring:
    return Wiring(OBSERVING_ROUTES, CONTROL, MERGES, contracts, FOLDS)


# The command line

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
config_app = typer.Typer(help="Settings.")
app.add_typer(config_app, name="config")

ONCE_S = 600.0
"""How long --trade-once waits for its trade and watches it, where no --duration says otherwise."""


class Way(StrEnum):
    """Of --trade-once."""

    BUY = "buy"
    SELL = "sell"


File = Annotated[
    Path | None, typer.Option("--config", help="Settings file; default: simulated.yaml.")
]
Override = Annotated[
    list[str] | None, typer.Option("-o", help="One setting: section.key=value. Repeatable.")
]


def _loaded(file: Path | None, overrides: list[str] | None) -> Loaded:
    try:
        loaded = load_settings(file, overrides or (), environ=os.environ, dotenv=ROOT / ".env")
    except SettingsError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(3) from None
    for warning in loaded.warnings:
        print(warning, file=sys.stderr)
    return loaded


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
    observe: Annotated[
        bool, typer.Option("--observe", help="Decide and trace everything, send nothing.")
    ] = False,
    resume: Annotated[
        str | None, typer.Option(help="REASON for lifting what earlier sessions left latched.")
    ] = None,
    trade_once: Annotated[
        Way | None, typer.Option(help="One bracketed trade, then stop: a test of the plumbing.")
    ] = None,
    confirm: Annotated[
        str | None, typer.Option(help="NAME of the live account, where nobody can type it.")
    ] = None,
) -> None:
    """Trade: by default a simulated account on a simulated market."""
    if context.invoked_subcommand is not None:
        return
    if resume is not None and not resume.strip():
        raise typer.BadParameter("it needs a reason, for the ledger", param_hint="--resume")
    if observe and trade_once:
        raise typer.BadParameter("--observe sends nothing: leave --trade-once out")
    named = {"simulator.replay": replay, "simulator.seed": seed, "logs.directory": logs}
    given = [f"{key}={value}" for key, value in named.items() if value is not None]
    if trade_once:  # the tape's opinion is no part of the plumbing
        given.append("signal.confirm_flow=false")
        duration = duration or ONCE_S
    once = None if trade_once is None else Side[trade_once.name]
    settings = _loaded(config, [*(override or ()), *given]).settings
    start = None if epoch is None else int(epoch.replace(tzinfo=UTC).timestamp()) * SECOND
    try:
        tables = Tables(CHILDREN, ACTIONS, wiring)
        if observe:
            tables = Tables(OBSERVING_CHILDREN, ACTIONS, observing_wiring, observing=True)
        command = Command(start, int(duration * SECOND), resume or "", once, confirm)
        raise typer.Exit(live(settings, command, tables))
    except Refused as refused:
        print(refused, file=sys.stderr)
        raise typer.Exit(refused.code) from None


@config_app.command("show")
def config_show(config: File = None, override: Override = None) -> None:
    """Print the merged settings, secrets masked, and what is not from the file's own text."""
    loaded = _loaded(config, override)
    file = str(config) if config else f"config/{SIMULATED.name}"
    elsewhere = {path: source for path, source in loaded.sources.items() if source != file}
    print(show(loaded.settings, elsewhere), end="")


def main() -> int:
    """The console script's entry point; ends the process with the exit code."""
    logger.remove()  # loguru's own copy on stderr: the session's log has its sinks
    app(prog_name="failflat")
    return 0


if __name__ == "__main__":
    main()
