"""The sentinel's way to flat, on threads of its own: the account is closed, and swept for a
while.
"""

import time
from collections.abc import Callable
from threading import Lock, Thread

from gateway.emergency import Lane

ATTEMPT_S, LEAST_S = 10.0, 1.0
PAUSES_S = (1.0, 2.0, 4.0, 8.0)
"""Between attempts that have failed; the last one ever after. A venue that cannot be reached for
long costs no more than some 40 requests a minute.
"""
SWEEP_PAUSE_S = 1.0
NOT_PROVEN = "NOT PROVEN FLAT: look at the account now, close it by hand"
LAST_SEEN = "flat when last seen, and the venue has not answered since"


class Closing:
    """`lane` closes, one attempt at a time; `log` takes a line for people."""

    def __init__(
        self, lane: Lane, sweep_s: float, try_s: float, log: Callable[[str], None]
    ) -> None:
        self._lane = lane
        self._sweep = sweep_s
        self._try = try_s
        self._log = log
        self._one = Lock()
        self._thread: Thread | None = None
        self._until = 0.0

    @property
    def busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def flat(self) -> bool:
        """Whether the venue said flat when it last said anything."""
        return self._lane.held is False

    def begin(self) -> None:
        """Close, and sweep for as long from now on as a request may be under way."""
        self._until = time.monotonic() + self._sweep
        if not self.busy:
            self._thread = Thread(target=self._close, name="closing", daemon=True)
            self._thread.start()

    def help(self, within_s: float, answer: Callable[[str], None]) -> None:
        """One attempt for an engine that lives: what has come of it goes to `answer`."""
        Thread(target=lambda: answer(self._attempt(within_s)), name="help", daemon=True).start()

    def _attempt(self, within_s: float) -> str:
        with self._one:
            return self._lane.flatten(within_s)

    def _close(self) -> None:
        end, failed, told = time.monotonic() + self._try, 0, None
        while True:
            left = end - time.monotonic()
            why = self._attempt(max(LEAST_S, min(ATTEMPT_S, left)))
            now = time.monotonic()
            if why != told:
                told = why
                self._log(f"no proof yet: {why}" if why else "FLAT: the venue says so")
            failed = failed + 1 if why else 0
            if why and now >= end:
                self._log(f"{LAST_SEEN if self.flat else NOT_PROVEN}: {why}")
                return
            if not why and now >= self._until:
                self._log("nothing has come after it: done")
                return
            time.sleep(PAUSES_S[min(failed, len(PAUSES_S)) - 1] if failed else SWEEP_PAUSE_S)
