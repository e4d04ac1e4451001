"""How a hub does: its streams, heartbeats and outages in one report with one score. Pure.

    score = 100 x (streams that have not stopped) / (streams subscribed to)
            - 25 for each latency threshold by which the slowest answer exceeds the threshold
            - 50 while a contract's data has been called stale for STUCK, on this connection

from 0 to 100, rounded down. It is 0 while the hub is closed, to the room or to the gateway, and
while nobody measures it: a score must not outlive what it was made from (project-x-py 141).

- A stream has stopped when it is silent for longer than it ever is in a quiet market. In a recorded
  holiday hour of ES the longest silences are 9.3 s of depth, 43 s of prints and 87 s in which the
  best prices did not change; depth, which moves when anything does, has the 30 s after which
  gateway.md 7.6 takes a feed for dead, the others 120 s. With three streams one that stops leaves
  66, which is below the default threshold of 75, as a frozen stream on a healthy socket must be
  (project-x-py 97). Nothing stops while the market is closed, and the user hub's events never do:
  its silence while flat is normal (project-x-py 129).
- The measurements do not tell contracts apart, the watchdog does: its STALE_DATA alarm is the sign
  of one that is frozen among others that move. The alarm alone is none, as it also stands in a
  quiet market: for up to 441 s in the recorded hour, hence STUCK.
- The slowest answer is the newest round trip of a heartbeat, the age of the oldest one without an
  answer, or the lag of a stream that moves. Up to `latency` (watchdog.latency_threshold_ms) it
  costs nothing; at twice that the score is 75, from five times on 0. The weight is our choice.

Quiet streams, few records and past reconnects cost nothing.
"""

from collections.abc import Sequence

import msgspec

from actors.hub.streams import Gauge
from messages.base import SECOND, Nanos
from messages.hub import (
    Hub,
    HubActivity,
    HubHealth,
    HubOpened,
    HubRefreshed,
    Stream,
    StreamHealth,
    StreamState,
)

STOPS = {Stream.QUOTES: 120 * SECOND, Stream.TRADES: 120 * SECOND, Stream.DEPTH: 30 * SECOND}
EVENTS = "events"
"""The user hub's one stream: orders, fills, positions, the account."""
SLOW = 25
"""Points for each latency threshold beyond the first."""
FROZEN = 50
"""Points for contracts that are stuck."""
STUCK = 600 * SECOND
UNMEASURED = 5 * SECOND
"""A measurement older than this says nothing any more."""


class Marks(msgspec.Struct, frozen=True):
    """`healthy`: the least score of a healthy hub. `latency`: what an answer may take."""

    healthy: int
    latency: Nanos


def gauges(hub: Hub, streams: Sequence[Stream]) -> tuple[Gauge, ...]:
    """What is to be watched of a hub, when `streams` of the market are subscribed to."""
    if hub is Hub.USER:
        return (Gauge(EVENTS, None),)
    return tuple(Gauge(stream.value, STOPS[stream]) for stream in streams)


class Findings(msgspec.Struct, frozen=True):
    """What an open hub is judged by. `stuck`: contracts without data for STUCK."""

    streams: tuple[StreamHealth, ...]
    round_trip: Nanos = 0
    unanswered: Nanos = 0
    stuck: tuple[str, ...] = ()

    @property
    def slow(self) -> list[tuple[str, Nanos]]:
        """What takes time, in words, and how long."""
        waits = [
            ("heartbeat without an answer for", self.unanswered),
            ("heartbeat took", self.round_trip),
        ]
        return [*waits, *((f"{one.stream} late by", one.lag) for one in self.streams)]

    @property
    def stopped(self) -> list[StreamHealth]:
        return [one for one in self.streams if one.state is StreamState.STOPPED]


def score(found: Findings, latency: Nanos) -> int:
    """The score of an open hub."""
    streams = len(found.streams)
    moving = 100 * (streams - len(found.stopped)) // streams if streams else 100
    slowest = max(span for _, span in found.slow)
    slow = -(-SLOW * max(0, slowest - latency) // latency)  # rounded up: the score is rounded down
    return max(0, moving - slow - (FROZEN if found.stuck else 0))


def words(found: Findings, latency: Nanos) -> str:
    """What lowers the score; empty at 100."""
    said = [f"{one.stream} stopped for {one.age / SECOND:.1f} s" for one in found.stopped]
    said += [f"{what} {span / SECOND:.1f} s" for what, span in found.slow if span > latency]
    said += [f"stale data of {contract}" for contract in found.stuck]
    return ", ".join(said)


class Health:
    """One hub's, over all its connections."""

    def __init__(self, hub: Hub, streams: Sequence[Stream], marks: Marks) -> None:
        self.hub = hub
        self.expected = True
        """Whether any market is open, so that the streams are expected to move."""
        self._markets: dict[str, bool] = {}
        self._marks = marks
        self._gauges = gauges(hub, streams)
        self._open = False
        self._activity: HubActivity | None = None
        self._measured: Nanos = 0
        self._number = 0
        self._gaps = 0
        self._away: Nanos = 0
        """Time without a connection, the present outage not included."""
        self._lost_at: Nanos | None = None
        self._stale: dict[str, Nanos] = {}
        """Contracts whose data is called stale, and since when on this connection."""

    def expect(self, contract: str, moves: bool, now: Nanos) -> None:
        """Whether a contract's market is open. As long as nothing is told, all count as open."""
        self._markets[contract] = moves
        expected = any(self._markets.values())
        if expected and not self.expected:
            self._begin(now)
        self.expected = expected

    def opened(self, opened: HubOpened, now: Nanos) -> None:
        if self._lost_at is not None:
            self._gaps += 1
            self._away += now - self._lost_at
            self._lost_at = None
        self._open = True
        self._number = opened.number
        self._activity = None
        self._measured = now
        self._begin(now)

    def _begin(self, now: Nanos) -> None:
        """Silence is counted from here."""
        self._stale = dict.fromkeys(self._stale, now)
        for gauge in self._gauges:
            gauge.begin(now)

    def refreshed(self, refreshed: HubRefreshed) -> None:
        """The old connection gave until the new one did: no gap."""
        self._number = refreshed.number

    def lost(self, now: Nanos) -> None:
        if self._open:
            self._open = False
            self._lost_at = now

    def stale(self, contract: str, now: Nanos) -> None:
        """The watchdog has raised its alarm."""
        self._stale.setdefault(contract, now)

    def fresh(self, contract: str) -> None:
        """The alarm has cleared."""
        self._stale.pop(contract, None)

    def note(self, activity: HubActivity, now: Nanos) -> None:
        self._activity, self._measured = activity, now
        seen = {
            Stream.QUOTES.value: (activity.quotes, activity.last_quote, activity.stamp_quote),
            Stream.TRADES.value: (activity.tapes, activity.last_tape, activity.stamp_tape),
            Stream.DEPTH.value: (activity.depths, activity.last_depth, activity.stamp_depth),
            EVENTS: (activity.events, 0, 0),
        }
        for gauge in self._gauges:
            gauge.note(now, *seen[gauge.name])

    def statistics(self, now: Nanos) -> HubHealth:
        """Everything there is to know of the hub, in one call."""
        is_open = self._open and (self._activity is None or self._activity.open)
        found = self._found(is_open, now)
        points, why = score(found, self._marks.latency), words(found, self._marks.latency)
        if not is_open:
            points, why = 0, "closed"
        elif now - self._measured >= UNMEASURED:
            points, why = 0, "not measured"
        return HubHealth(
            self.hub,
            now,
            is_open,
            points,
            points >= self._marks.healthy,
            why,
            found.round_trip,
            found.unanswered,
            max(0, self._number - 1),
            self._gaps,
            self._away + (0 if self._lost_at is None else now - self._lost_at),
            found.streams,
        )

    def _found(self, is_open: bool, now: Nanos) -> Findings:
        streams = tuple(gauge.health(now, is_open, self.expected) for gauge in self._gauges)
        activity = self._activity
        if not is_open or activity is None:
            return Findings(streams)
        # what had no answer then has none now, for all that is known
        waiting = activity.unanswered and activity.unanswered + now - self._measured
        stuck = (c for c, since in self._stale.items() if self.expected and now - since >= STUCK)
        return Findings(streams, activity.round_trip, waiting, tuple(stuck))
