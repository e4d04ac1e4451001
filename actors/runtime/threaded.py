"""The live runtime: a thread an actor through Pykka, threads for the ports, one thread for all
timers.
"""

import heapq
import sys
import threading
import traceback
from collections.abc import Callable
from itertools import count
from queue import Empty
from typing import Any, TypeVar

import pykka

from actors.runtime.actor import Actor
from actors.runtime.address import Address
from actors.runtime.behaviour import Behaviour
from actors.runtime.clock import Clock
from actors.runtime.context import Context, Timer
from actors.runtime.delivery import Record
from actors.runtime.mailbox import Fenced
from actors.runtime.ports import Port
from actors.runtime.runtime import Runtime
from actors.runtime.wiring import Wiring
from messages.base import SECOND, Nanos

B = TypeVar("B", bound=Behaviour)


class ThreadedRuntime(Runtime):
    def __init__(
        self, wiring: Wiring, clock: Clock, tap: Callable[[Record], None], seed: int
    ) -> None:
        super().__init__(wiring, clock, tap, seed)
        self._actors: dict[Address, pykka.ActorRef[Any]] = {}
        self._attached: dict[Address, Behaviour] = {}
        self._due: list[tuple[Nanos, int, Timer]] = []
        self._order = count()
        self._wake = threading.Condition()
        self._closed = False
        self._clockwork = threading.Thread(target=self._run_timers, name="timers", daemon=True)
        self._clockwork.start()

    def spawn(self, address: Address, actor: type[Actor], *args: Any) -> None:
        """Start an actor at an address; whoever was there before is fenced, what waits in the
        mailbox stays.
        """
        if (previous := self.current.get(address)) is not None:
            previous.abandon("replaced")
        self._actors[address] = actor.start(self._open(address), *args)

    def attach(self, address: Address, behaviour: Callable[[Context], B]) -> B:
        """Put a behaviour without a thread at an address: the supervisor, which the main thread
        runs by `step`.
        """
        made = behaviour(self._open(address))
        self._attached[address] = made
        return made

    def step(self, address: Address, timeout: float) -> bool:
        """Let the behaviour there handle its next message; False if none came within `timeout`
        seconds.
        """
        behaviour = self._attached[address]
        context = behaviour.context
        try:
            delivery = context.mailbox.take(context.generation, timeout)
        except Empty:
            return False
        behaviour.receive(delivery)
        return True

    def open_port(self, address: Address, port: Port, workers: int = 1) -> None:
        """Serve a port's mailbox with worker threads of its own."""
        self.mailboxes[address].fence()
        for number in range(workers):
            worker = f".{number + 1}"
            context = self._open(address, worker)
            threading.Thread(
                target=self._work, args=(context, port), name=f"{address}{worker}", daemon=True
            ).start()

    def idle(self) -> bool:
        """Whether all that was sent has come to its end. A delivery that a thread has taken and not
        begun with is neither queued nor running: only the balance tells of it.
        """
        accounts = self.accounts()
        return accounts.queued == 0 and accounts.running == 0 and accounts.balanced

    def stop(self) -> None:
        """End timers and ports, then the actors by Pykka's own stop; what still waits stays queued,
        and is counted.
        """
        self.close_timers()
        for actor in self._actors.values():
            if actor.is_alive():
                _ = actor.stop(block=False)
        for mailbox in self.mailboxes.values():
            mailbox.fence()

    def close_timers(self) -> None:
        with self._wake:
            self._closed = True
            self._wake.notify()

    def _work(self, context: Context, port: Port) -> None:
        def answer(message: Any) -> None:
            for reply in port.handle(message):
                context.publish(reply)

        while True:
            try:
                delivery = context.mailbox.take(context.generation)
            except Fenced:
                return
            try:
                context.handle(delivery, answer)
            except Exception as error:
                context.failed(error)

    def _schedule(self, timer: Timer) -> None:
        with self._wake:
            heapq.heappush(self._due, (timer.due, next(self._order), timer))
            if self._due[0][2] is timer:
                self._wake.notify()

    def _run_timers(self) -> None:
        with self._wake:
            while not self._closed:
                if not self._due:
                    self._wake.wait()
                elif (left := self._due[0][0] - self.clock()) > 0:
                    self._wake.wait(left / SECOND)
                else:
                    timer = heapq.heappop(self._due)[2]
                    if timer.live:
                        self._timers.fire(timer)


def stacks() -> str:
    """Every thread's stack, for the log when something hangs."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    parts = []
    for ident, frame in sys._current_frames().items():
        parts.append(f"thread {names.get(ident, ident)}\n")
        parts.extend(traceback.format_stack(frame))
    return "".join(parts)
