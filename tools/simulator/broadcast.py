"""Sends market events to whoever subscribed to them, and notes each invocation in the journal."""

from collections.abc import Mapping, Sequence

from tools.simulator.agenda import Agenda
from tools.simulator.faults import Faults, Run
from tools.simulator.feed import Feed, Instant
from tools.simulator.frames import DEPTH, QUOTES, TARGETS, TRADES, Frame, Frames, grown
from tools.simulator.hub import Hubs
from tools.simulator.journal import Journal
from tools.simulator.outgoing import Outgoing
from tools.simulator.shapes import Shapes
from tools.simulator.stamps import SECOND
from tools.simulator.subscriptions import Subscriptions

MINUTE = 60 * SECOND
FREEZES = {
    "freeze_feed": QUOTES | TRADES | DEPTH,
    "freeze_quotes": QUOTES,
    "freeze_trades": TRADES,
}


class Broadcast:
    """Market events by contract and stream."""

    def __init__(
        self,
        feeds: Mapping[str, Feed],
        hubs: Hubs,
        subscriptions: Subscriptions,
        faults: Faults,
        agenda: Agenda,
        journal: Journal,
        shapes: Shapes,
    ) -> None:
        self._shapes = shapes
        self._frames = {contract: Frames(feed, shapes) for contract, feed in feeds.items()}
        self._hubs = hubs
        self._subscriptions = subscriptions
        self._faults = faults
        self._agenda = agenda
        self._journal = journal

    def add(self, feed: Feed) -> None:
        """Take in a market that is new."""
        self._frames[feed.contract.id] = Frames(feed, self._shapes)

    def market(self, contract: str, instant: Instant) -> None:
        """One instant as one frame of up to three invocations, written once for all."""
        audience = self._subscriptions.market.get(contract)
        if not audience:
            return
        wanted = 0
        for streams in audience.values():
            wanted |= streams
        late = None
        if self._faults.active:
            wanted &= ~self._frozen(instant.at, contract, wanted)
            late = self._faults.hit(instant.at, "delayed_data", contract) if wanted else None
        frames = self._frames[contract].of(instant, wanted) if wanted else []
        if self._faults.active and instant.replaced:
            frames = [self._sized(instant.at, contract, frame) for frame in frames]
        if late is not None and frames:
            self._agenda.add(
                instant.at + round(late.amount * MINUTE),
                lambda at: self._after(at, contract, frames, late),
            )
        else:
            self._deliver(instant.at, contract, frames)

    def first(self, now: int, connection: int, contract: str, stream: int) -> None:
        """What a new subscriber of a market stream is sent at once; delayed data has none."""
        if self._faults.active and (
            self._frozen(now, contract, stream)
            or self._faults.hit(now, "delayed_data", contract) is not None
        ):
            return
        frame = self._frames[contract].first(stream, now)
        if frame is None:
            return
        if self._faults.active:
            frame = self._sized(now, contract, frame)
        if self._hubs.push(now, connection, frame.text.encode()):
            self._note(now, connection, contract, frame)

    def _after(self, now: int, contract: str, frames: Sequence[Frame], late: Run) -> None:
        """Delayed frames to those who listen by now; what waits when the fault ends is lost."""
        if self._faults.holds(late):
            self._deliver(now, contract, frames)

    def _deliver(self, now: int, contract: str, frames: Sequence[Frame]) -> None:
        packed: dict[int, bytes] = {}
        for connection, streams in self._subscriptions.market.get(contract, {}).items():
            mine = [frame for frame in frames if frame.stream & streams]
            if not mine or (self._faults.active and self._hubs.silent(now, connection)):
                continue
            data = packed.get(streams)
            if data is None:
                data = packed[streams] = "".join([frame.text for frame in mine]).encode()
            self._hubs.outgoing.append(Outgoing(connection, data, now))
            for frame in mine:
                self._note(now, connection, contract, frame)

    def _frozen(self, now: int, contract: str, wanted: int) -> int:
        """The streams in the bit set `wanted` that stand still."""
        frozen = 0
        for name, streams in FREEZES.items():
            if streams & wanted and self._faults.hit(now, name, contract):
                frozen |= streams & wanted
        return frozen

    def _sized(self, now: int, contract: str, frame: Frame) -> Frame:
        big = frame.stream == DEPTH and self._faults.hit(now, "big_frames", contract)
        return grown(frame) if big else frame

    def _note(self, at: int, connection: int, contract: str, frame: Frame) -> None:
        self._journal.add(
            {
                "ns": at,
                "kind": "frame",
                "connection": connection,
                "target": TARGETS[frame.stream],
                "key": contract,
                "records": frame.records,
                "volume": frame.volume,
                "bytes": len(frame.text),
            }
        )
