"""The human log's lines on supervision: states, alarms, latches, flattens, restarts, the hubs."""

from collections.abc import Mapping

from actors.session.memory import Level, Line, Memory, Writer
from actors.session.units import Instruments, clock, new_york
from messages.base import MILLISECOND
from messages.control import (
    ActorFailed,
    ActorRestarted,
    Alarm,
    AlarmCleared,
    EngineState,
    Flatten,
    Flattened,
    FlattenFailed,
    Latch,
    SessionStarted,
    StateChanged,
    StopRequested,
    Unlatch,
)
from messages.hub import (
    HubHealth,
    HubLost,
    HubOpened,
    HubRefreshed,
    TokenFailed,
    TokenRenewed,
)

_STATE_LEVELS: Mapping[EngineState, Level] = {
    EngineState.STARTING: "INFO",
    EngineState.RUNNING: "INFO",
    EngineState.OBSERVING: "INFO",
    EngineState.FLATTENING: "WARNING",
    EngineState.LATCHED: "WARNING",
    EngineState.HALTED: "WARNING",
    EngineState.STOPPING: "INFO",
    EngineState.FLAT: "INFO",
    EngineState.NOT_FLAT: "ERROR",
    EngineState.OBSERVED: "INFO",
}


def _started(started: SessionStarted, instruments: Instruments, memory: Memory) -> list[Line]:
    memory.began = memory.began or started.at
    names = ", ".join(sorted(instruments))
    told: list[Line] = [("INFO", f"SESSION STARTED: {names}")]
    if started.observing:
        told.append(("WARNING", "OBSERVING: every decision is traced, no order is ever sent"))
    return told


def _state(change: StateChanged, instruments: Instruments, memory: Memory) -> list[Line]:
    return [(_STATE_LEVELS[change.state], f"STATE: {change.state} ({change.reason})")]


def _alarm(alarm: Alarm, instruments: Instruments, memory: Memory) -> list[Line]:
    measured = f"{alarm.measured} {alarm.unit}".rstrip()
    figures = f" (measured {measured}, limit {alarm.limit})" if alarm.unit else ""
    return [("WARNING", f"ALARM: {alarm.kind} {alarm.subject}: {alarm.words}{figures}")]


def _cleared(cleared: AlarmCleared, instruments: Instruments, memory: Memory) -> list[Line]:
    return [("INFO", f"ALARM CLEARED: {cleared.kind} {cleared.subject}")]


def _latch(latch: Latch, instruments: Instruments, memory: Memory) -> list[Line]:
    return [("WARNING", f"LATCHED: {latch.code}: {latch.words}")]


def _unlatch(unlatch: Unlatch, instruments: Instruments, memory: Memory) -> list[Line]:
    return [("WARNING", f"LATCH LIFTED: {unlatch.code}: {unlatch.words}")]


def _flatten(flatten: Flatten, instruments: Instruments, memory: Memory) -> list[Line]:
    memory.flattens.add(flatten.number)
    return [("WARNING", f"FLATTEN {flatten.number}: {flatten.reason}")]


def _flattened(done: Flattened, instruments: Instruments, memory: Memory) -> list[Line]:
    memory.flattens.discard(done.number)
    took = done.took // MILLISECOND
    words = f"the venue says flat with nothing working, after {took} ms"
    return [("WARNING", f"FLATTEN {done.number} DONE: {words} ({done.reason})")]


def _flatten_failed(failed: FlattenFailed, instruments: Instruments, memory: Memory) -> list[Line]:
    return [("ERROR", f"FLATTEN {failed.number} FAILED: {failed.way}: {failed.reason}")]


def _failed(failed: ActorFailed, instruments: Instruments, memory: Memory) -> list[Line]:
    where = f"{failed.actor}#{failed.generation}"
    cause = f" while handling {failed.cause}" if failed.cause else ""
    told: list[Line] = [("ERROR", f"FAILED: {where}: {failed.error}{cause}")]
    told.extend(("DEBUG", line) for line in failed.traceback.splitlines())
    return told


def _restarted(again: ActorRestarted, instruments: Instruments, memory: Memory) -> list[Line]:
    return [("WARNING", f"RESTARTED: {again.actor}")]


def _stop(request: StopRequested, instruments: Instruments, memory: Memory) -> list[Line]:
    return [("INFO", f"STOP REQUESTED: {request.reason}")]


def _opened(opened: HubOpened, instruments: Instruments, memory: Memory) -> list[Line]:
    return [("INFO", f"CONNECTED: {opened.hub} hub (connection {opened.number})")]


def _lost(lost: HubLost, instruments: Instruments, memory: Memory) -> list[Line]:
    which = f"connection {lost.number}" if lost.number else "attempt failed"
    return [("WARNING", f"DISCONNECTED: {lost.hub} hub ({which}): {lost.reason}")]


def _health(health: HubHealth, instruments: Instruments, memory: Memory) -> list[Line]:
    """Once, when the score crosses the threshold."""
    if health.healthy is (health.hub not in memory.unhealthy):
        return []
    score = f"{health.hub} hub {health.score} of 100"
    if health.healthy:
        memory.unhealthy.discard(health.hub)
        return [("INFO", f"HEALTHY AGAIN: {score}")]
    memory.unhealthy.add(health.hub)
    return [("WARNING", f"UNHEALTHY: {score}: {health.words}")]


def _refreshed(refreshed: HubRefreshed, instruments: Instruments, memory: Memory) -> list[Line]:
    took = f"changed over in {refreshed.took // MILLISECOND} ms"
    return [("INFO", f"TOKEN IN USE: {refreshed.hub} hub (connection {refreshed.number}), {took}")]


def _token_renewed(renewed: TokenRenewed, instruments: Instruments, memory: Memory) -> list[Line]:
    return [("INFO", f"TOKEN RENEWED: expires {clock(new_york(renewed.expires))}")]


def _token_failed(failed: TokenFailed, instruments: Instruments, memory: Memory) -> list[Line]:
    return [("ERROR", f"LOGIN FAILED: {failed.reason}")]


WRITERS: Mapping[str, Writer] = {
    "SessionStarted": _started,
    "StateChanged": _state,
    "Alarm": _alarm,
    "AlarmCleared": _cleared,
    "Latch": _latch,
    "Unlatch": _unlatch,
    "Flatten": _flatten,
    "Flattened": _flattened,
    "FlattenFailed": _flatten_failed,
    "ActorFailed": _failed,
    "ActorRestarted": _restarted,
    "StopRequested": _stop,
    "HubOpened": _opened,
    "HubLost": _lost,
    "HubHealth": _health,
    "HubRefreshed": _refreshed,
    "TokenRenewed": _token_renewed,
    "TokenFailed": _token_failed,
}
