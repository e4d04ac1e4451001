"""Supervision: life and death of actors, alarms, latches, flattening, and the timers of each
room.
"""

from enum import StrEnum

from messages.base import Message, Nanos, Value
from messages.hub import Hub


class Ping(Message, frozen=True):
    number: int


class Pong(Message, frozen=True):
    actor: str
    number: int


class SessionStarted(Message, frozen=True):
    """Every actor is up: connect, reconcile, warm up. `observing`: nothing will be sent."""

    at: Nanos
    observing: bool = False


class SessionEnded(Message, frozen=True):
    """The market data has ended, so nothing more comes: close what is still forming."""


class EngineState(StrEnum):
    """OBSERVING and OBSERVED stand for RUNNING and FLAT where nothing is sent: what the account
    holds stays as it is.
    """

    STARTING = "STARTING"
    RUNNING = "RUNNING"
    OBSERVING = "OBSERVING"
    FLATTENING = "FLATTENING"
    LATCHED = "LATCHED"
    HALTED = "HALTED"
    STOPPING = "STOPPING"
    FLAT = "FLAT"
    NOT_FLAT = "NOT_FLAT"
    OBSERVED = "OBSERVED"


class StateChanged(Message, frozen=True):
    state: EngineState
    reason: str


class AlarmKind(StrEnum):
    STALE_DATA = "stale_data"
    UNPROTECTED = "unprotected"
    BRACKET_LOST = "bracket_lost"
    EXCESS_POSITION = "excess_position"
    HUB_DOWN = "hub_down"
    HUNG_ACTOR = "hung_actor"
    MISMATCH = "mismatch"
    UNKNOWN_OUTCOME = "unknown_outcome"
    AUTHENTICATION = "authentication"
    SESSION_END = "session_end"
    DAILY_LOSS = "daily_loss"
    TRAILING_LOSS = "trailing_loss"
    LOCKED_OUT = "locked_out"
    POSITION_BRACKETS = "position_brackets"
    CLOCK_JUMP = "clock_jump"
    KILL_SWITCH = "kill_switch"
    CIRCUIT_BREAKER = "circuit_breaker"
    LEDGER = "ledger"
    FILES = "files"
    SESSION_CONFLICT = "session_conflict"
    REFRESH_FAILED = "refresh_failed"
    STOP_MOVED = "stop_moved"
    SENTINEL = "sentinel"
    TAKEN_OVER = "taken_over"


class Alarm(Message, frozen=True):
    """Something measured has passed its limit (both in `unit`). `subject` is a contract, an actor
    or a hub.
    """

    kind: AlarmKind
    subject: str
    words: str
    measured: int = 0
    limit: int = 0
    unit: str = ""


class AlarmCleared(Message, frozen=True):
    kind: AlarmKind
    subject: str


class Latch(Message, frozen=True):
    """No entry from now on. `code` names the rule that set it, which alone (or a person) lifts
    it.
    """

    code: str
    words: str


class Latched(Value, frozen=True):
    """A latch that stands, as the ledger has it; `since` is when it was set."""

    code: str
    words: str
    since: Nanos


class Unlatch(Message, frozen=True):
    code: str
    words: str


class Flatten(Message, frozen=True):
    """Cancel entries and targets, close, cancel stops, prove it. `number` identifies the
    flatten.
    """

    number: int
    reason: str


class Flattened(Message, frozen=True):
    """The venue itself says flat with nothing working."""

    number: int
    reason: str
    took: Nanos


class FlattenFailed(Message, frozen=True):
    """The way to flat taken so far has missed its deadline."""

    number: int
    way: str
    reason: str


class Leased(Message, frozen=True):
    """The sentinel has answered a beat of the supervisor's, made at `asked`: from then on entries
    may be sent for a while.
    """

    asked: Nanos


class CloseBooks(Message, frozen=True):
    """The session ends flat: read the venue's last fills, so that the result is the venue's."""


class BooksClosed(Message, frozen=True):
    """The venue's fills and its flat position are in the books, and they agree."""


class StopRequested(Message, frozen=True):
    """End the session in order: flat first. `code` is the exit code if that succeeds."""

    reason: str
    code: int = 0


class ActorFailed(Message, frozen=True):
    """A handler raised (`cause` names the message it was handling), or the actor was replaced as
    hung.
    """

    actor: str
    generation: int
    error: str
    traceback: str
    cause: str


class ActorRestarted(Message, frozen=True):
    """An actor has lost its memory: whoever told it something that it copied tells it again."""

    actor: str


# Timers: each room's own reminders to itself.


class CloseBarDue(Message, frozen=True):
    contract: str
    end: Nanos


class PollBarsDue(Message, frozen=True):
    """The bar room's next look at the venue's bars while the tape is away."""


class FillFramesDue(Message, frozen=True):
    """The bar room's next look at which bars of the wanted timeframes are the venue's to tell."""


class PollOrdersDue(Message, frozen=True):
    """The position room's next look at the account while the user hub is away."""


class ReconnectDue(Message, frozen=True):
    hub: Hub


class MeasureDue(Message, frozen=True):
    """The hub room's reading of its streams."""


class HealthDue(Message, frozen=True):
    """The hub room's report of each hub's health."""


class RenewDue(Message, frozen=True):
    """The token nears its expiry."""


class PatrolDue(Message, frozen=True):
    """The watchdog's round."""


class ReconcileDue(Message, frozen=True):
    """The position room's comparison with the venue."""


class CompareDue(Message, frozen=True):
    """The position room's look whether fills and positions have come to agree."""


class EntryDue(Message, frozen=True):
    """An entry should have been answered, filled or found by now."""

    contract: str
    tag: str


class CoverDue(Message, frozen=True):
    """A position should be covered by a working stop by now."""

    contract: str


class ExitDue(Message, frozen=True):
    """The next look of an exit at the venue. `step` tells a stale reminder from the present one."""

    contract: str
    step: int


class RollDue(Message, frozen=True):
    """The risk room's look at the clock: session window, trade date, cooldowns."""


class SuperviseDue(Message, frozen=True):
    """The supervisor's round: hung actors, deadlines, the end of the run."""
