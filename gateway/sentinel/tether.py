"""The engine's end: starts the sentinel, tells it that the supervisor lives, and hears its answers.

A sentinel that ends or does not answer is replaced; until the new one has answered, there is no
lease, so no entry.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread, Timer

import msgspec

from gateway.sentinel.words import (
    Beat,
    Charge,
    Dismissed,
    Help,
    Helped,
    Lease,
    Ready,
    TakenOver,
    Word,
    line,
    read_sentinel,
)
from messages.base import Message, Nanos
from messages.control import Alarm, AlarmKind, Leased

ROOT = Path(__file__).resolve().parents[2]
START_S = 30.0
"""How long a new sentinel may take: one that follows a killed one waits for its lock."""
DISMISSAL_S = 2.0
UNANSWERED = 12
"""So many beats without an answer (3 s of the supervisor's rounds) mean that the sentinel hangs.
Counted, not timed: while the machine sleeps, neither of the two does anything.
"""
PAUSES_S = (0.0, 1.0, 5.0, 15.0)
"""Before each further attempt at a new sentinel; the last one ever after."""
NAME = "sentinel"
"""The way to flat by it, and the subject of its alarms."""


class SentinelFailed(Exception):
    """The sentinel did not start; the text is for the user."""


class Tether:
    """`charge` holds whom it guards, `log` is the file for what it says, `token` the current token,
    `lease` how long an answer to a beat allows entries.

    `beat` is the supervisor's alone; the others may be called from anywhere.
    """

    def __init__(
        self,
        charge: Charge,
        log: Path,
        clock: Callable[[], Nanos],
        token: Callable[[], str],
        lease: Nanos,
    ) -> None:
        self._charge = charge
        self._log = log
        self._clock = clock
        self._token = token
        self._lease = lease
        self._writing = Lock()
        self._closed = Event()
        self._asked: dict[int, Nanos] = {}
        """Beats that are not answered yet, by number: when they were made."""
        self._number = 0
        self._told = charge.token
        self._leased: Nanos | None = None
        self._taken = False
        self._helped: SimpleQueue[Helped] = SimpleQueue()
        self._helps = 0
        self._listener = Thread(target=self._listen, name=NAME, daemon=True)
        self._emit: Callable[[Message], None]
        self._process = self._start()

    @property
    def pid(self) -> int:
        """The sentinel's process id."""
        return self._process.pid

    def open(self, emit: Callable[[Message], None]) -> None:
        """Begin to listen; leases and alarms go to `emit`."""
        self._emit = emit
        self._listener.start()

    def beat(self) -> None:
        """The supervisor has made a round."""
        with self._writing:
            if len(self._asked) >= UNANSWERED:
                self._process.kill()  # the listener replaces it
                return
        self._number += 1
        self._asked[self._number] = self._clock()
        token = self._token()
        if self._say(Beat(self._number, token if token != self._told else "")):
            self._told = token
        else:
            self._asked.pop(self._number, None)

    def leased(self) -> bool:
        """Whether an entry may leave now."""
        return self._leased is not None and self._clock() - self._leased <= self._lease

    def flatten(self, within_s: float) -> str:
        """The third way to flat (gateway.emergency.Way): the sentinel closes, the engine lives."""
        self._helps += 1
        if not self._say(Help(self._helps, within_s)):
            return "the sentinel is away"
        # Beyond the attempt's time, what its last request may take.
        left = within_s + self._charge.sweep_s
        try:
            while (helped := self._helped.get(timeout=left)).number != self._helps:
                pass
        except Empty:
            return "the sentinel has not answered"
        return helped.why

    def dismiss(self) -> None:
        """The account is flat, and the session ends: the sentinel ends too."""
        if not self._closed.is_set():
            self._say(Dismissed())
            self.leave()
            try:
                self._process.wait(DISMISSAL_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
            self._listener.join(DISMISSAL_S)

    def leave(self) -> None:
        """End here, unless it has been dismissed without a word: the sentinel takes over."""
        if not self._closed.is_set():
            self._closed.set()
            self._leased = None
            with self._writing:
                _close(self._process)

    def _listen(self) -> None:
        failures = 0
        while True:
            for text in self._process.stdout or ():
                self._hear(read_sentinel(text))
                failures = 0
            code = _reap(self._process)
            if self._closed.is_set():
                return
            words = f"the sentinel has ended (exit code {code}): starting another"
            self._alarm(AlarmKind.SENTINEL, words)
            replaced = False
            while not replaced:
                if self._closed.wait(PAUSES_S[min(failures, len(PAUSES_S) - 1)]):
                    return
                failures += 1
                replaced = self._replace()

    def _hear(self, word: Word) -> None:
        match word:
            case Lease(number):
                asked = self._asked.get(number)
                for earlier in list(self._asked):
                    if earlier <= number:
                        self._asked.pop(earlier, None)
                if asked is not None and not self._taken:
                    self._leased = asked
                    self._emit(Leased(asked))
            case TakenOver(reason):
                self._asked.clear()
                self._leased = None
                if not self._taken:
                    self._taken = True
                    self._alarm(AlarmKind.TAKEN_OVER, f"the sentinel has taken over: {reason}")
            case Helped():
                self._helped.put(word)
            case _:
                pass

    def _alarm(self, kind: AlarmKind, words: str) -> None:
        self._emit(Alarm(kind, NAME, words))

    def _replace(self) -> bool:
        try:
            process = self._start()
        except SentinelFailed as error:
            self._alarm(AlarmKind.SENTINEL, str(error))
            return False
        with self._writing:
            self._process, self._told = process, self._charge.token
            self._asked.clear()
            if self._closed.is_set():
                _close(process)
        return True

    def _start(self) -> "subprocess.Popen[bytes]":
        """A sentinel that watches. Raises SentinelFailed."""
        with self._log.open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "gateway.sentinel"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,  # what ends the engine's session does not end it
                creationflags=getattr(subprocess, "DETACHED_PROCESS", 0),
            )
        alarm = Timer(START_S, process.kill)
        alarm.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(line(self._charge))
            process.stdin.flush()
            ready = isinstance(read_sentinel(process.stdout.readline()), Ready)
        except (OSError, msgspec.DecodeError):
            ready = False
        finally:
            alarm.cancel()
        if not ready:
            process.kill()
            _reap(process)
            raise SentinelFailed(f"the sentinel did not start (see {self._log})")
        return process

    def _say(self, word: Word) -> bool:
        """Whether it could be said."""
        with self._writing:
            pipe = self._process.stdin
            try:
                assert pipe is not None
                pipe.write(line(word))
                pipe.flush()
            except (OSError, ValueError):  # it is gone, or the pipe is closed
                return False
        return True


def _close(process: "subprocess.Popen[bytes]") -> None:
    """Our end of its input, even where what is still to be written finds no reader."""
    try:
        if process.stdin is not None:
            process.stdin.close()
    except OSError:
        pass


def _reap(process: "subprocess.Popen[bytes]") -> int:
    """Its exit code, once it has ended; nothing of it is left open."""
    _close(process)
    if process.stdout is not None:
        process.stdout.close()
    return process.wait()
