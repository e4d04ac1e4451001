"""One bench over both runtimes: the conformance suite speaks to the bench and never asks which it
is.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import pykka

from actors.runtime.actor import Actor
from actors.runtime.behaviour import Behaviour
from actors.runtime.clock import LiveClock, VirtualClock
from actors.runtime.context import Context
from actors.runtime.delivery import Finished, Published, Record
from actors.runtime.runtime import Accounts
from actors.runtime.threaded import ThreadedRuntime
from actors.runtime.virtual import VirtualRuntime
from actors.runtime.wiring import Wiring
from messages.base import SECOND, Message
from messages.control import ActorFailed, Flatten, Latch, Ping, Pong
from messages.market import Quote

START = 1_700_000_000 * SECOND
DEADLINE_S = 60.0


class Note(Message, frozen=True):
    """Data for the actor under test."""

    text: str


class Reminder(Message, frozen=True):
    """A timer of the actor under test."""

    text: str


class Report(Message, frozen=True):
    """What the actor under test saw."""

    text: str


class Overseer(Behaviour):
    """Stands where the supervisor stands: remembers what it is told."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.failures: list[ActorFailed] = []
        self.reports: list[str] = []
        self.pongs: list[Pong] = []

    def on_actor_failed(self, failed: ActorFailed) -> None:
        self.failures.append(failed)

    def on_report(self, report: Report) -> None:
        self.reports.append(report.text)

    def on_pong(self, pong: Pong) -> None:
        self.pongs.append(pong)


ROUTES: dict[type[Message], tuple[str, ...]] = {
    Note: ("order",),
    Quote: ("order",),
    Latch: ("order",),
    Flatten: ("order",),
    Ping: ("order",),
    Report: ("supervisor",),
    Pong: ("supervisor",),
    ActorFailed: ("supervisor",),
}
WIRING = Wiring(ROUTES, frozenset({Latch, Flatten, Ping}), {Quote: Quote.merged}, ())


class Bench:
    """A runtime, its overseer, what its tap heard, and a way to wait for quiet."""

    runtime: Any
    overseer: Overseer
    emit: Callable[[Message], None]

    def __init__(self) -> None:
        self.records: list[Record] = []

    def send(self, *messages: Message) -> None:
        for message in messages:
            self.emit(message)

    def settle(self, seconds: float = 0.0) -> None:
        """Let `seconds` pass and everything sent be handled."""
        raise NotImplementedError

    def reported(self, count: int) -> list[str]:
        """What the actor under test has reported, once it is so much."""
        raise NotImplementedError

    def accounts(self) -> Accounts:
        accounts: Accounts = self.runtime.accounts()
        return accounts

    def published(self, kind: type[Message]) -> list[Published]:
        return [r for r in self.records if isinstance(r, Published) and r.type == kind.__name__]

    def finished(self, kind: type[Message]) -> list[Finished]:
        return [r for r in self.records if isinstance(r, Finished) and r.type == kind.__name__]

    def close(self) -> None:
        return None


class VirtualBench(Bench):
    def __init__(self) -> None:
        super().__init__()
        self.runtime = VirtualRuntime(WIRING, VirtualClock(START), self.records.append, seed=1)
        self.overseer = self.runtime.attach("supervisor", Overseer)
        self.emit = self.runtime.emitter("test")

    def settle(self, seconds: float = 0.0) -> None:
        self.runtime.run(self.runtime.clock.now + int(seconds * SECOND))

    def reported(self, count: int) -> list[str]:
        self.settle(DEADLINE_S)
        return self.overseer.reports


class ThreadedBench(Bench):
    def __init__(self) -> None:
        super().__init__()
        self.runtime = ThreadedRuntime(WIRING, LiveClock(), self.records.append, seed=1)
        self.overseer = self.runtime.attach("supervisor", Overseer)
        self.emit = self.runtime.emitter("test")
        self._until = 0

    def settle(self, seconds: float = 0.0) -> None:
        until = self.runtime.clock() + int(seconds * SECOND)
        deadline = time.monotonic() + DEADLINE_S + seconds
        while time.monotonic() < deadline:
            if self.runtime.step("supervisor", 0.005):
                continue
            accounts = self.runtime.accounts()
            waiting = [m for a, m in self.runtime.mailboxes.items() if self.alive(a) and len(m)]
            quiet = not waiting and accounts.running == 0 and accounts.balanced
            if quiet and self.runtime.clock() >= until:
                return
        raise AssertionError(f"not settled: {self.runtime.progress()}")

    def reported(self, count: int) -> list[str]:
        deadline = time.monotonic() + DEADLINE_S
        while len(self.overseer.reports) < count and time.monotonic() < deadline:
            self.runtime.step("supervisor", 0.005)
        self.settle()
        return self.overseer.reports

    def alive(self, address: str) -> bool:
        actor = self.runtime._actors.get(address)
        return address == "supervisor" or (actor is not None and actor.is_alive())

    def close(self) -> None:
        self.runtime.stop()
        deadline = time.monotonic() + DEADLINE_S
        while any(t.name.startswith("Subject") for t in threading.enumerate()):
            assert time.monotonic() < deadline, "an actor's thread outlived its runtime"
            threading.Event().wait(0.002)
        assert not pykka.ActorRegistry.get_all()


class Subject(Actor):
    """The actor under test: does what a note says, reports everything else."""

    broken_at_begin = False

    def begin(self) -> None:
        if type(self).broken_at_begin:
            raise RuntimeError("broken at begin")

    def on_note(self, note: Note) -> None:
        command, _, rest = note.text.partition(" ")
        match command:
            case "raise":
                raise ValueError(rest)
            case "exit":
                raise SystemExit(rest)
            case "interrupt":
                raise KeyboardInterrupt
            case "remind":
                delay, text = rest.split(" ")
                self.after(int(delay) * 1_000_000, Reminder(text))
            case "hold":
                GATES[rest].wait(DEADLINE_S)
                self.publish(Report(note.text))
            case _:
                self.publish(Report(note.text))

    def on_reminder(self, reminder: Reminder) -> None:
        self.publish(Report(f"reminder {reminder.text}"))

    def on_quote(self, quote: Quote) -> None:
        self.publish(Report(f"quote {quote.bid} {quote.ask}"))

    def on_latch(self, latch: Latch) -> None:
        self.publish(Report(f"latch {latch.code}"))

    def on_flatten(self, flatten: Flatten) -> None:
        self.publish(Report("flatten"))


GATES: dict[str, threading.Event] = {}
