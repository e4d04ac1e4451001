"""The main thread of a live run: runs the supervisor, takes Ctrl-C, SIGTERM and the kill switch,
shows the status.
"""

import gc
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from actors.runtime.address import SUPERVISOR
from actors.runtime.threaded import ThreadedRuntime
from actors.supervision.supervisor import Supervisor
from messages.base import Message
from messages.control import Alarm, AlarmKind, SessionEnded, StopRequested

STEP_S = 0.25
"""The longest wait for a message: Windows delivers Ctrl-C only between waits."""
SHOW_S = 0.5
STOPPING = (
    "going flat, then stopping (once more: by the emergency lane)",
    "going flat by the emergency lane",
)
OBSERVING = ("stopping; the account is left as it is", "stopping already")
"""What is said to the first signal, and to those after it."""
LOOK_S = 0.25
"""How often the kill switch is looked for."""
QUIET_S = 2.0
"""How long what is under way at the end may take to be handled, beyond the wait for the venue's
answers, which may never come.
"""
COLLECT_S = 60.0


class MainLoop:
    """`say` prints a line for the operator; `show` is called at most twice a second on a terminal;
    `silence` ends the hubs and all asking; `switch` is the file whose being there is the kill
    switch, as is SIGUSR1 where the platform has it. `answer_s` is how long an answer may take.
    """

    def __init__(
        self,
        runtime: ThreadedRuntime,
        supervisor: Supervisor,
        emit: Callable[[Message], None],
        say: Callable[[str], None],
        show: Callable[[], None] | None,
        silence: Callable[[], None],
        switch: Path,
        answer_s: float,
        words: tuple[str, str] = STOPPING,
    ) -> None:
        self._runtime = runtime
        self._supervisor = supervisor
        self._emit = emit
        self._say = say
        self._show = show
        self._silence = silence
        self._words = words
        self._switch = switch
        self._answer_s = answer_s
        self._asked = False
        self._killed = False

    def run(self) -> int:
        """Until the supervisor has an exit code."""
        # A full collection stops every thread for some 80 ms with torch loaded: only while flat.
        gc.collect()
        gc.freeze()
        gc.disable()
        shown = looked = collected = time.monotonic()
        with self._signals():
            while self._supervisor.code is None:
                self._runtime.step(SUPERVISOR, STEP_S)
                now = time.monotonic()
                if self._show is not None and now - shown >= SHOW_S:
                    shown = now
                    self._show()
                if now - looked >= LOOK_S:
                    looked = now
                    self._look()
                if now - collected >= COLLECT_S and self._supervisor.flat:
                    collected = now
                    gc.collect()
        gc.enable()
        self._settle()
        if self._show is not None:
            self._show()
            self._say("")  # the status line stays; what follows begins below it
        return self._supervisor.code

    def _look(self) -> None:
        if not self._killed and self._switch.exists():
            self._kill("file", f"{self._switch} is there")

    def _kill(self, subject: str, words: str) -> None:
        self._killed = True
        self._say(f"\nkill switch: {words}: going flat, and halting")
        self._emit(Alarm(AlarmKind.KILL_SWITCH, subject, words))

    def _settle(self) -> None:
        """Let what is under way be handled; neither hubs nor timers bring anything new any more."""
        self._silence()
        self._runtime.close_timers()
        self._emit(SessionEnded())
        end = time.monotonic() + self._answer_s + QUIET_S
        while time.monotonic() < end:
            if not self._runtime.step(SUPERVISOR, 0.01) and self._runtime.idle():
                return

    @contextmanager
    def _signals(self) -> Iterator[None]:
        names = [
            name for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
        ]
        before = {name: signal.signal(getattr(signal, name), self._on_signal) for name in names}
        if hasattr(signal, "SIGUSR1"):
            before["SIGUSR1"] = signal.signal(signal.SIGUSR1, self._on_kill)
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(getattr(signal, name), handler)

    def _on_kill(self, number: int, frame: FrameType | None) -> None:
        if not self._killed:
            self._kill("signal", signal.Signals(number).name)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        self._say(f"\n{name}: {self._words[self._asked]}")
        self._asked = True
        self._emit(StopRequested(name))
