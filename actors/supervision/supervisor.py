"""The supervisor's behaviour: alarms into latches and flattens, failures into restarts, a stop into
flat.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from actors.runtime.address import ORDER, POSITION, Address
from actors.runtime.behaviour import Behaviour
from actors.runtime.context import Context
from actors.runtime.runtime import Progress
from actors.supervision.actions import FLATTENING, Action
from actors.supervision.intensity import Intensity
from actors.supervision.latches import Latches
from actors.supervision.once import LATCH, Once
from actors.supervision.past import STOPPING, Past, over, standing
from actors.supervision.progress import Stalls
from messages.base import MILLISECOND, SECOND, Nanos
from messages.control import (
    ActorFailed,
    ActorRestarted,
    Alarm,
    AlarmCleared,
    AlarmKind,
    BooksClosed,
    CloseBooks,
    EngineState,
    Flatten,
    Flattened,
    FlattenFailed,
    Ping,
    Pong,
    SessionStarted,
    StateChanged,
    StopRequested,
    SuperviseDue,
)
from messages.decision import Denied
from messages.hub import CloseHub, Hub, HubLost, HubOpened
from messages.order import Phase, PhaseChanged

ROUND = 250 * MILLISECOND
PAUSE = 5 * SECOND
"""After a flatten for something that does not clear by itself, before entries are allowed again."""
SETTLED = frozenset({Phase.FLAT, Phase.PROTECTED})

EXIT_OK, EXIT_NOT_FLAT, EXIT_HALTED = 0, 6, 10


class Limits(msgspec.Struct, frozen=True):
    """`stop_deadline` bounds an orderly stop; `duration` (0: none) the whole session;
    `hubs` are those that must be open before it begins. `observing`: there is nobody to flatten
    for, so no flatten is ever begun, and a stop leaves the account as it is. `trade_once`: the
    session ends with its first trade.
    """

    restarts: int
    restart_period: Nanos
    progress: Nanos
    flatten_deadline: Nanos
    stop_deadline: Nanos
    duration: Nanos = 0
    hubs: tuple[Hub, ...] = tuple(Hub)
    observing: bool = False
    trade_once: bool = False


class Hands(msgspec.Struct, frozen=True):
    """What the supervisor can do beyond sending messages; the runtime gives it these."""

    restart: Callable[[Address], None]
    bury: Callable[[Address], None]
    """Give an actor up: what waits for it, and what still comes, are dead letters."""
    progress: Callable[[], Sequence[Progress]]
    emergency: Callable[[int, str], None]
    """Begin the second way to flat for a flatten of this number, or the one after it; it answers
    with Flattened or FlattenFailed.
    """
    stacks: Callable[[], str]
    beat: Callable[[], None]
    """Tell the sentinel that the supervisor lives."""


class Run(msgspec.Struct):
    """A flatten under way. `lift` is the code of the latch that its success lifts after a pause."""

    number: int
    reason: str
    started: Nanos
    deadline: Nanos
    emergency: bool = False


class Supervisor(Behaviour):
    """Decides; other rooms and the lanes carry it out. Not a Pykka actor: the main thread runs
    it.
    """

    def __init__(
        self,
        context: Context,
        children: Sequence[Address],
        contracts: Sequence[str],
        actions: Mapping[AlarmKind, Action],
        limits: Limits,
        hands: Hands,
        past: Past | None = None,
    ) -> None:
        super().__init__(context)
        self.state = EngineState.STARTING
        self.reason = "starting"
        self.code: int | None = None
        """The exit code, once the session is over."""
        self._children = tuple(children)
        self._phases = dict.fromkeys(contracts, Phase.UNKNOWN)
        self._hubs = dict.fromkeys(limits.hubs, False)
        self._actions = actions
        self._limits = limits
        self._hands = hands
        self._past = Past() if past is None else past
        self._intensity = {
            child: Intensity(limits.restarts, limits.restart_period) for child in children
        }
        self._stalls = Stalls(limits.progress)
        self._latches = Latches()
        self._once = Once() if limits.trade_once else None
        self._awaited = set(children)
        self._run: Run | None = None
        self._flattens = 0
        self._passing: dict[str, Nanos] = {}
        """Latches to lift once flat, and not before this time."""
        self._grave: dict[str, str] = {}
        """Latches whose alarm calls for flat, with its words."""
        self._cleared: set[str] = set()
        self._halted = ""
        self._stopping: StopRequested | None = None
        self._asked = False
        """Whether somebody outside has asked for the stop."""
        self._stop_by: Nanos = 0
        self._closing = False
        """Whether the venue has said flat at the end, and the books are being closed."""
        self._closed = False
        """Whether they are, or it was given up to wait for them."""
        self._risen: set[str] = set()
        """Contracts in which something has come to life since the venue said flat."""
        self._end: Nanos = 0

    @property
    def flat(self) -> bool:
        return all(phase is Phase.FLAT for phase in self._phases.values())

    def begin(self) -> None:
        """Ask every child whether it is there; the session starts when all have answered. What an
        earlier process left latched is latched before anybody can enter.
        """
        self._inherit()
        self._hands.beat()
        self.publish(Ping(1))
        self.after(ROUND, SuperviseDue())
        if self._limits.duration:
            self._end = self.now + self._limits.duration

    # The session

    def on_pong(self, pong: Pong) -> None:
        if pong.actor in self._awaited:
            self._awaited.discard(pong.actor)
            if not self._awaited:
                self.publish(SessionStarted(self.now, self._limits.observing))
                self._go_on()

    def on_phase_changed(self, change: PhaseChanged) -> None:
        self._phases[change.contract] = change.phase
        if self._grave and change.phase not in (Phase.FLAT, Phase.EXITING):
            # An entry that was under way when the alarm came, or a position from outside.
            code, words = next(iter(self._grave.items()))
            self._flatten(f"{code}: {words}")
        elif self._closing and change.phase is Phase.PROTECTED:
            self._flatten("a position after the end")
        if change.phase is not Phase.FLAT:
            self._risen.add(change.contract)
        else:
            self._risen.discard(change.contract)
            self._conclude()
        if self._once is not None:
            self._follow(self._once, change)
        self._update()

    def on_denied(self, denied: Denied) -> None:
        if self._once is not None and (stop := self._once.denied(denied)) is not None:
            self._stop(stop)

    def on_hub_opened(self, opened: HubOpened) -> None:
        self._hubs[opened.hub] = True
        self._update()

    def on_hub_lost(self, lost: HubLost) -> None:
        self._hubs[lost.hub] = False

    def _follow(self, once: Once, change: PhaseChanged) -> None:
        """One entry and no more: from the first on, entries are latched."""
        stop = once.moved(change)
        if once.contract:
            self.perform(self._latches.set(LATCH, f"the one trade is in {once.contract}"))
        if stop is not None:
            self._stop(stop)

    def on_stop_requested(self, request: StopRequested) -> None:
        """The first time in order; who asks again does not wait for the actors any more."""
        if self._asked and self._run is not None:
            self._missed(self._run, f"{request.reason} does not wait for it")
        elif self._asked and self._closing:
            self._closed = True
            self._conclude()
            if self.code is None:
                self._flatten(f"{request.reason} does not wait for the books")
        self._asked = True
        self._stop(request)

    def on_supervise_due(self, due: SuperviseDue) -> None:
        self._hands.beat()
        if self._end and self.now >= self._end and self._stopping is None:
            self._stop(StopRequested("duration"))
        for row in self._stalls.check(self._actors(), self.now):
            self._replace_hung(row)
        if self._run is not None and self.now >= self._run.deadline:
            self._missed(self._run, "its deadline has passed")
        for code, when in tuple(self._passing.items()):
            if self.now >= when and self._run is None:
                del self._passing[code]
                self._lift(code, "flat, and some seconds have passed")
        if self._stopping is not None and self.now >= self._stop_by and self.code is None:
            self._last_word()
        self._update()
        self.after(ROUND, SuperviseDue())

    # Alarms

    def on_alarm(self, alarm: Alarm) -> None:
        action = self._actions[alarm.kind]
        code = f"{alarm.kind.value}[{alarm.subject}]"
        self._cleared.discard(code)
        if action is Action.NOTE:
            return
        self.perform(self._latches.set(code, alarm.words))
        if action is Action.HALT:
            self._halted = self._halted or f"{code}: {alarm.words}"
        if action is Action.FLATTEN_ONCE:
            self._passing[code] = self.now + PAUSE
        if action in FLATTENING:
            self._grave[code] = alarm.words
            # Only of stale data is it certain that it matters to a position alone: the other alarms
            # may know of one that the order room does not.
            if not (action is Action.FLATTEN and self.flat):
                self._flatten(f"{code}: {alarm.words}")
        self._update()

    def on_alarm_cleared(self, cleared: AlarmCleared) -> None:
        code = f"{cleared.kind.value}[{cleared.subject}]"
        if self._actions[cleared.kind] in (Action.LATCH, Action.FLATTEN):
            if self._run is None:
                self._lift(code, "the alarm has cleared")
            else:
                self._cleared.add(code)
        self._update()

    def _lift(self, code: str, words: str) -> None:
        self._grave.pop(code, None)
        self.perform(self._latches.lift(code, words))

    def _inherit(self) -> None:
        """Set again what an earlier process left latched, and lift what ends with it."""
        for latched in self._past.latched:
            code, words = latched.code, latched.words
            self.perform(self._latches.set(code, words))
            if ended := over(latched, self._past.resume, self.now):
                self._lift(code, ended)
                continue
            action = standing(code, self._actions)
            if action in FLATTENING:
                self._grave[code] = words
            if action is Action.HALT:
                self._halted = self._halted or f"{code}: {words}"

    def _go_on(self) -> None:
        """Prove flat what an earlier process may have died in flattening."""
        for code, words in self._grave.items():
            if standing(code, self._actions) is Action.FLATTEN_ONCE:
                self._passing[code] = self.now + PAUSE
            self._flatten(f"{code}: {words}")

    # Failures

    def on_actor_failed(self, failed: ActorFailed) -> None:
        if failed.actor in self._intensity:
            self._restart(failed.actor, failed.error)

    def _replace_hung(self, row: Progress) -> None:
        running = row.running or "nothing"
        words = f"{row.address} finishes nothing: {running} in hand, {row.queued} waiting"
        self.publish(Alarm(AlarmKind.HUNG_ACTOR, row.address, words, row.queued))
        # A failure like any other from here on, with every thread's stack for its traceback.
        stacks = self._hands.stacks()
        self.publish(ActorFailed(row.address, row.generation, "hung", stacks, ""))

    def _restart(self, actor: Address, error: str) -> None:
        if not self._intensity[actor].allows(self.now):
            words = f"{actor} failed more than {self._limits.restarts} times: {error}"
            self._halted = self._halted or words
            self.perform(self._latches.set(f"failed[{actor}]", words))
            del self._intensity[actor]  # given up: neither watched nor restarted any more
            self._hands.bury(actor)
            self._stop(StopRequested(words, EXIT_HALTED))
            return
        # First, so that nothing the successor says can overtake it.
        self.publish(ActorRestarted(actor))
        self._hands.restart(actor)
        # What it must know before anything else: control overtakes what waits.
        self.perform(self._latches.again())
        if actor == ORDER and self._run is not None and not self._run.emergency:
            self.publish(Flatten(self._run.number, self._run.reason))
        if actor == POSITION and self._closing:
            self.publish(CloseBooks())
        if self._awaited:
            self.publish(Ping(1))

    # Flattening

    def on_flattened(self, flattened: Flattened) -> None:
        run = self._run
        if run is None or flattened.number != run.number:
            return
        self._run = None
        self._risen.clear()
        for code in tuple(self._cleared):
            self._cleared.discard(code)
            self._lift(code, "flat, and the alarm has cleared")
        if self._stopping is not None:
            self._close_books()
        self._update()

    def on_books_closed(self, closed: BooksClosed) -> None:
        if self._closing and self._run is None:
            self._closed = True
            self._conclude()

    def on_flatten_failed(self, failed: FlattenFailed) -> None:
        run = self._run
        if run is not None and failed.number == run.number and failed.way != ORDER:
            run.emergency = False  # the next deadline sends the next way

    def _flatten(self, reason: str) -> None:
        if self._run is not None or self._limits.observing:
            return
        self._flattens += 1
        deadline = self.now + self._limits.flatten_deadline
        self._run = Run(self._flattens, reason, self.now, deadline)
        self.publish(Flatten(self._flattens, reason))

    def _missed(self, run: Run, why: str) -> None:
        run.deadline = self.now + self._limits.flatten_deadline
        if not run.emergency:
            run.emergency = True
            self.publish(FlattenFailed(run.number, ORDER, why))
            self._hands.emergency(run.number, run.reason)

    def _stop(self, request: StopRequested) -> None:
        if self._stopping is not None:
            return
        if self._once is not None:
            request = self._once.ended(request)
        self._stopping = request
        self._stop_by = self.now + self._limits.stop_deadline
        self.perform(self._latches.set(STOPPING, request.reason))
        self._flatten(f"stopping: {request.reason}")
        self._update()
        if self._limits.observing:
            self._finish(True)

    def _close_books(self) -> None:
        """The venue says flat: what is left is to know what that has made."""
        self._closing = True
        self._closed = self._closed or POSITION not in self._intensity  # or it was given up
        if not self._closed:
            self.publish(CloseBooks())
        self._conclude()

    def _conclude(self) -> None:
        """The session is over once the books are closed, and nothing has come to life meanwhile."""
        if self._closed and self._closing and self._run is None and not self._risen:
            self._finish(True)

    def _last_word(self) -> None:
        """The time to stop is over. Flat was proven before the books were to be closed, and that
        may be long ago: it is proven once more, without them.
        """
        if self._closed or not self._closing or self._run is not None:
            self._finish(False)
            return
        words = "the venue's last fills were not read in time: trips and profit may lack some"
        self.publish(Alarm(AlarmKind.MISMATCH, "session", words))
        self._closed = True
        self._stop_by = (
            self.now + 2 * self._limits.flatten_deadline
        )  # the order room, then the lane
        self._flatten("stopping: once more, as the books do not close")

    def _finish(self, flat: bool) -> None:
        """The venue has said flat (or need not be), or the time for it is over."""
        for hub in Hub:
            self.publish(CloseHub(hub))
        halted = EXIT_HALTED if self._halted else EXIT_OK
        asked = self._stopping.code if self._stopping is not None else EXIT_OK
        self.code = (asked or halted) if flat else EXIT_NOT_FLAT
        self._update()

    def _actors(self) -> list[Progress]:
        return [row for row in self._hands.progress() if row.address in self._intensity]

    # State

    def _update(self) -> None:
        state, reason = self._present()
        if state is not self.state:
            self.state, self.reason = state, reason
            self.publish(StateChanged(state, reason))

    def _present(self) -> tuple[EngineState, str]:
        observing = self._limits.observing
        if self.code is not None and observing and self._stopping is not None:
            return EngineState.OBSERVED, f"{self._stopping.reason}: the account is left as it is"
        if self.code is not None:
            flat = self.code != EXIT_NOT_FLAT
            words = self._stopping.reason if self._stopping is not None else ""
            return (EngineState.FLAT if flat else EngineState.NOT_FLAT), words
        if self._stopping is not None:
            return EngineState.STOPPING, self._stopping.reason
        if self._run is not None:
            return EngineState.FLATTENING, self._run.reason
        if self._halted:
            return EngineState.HALTED, self._halted
        settled = observing or all(phase in SETTLED for phase in self._phases.values())
        if self.state is EngineState.STARTING and not (settled and all(self._hubs.values())):
            return EngineState.STARTING, "starting"
        if self._latches:
            return EngineState.LATCHED, self._latches.words()
        if observing:
            return EngineState.OBSERVING, "nothing is sent"
        return EngineState.RUNNING, "trading"
