"""Sends events to whoever subscribed to them, and notes each invocation sent in the journal."""

from collections.abc import Mapping

from tools.simulator.faults import FREEZE_FEED, Faults
from tools.simulator.feed import Feed, Instant
from tools.simulator.frames import TARGETS, Frame, Frames
from tools.simulator.hub import Hubs, Outgoing
from tools.simulator.journal import Journal
from tools.simulator.subscriptions import Subscriptions


class Broadcast:
    """Market events by contract and stream, user events by target and account."""

    def __init__(
        self,
        feeds: Mapping[str, Feed],
        hubs: Hubs,
        subscriptions: Subscriptions,
        faults: Faults,
        journal: Journal,
    ) -> None:
        self._frames = {contract: Frames(feed) for contract, feed in feeds.items()}
        self._hubs = hubs
        self._subscriptions = subscriptions
        self._faults = faults
        self._journal = journal

    def market(self, contract: str, instant: Instant) -> None:
        """One instant as one frame of up to three invocations, written once for all."""
        audience = self._subscriptions.market.get(contract)
        if not audience or FREEZE_FEED in self._faults.active:
            return
        wanted = 0
        for streams in audience.values():
            wanted |= streams
        frames = self._frames[contract].of(instant, wanted)
        packed: dict[int, bytes] = {}
        for connection, streams in audience.items():
            mine = [frame for frame in frames if frame.stream & streams]
            if not mine:
                continue
            data = packed.get(streams)
            if data is None:
                data = packed[streams] = "".join([frame.text for frame in mine]).encode()
            self._hubs.outgoing.append(Outgoing(connection, data, instant.at))
            for frame in mine:
                self._note(instant.at, connection, contract, frame)

    def first(self, now: int, connection: int, contract: str, stream: int) -> None:
        """What a new subscriber of a market stream is sent at once."""
        if FREEZE_FEED in self._faults.active:
            return
        frame = self._frames[contract].first(stream, now)
        if frame is not None:
            self._hubs.send(now, connection, frame.text.encode())
            self._note(now, connection, contract, frame)

    def user(self, now: int, target: str, key: str, account: int, data: bytes) -> None:
        """One user event; `key` is the audience's, empty for account events."""
        for connection in self._subscriptions.user.get((target, key), ()):
            self._hubs.send(now, connection, data)
            self._journal.add(
                {
                    "ns": now,
                    "kind": "frame",
                    "connection": connection,
                    "target": target,
                    "key": account,
                    "records": 1,
                    "volume": 0,
                    "bytes": len(data),
                }
            )

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
