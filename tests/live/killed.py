"""python -m tests.live.killed STEP PLAN [OPTIONS of supervisor.py]: the engine as a user starts it,
but for three things. It asks no model; it trades as the file PLAN says (enter, exit or wait); and
it kills itself with SIGKILL, from whichever thread gets there, at the moment named STEP, if that
belongs to what the plan says ("flatten" plans nothing: whoever tells it to flatten says so).

Of the other steps, "never" does nothing, and with "unsupervised" it lives on, but its supervisor
fails when the plan says "fail".
"""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

import supervisor
from actors import live
from actors.runtime.delivery import Published, Record
from actors.runtime.journal import Journal
from actors.signal.strategy import View
from actors.supervision.supervisor import Supervisor
from gateway.ledger import Clerk
from gateway.rest_shell import RestPort
from messages.base import Message
from messages.control import Latch, SuperviseDue
from messages.decision import NoSignal, Signal, SignalKind, SignalRefusal
from messages.market import Instrument
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    FillEvent,
    Phase,
    PhaseChanged,
    PlaceOrder,
    PlaceResult,
)
from messages.position import PositionEvent
from models.artefact import Artefact
from models.card import Card

PLAN = "KILLED_PLAN"
"""The environment variable with the plan's file."""
STRATEGY = "trading.strategy=tests.live.killed:Planned"


def plan() -> str:
    return Path(os.environ[PLAN]).read_text("utf-8").strip()


class Unsure:
    """Saves the start the seconds that torch takes; the strategy asks no model."""

    def score(self, values: Sequence[float]) -> tuple[float, float, float]:
        return 0.0, 1.0, 0.0


def unlearned(weights: Path, card: Path) -> Artefact:
    return Artefact(msgspec.json.decode(card.read_bytes(), type=Card), ())


class Planned:
    """Enters or leaves when the plan says so, and else does nothing."""

    def __init__(self, instrument: Instrument) -> None:
        """Every instrument is traded alike."""

    def decide(self, view: View) -> Signal | NoSignal:
        told = plan()
        if told == "enter" and not view.size:
            return self._signal(view, SignalKind.LONG_ENTRY)
        if told == "exit" and view.size:
            return self._signal(view, SignalKind.EXIT_LONG)
        return NoSignal(view.contract, view.bar.end, SignalRefusal.HOLDING)

    def _signal(self, view: View, kind: SignalKind) -> Signal:
        return Signal(view.contract, view.bar.end, kind, 1.0, view.bar.close, "planned")


armed: set[str] = set()
"""Plans under which the step counts."""


def die() -> None:
    if plan() in armed:
        os.kill(os.getpid(), signal.SIGKILL)


def put(owner: object, name: str, made: object) -> None:
    """What the launcher is for: the engine's own code, but for one name."""
    setattr(owner, name, made)


def written(kind: type[Message]) -> None:
    """The ledger has the request; nothing has left."""
    intend = Clerk.intend

    def replaced(self: Clerk, request: Any, at: int) -> Any:
        number = intend(self, request, at)
        if isinstance(request, kind):
            die()
        return number

    put(Clerk, "intend", replaced)


def sent(kind: type[Message]) -> None:
    """The venue has the request and has answered; nobody here knows the answer."""
    handle = RestPort.handle

    def replaced(self: RestPort, message: Message) -> Iterable[Message]:
        answers = handle(self, message)
        if isinstance(message, kind):
            die()
        return answers

    put(RestPort, "handle", replaced)


def answered(kind: type[Message]) -> None:
    """The ledger has the answer."""
    answer = Clerk.answered

    def replaced(self: Clerk, number: int, message: Message, at: int) -> list[Message]:
        said = answer(self, number, message, at)
        if isinstance(message, kind):
            die()
        return said

    put(Clerk, "answered", replaced)


def recorded(kind: type[Message]) -> None:
    """The ledger has kept the message."""
    hear = Clerk.hear

    def replaced(self: Clerk, message: Message, at: int) -> list[Message]:
        said = hear(self, message, at)
        if isinstance(message, kind):
            die()
        return said

    put(Clerk, "hear", replaced)


class Heard:
    """How far a way out has come, by what has been published."""

    def __init__(self) -> None:
        self.leaving = self.closing = self.gone = False

    def take(self, message: Message) -> None:
        match message:
            case PhaseChanged(phase=phase):
                self.leaving = phase is Phase.EXITING
                if not self.leaving:
                    self.closing = self.gone = False
            case CloseContract():
                self.closing = True
            case PositionEvent(position):
                self.gone = self.closing and position.size == 0
            case _:
                pass


def published(reached: Callable[[Heard, Message], bool]) -> None:
    """A message is on its way, and no room has it yet."""
    tap, heard = Journal.tap, Heard()

    def replaced(self: Journal, record: Record) -> None:
        tap(self, record)
        if isinstance(record, Published) and record.message is not None:
            heard.take(record.message)
            if reached(heard, record.message):
                die()

    put(Journal, "tap", replaced)


ENTERING: dict[str, Callable[[], None]] = {
    "intent-written": lambda: written(PlaceOrder),
    "request-sent": lambda: sent(PlaceOrder),
    "accepted": lambda: answered(PlaceResult),
    "filled": lambda: published(lambda heard, m: isinstance(m, FillEvent)),
    "protected": lambda: published(
        lambda heard, m: isinstance(m, PhaseChanged) and m.phase is Phase.PROTECTED
    ),
}
LEAVING: dict[str, Callable[[], None]] = {
    "latched": lambda: recorded(Latch),
    "cancelling": lambda: published(lambda heard, m: heard.leaving and isinstance(m, CancelOrder)),
    "targets-cancelled": lambda: published(
        lambda heard, m: heard.leaving and isinstance(m, CancelResult)
    ),
    "close-sent": lambda: sent(CloseContract),
    "closed": lambda: published(lambda heard, m: heard.gone and isinstance(m, PositionEvent)),
    "before-proof": lambda: published(lambda heard, m: heard.gone and isinstance(m, CancelResult)),
}


def unsupervised() -> None:
    """The supervisor's round fails as soon as the plan says "fail", and the process lives on."""
    round_made = Supervisor.on_supervise_due

    def replaced(self: Supervisor, due: SuperviseDue) -> None:
        if plan() == "fail":
            raise RuntimeError("planned")
        round_made(self, due)

    put(Supervisor, "on_supervise_due", replaced)


if __name__ == "__main__":
    step, os.environ[PLAN], *options = sys.argv[1:]
    for steps, plans in ((ENTERING, {"enter"}), (LEAVING, {"exit", "flatten"})):
        if step in steps:
            armed |= plans
            steps[step]()
    if step == "unsupervised":
        unsupervised()
    put(live, "load_model", unlearned)
    put(live, "TorchScorer", lambda artefact: Unsure())
    sys.argv = ["supervisor.py", *options]
    raise SystemExit(supervisor.main())
