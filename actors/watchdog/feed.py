"""Market data that has stopped. Pure."""

from messages.base import SECOND, Message, Nanos
from messages.control import Alarm, AlarmCleared, AlarmKind


class Feed:
    """One contract's stream: stale when neither a quote nor a print has come for `limit` ns.

    Silence of prints alone is normal (43 s in a recorded hour of ES); of the whole feed it is not.
    It counts as fresh again after one more second of data, so that a stuttering feed stays stale.
    """

    def __init__(self, contract: str, limit: Nanos, now: Nanos) -> None:
        self.contract = contract
        self.stale = False
        self._limit = limit
        self._newest = now
        self._fresh_since: Nanos | None = None

    def heard(self, received: Nanos) -> None:
        if self.stale and (self._fresh_since is None or received - self._newest > SECOND):
            self._fresh_since = received
        self._newest = max(self._newest, received)

    def check(self, now: Nanos) -> list[Message]:
        age = now - self._newest
        if not self.stale and age >= self._limit:
            self.stale = True
            self._fresh_since = None
            words = f"no market data for {age / SECOND:.2f} s"
            millis, limit = age // 1_000_000, self._limit // 1_000_000
            return [Alarm(AlarmKind.STALE_DATA, self.contract, words, millis, limit, "ms")]
        if self.stale and age < SECOND and self._steady():
            self.stale = False
            return [AlarmCleared(AlarmKind.STALE_DATA, self.contract)]
        return []

    def _steady(self) -> bool:
        return self._fresh_since is not None and self._newest - self._fresh_since >= SECOND
