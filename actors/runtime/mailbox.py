"""A mailbox: two lanes, conflation, one reader at a time, and a life longer than its reader's."""

from collections import deque
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any, TypeAlias

from actors.runtime.address import Address
from actors.runtime.delivery import Delivery
from messages.base import Message

Merge: TypeAlias = Callable[[Any, Any], Message]
"""(pending, newer) -> the message that stands for both; both of the type it is registered for."""
Fold: TypeAlias = Callable[[list[Any]], Message]
"""Waiting messages of one type and contract, oldest first -> the one that stands for them all."""

CROWDED = 10_000
"""Waiting deliveries beyond which a reader counts as behind: seconds of the busiest market."""


class Fenced(Exception):
    """The reader or sender belongs to a generation that has been replaced."""


class Mailbox:
    """Deliveries for one address.

    Senders only ever put to a SimpleQueue (one C call, no lock shared with the reader); the reader
    sorts what has arrived into lanes before each take. Control overtakes data. A type in `merges`
    is conflated with its pending predecessor of the same contract, at the predecessor's place.
    Where more than `crowded` deliveries wait, those of a type in `folds` are conflated to one for
    each contract, at the newest one's place: what was queued between them (prints) then meets an
    older book, never a newer one. Nothing else is ever merged or dropped.
    """

    def __init__(
        self,
        address: Address,
        control: frozenset[type[Message]],
        merges: Mapping[type[Message], Merge],
        folds: Mapping[type[Message], Fold],
        conflated: Callable[[Delivery, Delivery], None],
        crowded: int = CROWDED,
    ) -> None:
        self.address = address
        self.generation = 0
        self.filled: Callable[[Address], None] | None = None
        """Told of every arrival, where a scheduler and not a thread waits for it."""
        self._control_types = control
        self._merges = merges
        self._folds = folds
        self._conflated = conflated
        self._crowded = self._limit = crowded
        self._arrivals: SimpleQueue[Delivery | None] = SimpleQueue()
        self._control: deque[Delivery] = deque()
        self._data: deque[Delivery] = deque()
        self._pending: dict[tuple[type[Message], str], Delivery] = {}
        self._reading = Lock()
        self._calling = Lock()
        self._calls = 0
        """Wake-up calls among the arrivals: they are no deliveries."""

    def __len__(self) -> int:
        return self._arrivals.qsize() - self._calls + len(self._control) + len(self._data)

    def put(self, delivery: Delivery) -> None:
        self._arrivals.put(delivery)
        if self.filled is not None:
            self.filled(self.address)

    def fence(self) -> int:
        """Begin the next generation: the present reader gets Fenced at its next take, or out of the
        one it blocks in.
        """
        self.generation += 1
        with self._calling:
            self._calls += 1
        self._arrivals.put(None)
        return self.generation

    def take(self, generation: int, timeout: float | None = None) -> Delivery:
        """The next delivery. Empty after `timeout` seconds (None: never); Fenced if the generation
        has been replaced.
        """
        with self._reading:
            while True:
                if generation != self.generation:
                    raise Fenced(f"{self.address}#{generation}")
                if (delivery := self._next()) is not None:
                    return delivery
                # What is read here goes through the lanes first: if this reader has been fenced
                # meanwhile, the delivery is its successor's.
                self._sort(self._arrivals.get(timeout=timeout))

    def poll(self, generation: int) -> Delivery | None:
        """The next delivery if there is one, without waiting."""
        with self._reading:
            if generation != self.generation:
                raise Fenced(f"{self.address}#{generation}")
            return self._next()

    def _next(self) -> Delivery | None:
        arrivals = self._arrivals
        while True:
            try:
                self._sort(arrivals.get_nowait())
            except Empty:
                break
        if self._control:
            delivery = self._control.popleft()
        elif self._data:
            delivery = self._data.popleft()
            if type(delivery.message) in self._merges:
                self._pending.pop(self._key(delivery.message), None)
        else:
            self._limit = self._crowded
            return None
        delivery.depth = len(self._control) + len(self._data)
        return delivery

    def _sort(self, delivery: Delivery | None) -> None:
        if delivery is None:
            with self._calling:
                self._calls -= 1
            return
        kind = type(delivery.message)
        if kind in self._control_types:
            self._control.append(delivery)
        elif (merge := self._merges.get(kind)) is None:
            self._data.append(delivery)
            if kind in self._folds and len(self._data) > self._limit:
                self._fold()
        elif (pending := self._pending.get(self._key(delivery.message))) is None:
            self._data.append(delivery)
            self._pending[self._key(delivery.message)] = delivery
        else:
            pending.message = merge(pending.message, delivery.message)
            pending.merged += (delivery.id,)
            self._conflated(delivery, pending)

    def _fold(self) -> None:
        """Conflate what may be; the next time is when the lane has doubled, so that a lane full of
        prints is not searched again and again.
        """
        waiting: dict[tuple[type[Message], str], list[Delivery]] = {}
        for delivery in self._data:
            if type(delivery.message) in self._folds:
                waiting.setdefault(self._key(delivery.message), []).append(delivery)
        gone: set[str] = set()
        for (kind, _), (*older, newest) in waiting.items():
            if not older:
                continue
            bodies = [delivery.message for delivery in (*older, newest)]
            newest.message = self._folds[kind](bodies)
            newest.merged = tuple(id for d in older for id in (*d.merged, d.id))
            for delivery in older:
                gone.add(delivery.id)
                self._conflated(delivery, newest)
        self._data = deque(delivery for delivery in self._data if delivery.id not in gone)
        self._limit = max(self._crowded, 2 * len(self._data))

    @staticmethod
    def _key(message: Message) -> tuple[type[Message], str]:
        return type(message), getattr(message, "contract", "")
