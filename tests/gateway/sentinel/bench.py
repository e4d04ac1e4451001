"""An engine's end in this process, a real sentinel, and a venue with one position."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from gateway.sentinel import Tether
from gateway.sentinel.words import Charge
from messages.base import SECOND, Message
from messages.control import Leased
from tests.gateway.one_position import ACCOUNT, KEY, USER, Venue
from tests.live.bench import running

M = TypeVar("M", bound=Message)
PATIENCE_S = 20.0
BEAT_S, SILENCE_S = 0.15, 3.0
"""A busy machine keeps either process waiting for half a second now and then."""
TOKEN = "engine-1-secret"


def until(holds: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, f"{what}: not within {PATIENCE_S:g} s"
        time.sleep(0.01)


class Post:
    """Beats as a supervisor does until told to stop; hears what the sentinel answers."""

    def __init__(self, venue: Venue, folder: Path) -> None:
        self.venue = venue
        self.token = TOKEN
        venue.takes.add(TOKEN)
        self.log = folder / "sentinel.log"
        self.lock = folder / "lock"
        self.said: list[Message] = []
        self.now = 1_000 * SECOND
        charge = Charge(venue.url, ACCOUNT, TOKEN, USER, KEY, SILENCE_S, 0.7, 2.0, str(self.lock))
        self.tether = Tether(charge, self.log, lambda: self.now, lambda: self.token, 2 * SECOND)
        self.pids = [self.tether.pid]
        self.tether.open(self.said.append)
        self._still = threading.Event()
        self._beating = threading.Thread(target=self._beat, daemon=True)

    def begin(self) -> None:
        """Beat, and be answered."""
        self._beating.start()
        until(self.tether.leased, "a lease")

    def stop_beating(self) -> None:
        self._still.set()
        self._beating.join()

    def _beat(self) -> None:
        while not self._still.wait(BEAT_S):
            self.tether.beat()

    def of(self, kind: type[M]) -> list[M]:
        return [message for message in self.said if isinstance(message, kind)]

    def text(self) -> str:
        return self.log.read_text("utf-8")

    def hear(self, count: int) -> None:
        """So many leases from now on."""
        heard = len(self.of(Leased))
        until(lambda: len(self.of(Leased)) >= heard + count, f"{count} leases")

    def die(self) -> None:
        """End as a killed engine does, and see the sentinel through."""
        self.stop_beating()
        self.tether.leave()
        until(lambda: not running(self.tether.pid), "the end of the sentinel")

    def replaced(self) -> bool:
        return self.tether.pid not in self.pids

    def send(self, number: signal.Signals) -> None:
        os.kill(self.tether.pid, number)

    def end(self) -> None:
        if self._beating.is_alive():
            self.stop_beating()
        self.tether.dismiss()
