"""python -m gateway.sentinel: started by the engine, which it outlives; nobody else starts it.

It imports no actor and shares no thread, lock or file with the engine. It ends when it is
dismissed, or after it has taken over from an engine that is gone: exit code 0 flat, 6 not proven
flat.
"""

import signal
import sys
import time
from datetime import UTC, datetime
from io import FileIO, RawIOBase
from queue import Empty, SimpleQueue
from threading import Lock, Thread

import msgspec
from filelock import FileLock

from gateway.emergency import Lane
from gateway.sentinel.closing import Closing
from gateway.sentinel.vigil import TICK_S, Vigil
from gateway.sentinel.words import (
    Beat,
    Charge,
    Dismissed,
    FromEngine,
    Help,
    Helped,
    Lease,
    Ready,
    TakenOver,
    Word,
    line,
    read_engine,
)

LOCK_S = 25.0
"""How long a predecessor that was killed may take to let go of the lock."""
FLAT, NOT_FLAT = 0, 6


class Sentinel:
    """Answers the engine's beats until they fail, then closes the account."""

    def __init__(self, charge: Charge, inbox: "SimpleQueue[FromEngine | None]") -> None:
        self._inbox = inbox
        self._token = charge.token
        self._saying = Lock()
        self._vigil = Vigil(time.monotonic(), charge.silence_s)
        lane = Lane(
            charge.base_url,
            charge.account,
            lambda: self._token,
            credentials=(charge.user, charge.key),
        )
        self._closing = Closing(lane, charge.sweep_s, charge.try_s, log)
        self._taken = ""
        """Why it has taken over; it never answers with a lease again."""
        self._ended = False
        """Whether the engine is gone, and not only silent."""

    def run(self) -> int:
        self._say(Ready())
        while True:
            try:
                word = self._inbox.get(timeout=TICK_S)
                if isinstance(word, Dismissed):
                    log("dismissed: the engine ends, and the account is flat")
                    return FLAT
                self._hear(word)
            except Empty:
                pass
            now = time.monotonic()
            if not self._taken and (silent := self._vigil.look(now)) is not None:
                self._take_over(f"nothing heard of the engine for {silent:.1f} s")
            if self._ended and not self._closing.busy:
                return FLAT if self._closing.flat else NOT_FLAT

    def _hear(self, word: FromEngine | None) -> None:
        match word:
            case Beat(number, token):
                self._vigil.heard(time.monotonic())
                self._token = token or self._token
                self._say(TakenOver(self._taken) if self._taken else Lease(number))
            case Help(number, within_s):
                log("the engine asks for help: its own ways to flat have failed")
                self._closing.help(within_s, lambda why: self._say(Helped(number, why)))
            case None:
                self._ended = True
                self._take_over("the engine is gone")
            case _:
                log(f"unexpected: {type(word).__name__}")

    def _take_over(self, reason: str) -> None:
        self._taken = self._taken or reason
        log(f"taking over: {reason}")
        self._closing.begin()

    def _say(self, word: Word) -> None:
        """To the engine, if it still listens."""
        try:
            with self._saying:
                sys.stdout.buffer.write(line(word))
                sys.stdout.buffer.flush()
        except OSError:
            pass


def log(words: str) -> None:
    """A line of sentinel.log. No secret is ever part of it."""
    print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {words}", file=sys.stderr, flush=True)


def _read(pipe: RawIOBase, inbox: "SimpleQueue[FromEngine | None]") -> None:
    """The engine's words as they come; None when its end of the pipe is closed."""
    for text in pipe:
        try:
            inbox.put(read_engine(text))
        except msgspec.DecodeError:
            log("a line from the engine could not be read")
    inbox.put(None)


def main() -> int:
    # It ends by the engine's word or by the engine's end: a terminal's Ctrl-C, a logout and a
    # polite kill are for the engine.
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    # Unbuffered: a thread inside a buffered read would abort the interpreter at its end.
    pipe = FileIO(sys.stdin.fileno(), closefd=False)
    try:
        charge = read_engine(pipe.readline())
    except msgspec.DecodeError:
        charge = None
    if not isinstance(charge, Charge):
        raise SystemExit("sentinel: started without a charge: the engine starts it, nobody else")
    inbox: SimpleQueue[FromEngine | None] = SimpleQueue()
    with FileLock(charge.lock, timeout=LOCK_S):
        log(f"watching over account {charge.account}")
        Thread(target=_read, args=(pipe, inbox), name="pipe", daemon=True).start()
        return Sentinel(charge, inbox).run()


if __name__ == "__main__":
    sys.exit(main())
