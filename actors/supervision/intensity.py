"""How often a child may be restarted, in the manner of Erlang/OTP."""

from collections import deque

from messages.base import Nanos


class Intensity:
    """At most `most` restarts in any `period` ns."""

    def __init__(self, most: int, period: Nanos) -> None:
        self._most = most
        self._period = period
        self._restarts: deque[Nanos] = deque()

    def allows(self, now: Nanos) -> bool:
        """Whether one more restart is within the intensity; if so, it is counted."""
        while self._restarts and now - self._restarts[0] >= self._period:
            self._restarts.popleft()
        if len(self._restarts) >= self._most:
            return False
        self._restarts.append(now)
        return True
