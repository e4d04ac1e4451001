"""The sentinel of a virtual session: there is no process that could die, but there are leases."""

from collections.abc import Callable

from messages.base import Message, Nanos
from messages.control import Leased


class VirtualSentinel:
    """Answers each beat at once; `silent` for as long as it is to answer none."""

    def __init__(
        self, emit: Callable[[Message], None], clock: Callable[[], Nanos], silent: bool
    ) -> None:
        self.silent = silent
        self._emit = emit
        self._clock = clock

    def beat(self) -> None:
        if not self.silent:
            self._emit(Leased(self._clock()))
