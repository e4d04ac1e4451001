"""A hub that says what a test wants it to, and what the port makes of it."""

import json
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection

from gateway.hub_protocol import Limits
from gateway.hub_shell import HubPort
from messages.base import MILLISECOND, SECOND, Message
from messages.hub import HubActivity, MeasureHubs

TOKEN = "eyJ0.se+cr/et=.x"
QUOTE = (
    '{"type":1,"target":"GatewayQuote","arguments":["CON.F.US.MES.Z26",'
    '{"bestBid":%d,"timestamp":"2026-11-20T12:00:00Z"}]}\x1e'
)
LIMITS = Limits(
    handshake=20 * SECOND,
    subscribe=20 * SECOND,
    silence=60 * SECOND,
    ping=300 * MILLISECOND,
    heartbeat=60 * SECOND,
)
"""A busy machine passes none of these deadlines; a test of one of them shortens that one alone."""
PATIENCE_S = 20.0
Script = Callable[[ServerConnection], None]


class FakeHub:
    """A hub that shakes hands, acknowledges the calls, follows a script, and answers what it is
    asked after that.
    """

    def __init__(self) -> None:
        self.script: Script = lambda peer: None
        self.acknowledge = True
        self.shake = True
        self.targets: list[str] = []
        self.tokens: list[str] = []
        self.heard: SimpleQueue[str] = SimpleQueue()
        self.raw: list[str] = []

    def __call__(self, peer: ServerConnection) -> None:
        assert peer.request is not None
        self.tokens.append(peer.request.path)
        try:
            self.raw.append(str(peer.recv(PATIENCE_S)))
            if self.shake:
                peer.send("{}\x1e")
                self._subscribe(peer)
                self.script(peer)
            for text in peer:
                self.heard.put(str(text))
                self._answer(peer, str(text))
        except ConnectionClosed:
            pass

    def _subscribe(self, peer: ServerConnection) -> None:
        if not self.acknowledge:
            return
        text = str(peer.recv(PATIENCE_S))
        self.raw.append(text)
        self._answer(peer, text)

    def _answer(self, peer: ServerConnection, text: str) -> None:
        calls = [json.loads(record) for record in text.split("\x1e") if record]
        for call in calls:
            if "invocationId" in call and self.acknowledge:
                self.targets.append(call["target"])
                peer.send(json.dumps({"type": 3, "invocationId": call["invocationId"]}) + "\x1e")


def until(said: SimpleQueue[Message], kind: type[Any]) -> Any:
    """The next message of a kind."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        message = said.get(timeout=PATIENCE_S)
        if isinstance(message, kind):
            return message
    raise AssertionError(f"no {kind.__name__}")


def activity(port: HubPort) -> HubActivity:
    market, _ = port.handle(MeasureHubs())
    assert isinstance(market, HubActivity)
    return market
