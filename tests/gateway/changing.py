"""A change of connections played by hand: both connections, and what they say."""

import json
from collections.abc import Sequence
from typing import Any

from gateway.contracts import Instruments
from gateway.handover import Handover
from gateway.hub_protocol import HubClient, State
from gateway.market import MarketDecoder
from gateway.subscriptions import market_subscriptions, user_subscriptions
from gateway.tally import Tally
from gateway.user import UserDecoder
from messages.base import SECOND, Message
from messages.hub import Hub, HubRefreshed
from messages.market import Instrument, Print, Tape

MES, MNQ = "CON.F.US.MES.Z26", "CON.F.US.MNQ.Z26"
TRADED = Instruments(
    [Instrument(MES, "MES", "MESZ6", "1", 12_500), Instrument(MNQ, "MNQ", "MNQZ6", "1", 5_000)]
)
NOON = 1_795_176_000 * SECOND
NOW = NOON + 10 * SECOND
END = b"\x1e"


def event(target: str, *arguments: object) -> bytes:
    return json.dumps({"type": 1, "target": target, "arguments": arguments}).encode() + END


def stamped(instant: int) -> str:
    return f"2026-11-20T12:00:00.{instant:03d}+00:00"


def tape(instant: int, *prints: tuple[int, int, int], contract: str = MES) -> bytes:
    """Prints of one stamp as (price, size, aggressor)."""
    rows = [
        {"price": price, "volume": size, "type": side, "timestamp": stamped(instant)}
        for price, size, side in prints
    ]
    return event("GatewayTrade", contract, rows)


class Line:
    """A client, and what is on its way from and to it; the venue acknowledges what it is asked."""

    def __init__(self, number: int, hub: Hub = Hub.MARKET) -> None:
        market = hub is Hub.MARKET
        decoder = MarketDecoder(TRADED) if market else UserDecoder(TRADED, 7)
        calls = market_subscriptions([MES, MNQ]) if market else user_subscriptions(7)
        self.client = HubClient(hub, number, decoder, calls, Tally())
        self.down = b""
        self.up = b""
        self.subscribed = False

    def start(self) -> None:
        self.up += self.client.start(NOW)

    def serve(self, most: int = 10**9) -> None:
        """The venue reads whole records of the first `most` bytes, and answers."""
        *records, _ = self.up[:most].split(END)
        for record in records:
            self.up = self.up[len(record) + 1 :]
            message = json.loads(record)
            if "protocol" in message:
                self.down += b"{}" + END
            else:
                self.subscribed |= message["target"].startswith("Subscribe")
                answer = {"type": 3, "invocationId": message["invocationId"]}
                self.down += json.dumps(answer).encode() + END

    def read(self, most: int = 10**9) -> list[Message]:
        """The client reads as much."""
        data, self.down = self.down[:most], self.down[most:]
        return self.client.receive(data, NOW) if data else []

    def leave(self) -> list[Message]:
        """What the client has to send leaves."""
        messages = self.client.tick(NOW) if self.client.due <= NOW else []
        self.up += self.client.outgoing()
        return messages


class Change:
    """Two lines to one venue, the first open, the second attempted."""

    def __init__(self, hub: Hub = Hub.MARKET) -> None:
        self.old, self.new = Line(4, hub), Line(5, hub)
        self.said: list[Message] = []
        self.old.start()
        for _ in range(3):
            self.old.leave()
            self.old.serve()
            self.old.read()
        assert self.old.client.state is State.OPEN
        self.handover = Handover(self.old.client, self.new.client, NOW)
        self.new.start()

    def move(self, line: Line, most: int = 10**9) -> None:
        """A client reads, and what it gave goes through the handover."""
        self.hear(line, line.read(most))
        for each in (self.old, self.new):
            self.hear(each, each.leave())

    def hear(self, line: Line, messages: list[Message]) -> None:
        self.said += self.handover.heard(line.client, messages, NOW)

    def say(self, *records: bytes) -> None:
        """The venue tells whoever has subscribed."""
        for line in (self.old, self.new):
            if line.subscribed:
                line.down += b"".join(records)

    def open(self) -> None:
        """The second line opens, and the fence is on its way to the venue."""
        for _ in range(3):
            self.new.serve()
            self.move(self.new)
        assert self.new.client.state is State.OPEN
        assert self.handover.stage.value == "overlap"

    def fenced(self) -> None:
        self.old.serve()
        self.move(self.old)

    def take(self) -> list[Message]:
        said, self.said = self.said, []
        return said


def prints(messages: Sequence[Message], contract: str = MES) -> list[Print]:
    tapes = [m for m in messages if isinstance(m, Tape) and m.contract == contract]
    return [each for one in tapes for each in one.prints]


def kinds(messages: Sequence[Message]) -> list[type[Any]]:
    return [type(message) for message in messages]


REFRESHED = HubRefreshed(Hub.MARKET, 5, 0)
