"""The ways to flat beside the order room's: this process's emergency lane, and the sentinel."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from gateway.emergency import Lane
from gateway.sentinel import Gate, Tether
from gateway.sentinel.gate import Port
from messages.base import Message
from messages.control import Flattened, FlattenFailed

TRY_S = 10.0
"""How long one attempt at a way lasts before it is reported as failed."""
ROUND_S = 4.0
"""The longest wait for a round of the lane's: each of its requests may take three seconds, and one
that does is most often its last.
"""
BEAT_S = 0.25
"""How often the sentinel is told that somebody is at it, where the supervisor does not tell it."""


class Ways:
    """`tether` leads to the sentinel; None: the session has none.

    Never two ways at once: each closes what it reads, and two closes of one position would open the
    other side.
    """

    def __init__(self, lane: Lane, tether: Tether | None) -> None:
        self._lane = lane
        self._tether = tether
        self._ways: list[tuple[str, Callable[[float], str]]] = [("emergency", lane.flatten)]
        if tether is not None:
            self._ways.append(("sentinel", tether.flatten))
        self._number = self._tried = 0
        self._trying: threading.Thread | None = None
        self._emit: Callable[[Message], None]

    def open(self, emit: Callable[[Message], None], sentinel: Callable[[Message], None]) -> None:
        """What comes of the ways goes to `emit`, what the sentinel says to `sentinel`."""
        self._emit = emit
        if self._tether is not None:
            self._tether.open(sentinel)

    def gated(self, orders: Port) -> Port:
        """The port for orders, entries only on a lease where there is a sentinel."""
        return orders if self._tether is None else Gate(orders, self._tether.leased)

    def beat(self) -> None:
        """The supervisor has made a round."""
        if self._tether is not None:
            self._tether.beat()

    def start(self, number: int, reason: str) -> None:
        """The next way for the flatten of this number, on a thread of its own; it ends in Flattened
        or FlattenFailed.
        """
        if number != self._number:
            self._number, self._tried = number, 0
        name, way = self._ways[self._tried % len(self._ways)]
        self._tried += 1

        def take() -> None:
            began = time.monotonic_ns()
            if why := way(TRY_S):
                self._emit(FlattenFailed(number, name, why))
            else:
                self._emit(Flattened(number, reason, time.monotonic_ns() - began))

        self._trying = threading.Thread(target=take, name=f"{name}-{number}", daemon=True)
        self._trying.start()

    def alone(self, seconds: float) -> str:
        """The lane, when the supervisor itself has failed: "" once flat, or why not. It is beaten
        on meanwhile, so that the sentinel does not close beside it.
        """
        with ThreadPoolExecutor(1) as pool:
            trying = pool.submit(self._lane.flatten, seconds)
            while not wait([trying], BEAT_S).done:
                self.beat()
        return trying.result()

    def part(self, flat: bool) -> None:
        """The session ends: what is not flat then is the sentinel's."""
        if self._tether is not None:
            if flat:
                self._tether.dismiss()
            else:
                self._stand_down(self._tether)
                self._tether.leave()

    def _stand_down(self, tether: Tether) -> None:
        """Let the lane finish the round that it is in, and begin none beside the sentinel."""
        self._lane.stand_down()
        for _ in range(round(ROUND_S / BEAT_S)):
            if self._trying is None or not self._trying.is_alive():
                return
            tether.beat()
            self._trying.join(BEAT_S)
