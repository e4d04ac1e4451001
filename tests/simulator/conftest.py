"""A venue with a scripted market, driven in virtual time, and a small client to talk to it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tools.simulator.account_config import AccountConfig
from tools.simulator.journal import MemoryJournal
from tools.simulator.market import BUY, SELL, Level, MarketEvent, Print, Snapshot
from tools.simulator.outgoing import Outgoing
from tools.simulator.stamps import MILLISECOND, SECOND
from tools.simulator.venue import Listing, Reply, Venue, VenueConfig

START = 1_795_186_800 * SECOND  # 2026-11-20T15:00:00Z
MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077
Row = dict[str, Any]


class Script:
    """A MarketSource whose events are put in by hand: a book of 27200 x 27201 at the start."""

    def __init__(self) -> None:
        self.events: list[MarketEvent] = []

    def start(self, now: int) -> None:
        bids = tuple((27200 - i, 10) for i in range(5))
        asks = tuple((27201 + i, 10) for i in range(5))
        self.events = [Snapshot(now, bids, asks), Print(now, 27200, 1, SELL)]

    def next_time(self) -> int | None:
        return self.events[0].at if self.events else None

    def take(self, until: int) -> list[MarketEvent]:
        taken = [event for event in self.events if event.at <= until]
        del self.events[: len(taken)]
        return taken


class Session:
    """One logged-in client of a venue, with virtual time `now`."""

    def __init__(self, script: Script, config: VenueConfig, now: int = START) -> None:
        self.script = script
        self.contract = MES
        self.now = now
        self.journal = MemoryJournal()
        self.venue = Venue(config, now, self.journal)
        self.token: str = self.post("Auth/loginKey", userName="demo", apiKey="demo")["token"]
        self.frames: dict[int, list[Any]] = {}

    def send(
        self, method: str, path: str, body: bytes = b"", token: str | None = None, **headers: str
    ) -> Reply:
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.venue.request(self.now, method, path, headers, body)

    def post(self, path: str, **body: object) -> Any:
        token = getattr(self, "token", None)
        reply = self.send("POST", f"/api/{path}", json.dumps(body).encode(), token)
        assert reply.status == 200, (path, reply)
        return json.loads(reply.body)

    def sim(self, path: str, **body: object) -> Any:
        reply = self.send("POST", f"/sim/{path}", json.dumps(body).encode())
        assert reply.status == 200, reply
        return json.loads(reply.body)

    def sim_state(self) -> Any:
        """The venue's own truth."""
        return json.loads(self.send("GET", "/sim/state").body)

    def place(self, **body: object) -> Any:
        order = {"accountId": ACCOUNT, "contractId": self.contract, "type": 2, "side": 0, "size": 1}
        return self.post("Order/place", **(order | body))

    def bracketed(self, stop: int = -20, target: int = 40, **body: object) -> int:
        """A market entry with both legs; the id of the entry."""
        answer = self.place(
            stopLossBracket={"ticks": stop, "type": 4},
            takeProfitBracket={"ticks": target, "type": 1},
            **body,
        )
        assert answer["success"], answer
        number: int = answer["orderId"]
        return number

    def run(self, ms: float) -> None:
        """Let virtual time pass, event by event, and collect what the hubs sent."""
        end = self.now + round(ms * MILLISECOND)
        while (due := self.venue.next_time()) is not None and due <= end:
            self.now = due
            self.venue.advance(due)
            self._collect()
        self.now = end
        self.venue.advance(end)
        self._collect()

    def until(self, done: Callable[[], bool], ms: float = 1000) -> None:
        """Run to the first event after which `done` holds."""
        end = self.now + round(ms * MILLISECOND)
        while not done():
            due = self.venue.next_time()
            assert due is not None, "nothing more happens"
            assert due <= end, "nothing happened in time"
            self.now = due
            self.venue.advance(due)
            self._collect()

    def trade(self, price: int, size: int = 1, side: int = BUY) -> None:
        """Print on the tape 1 ms from now."""
        self.market(Print(self.now + MILLISECOND, price, size, side))

    def quote(self, bid: int, ask: int, size: int = 10) -> None:
        """Replace the book 1 ms from now."""
        self.market(Snapshot(self.now + MILLISECOND, ((bid, size),), ((ask, size),)))

    def level(self, side: int, price: int, size: int) -> None:
        self.market(Level(self.now + MILLISECOND, side, price, size))

    def market(self, *events: MarketEvent) -> None:
        """Put events into the source, as if they had been in it from the start, and run them."""
        feed = self.venue._feeds[self.contract]  # a script is written while it runs
        self.script.events += [replace(event, at=event.at - feed.late) for event in events]
        feed.schedule()
        self.run((events[-1].at - self.now) / MILLISECOND)

    def order(self, number: int) -> Any:
        return self.post("Order/searchById", accountId=ACCOUNT, orderId=number)["order"]

    def position(self) -> int:
        rows = self.post("Position/searchOpen", accountId=ACCOUNT)["positions"]
        return sum(row["size"] * (1 if row["type"] == 1 else -1) for row in rows)

    def rows(self, kind: str, **keys: object) -> list[Row]:
        """Journal rows of a kind with these values."""
        return [
            row
            for row in self.journal.rows
            if row["kind"] == kind and all(row.get(k) == v for k, v in keys.items())
        ]

    def connect(self, hub: str, *, shake: bool = True) -> int:
        number = self.venue.open(self.now, hub, {"access_token": self.token}, {})
        assert isinstance(number, int)
        if shake:
            self.raw(number, b'{"protocol":"json","version":1}\x1e')
        return number

    def raw(self, connection: int, data: bytes) -> None:
        self.venue.receive(self.now, connection, data)
        self._collect()

    def invoke(self, connection: int, target: str, *arguments: object) -> Any:
        """Invoke a hub method; its completion."""
        message = {"type": 1, "target": target, "arguments": arguments, "invocationId": "x1"}
        self.raw(connection, json.dumps(message).encode() + b"\x1e")
        found = [m for m in self.frames[connection] if m and m.get("type") == 3]
        return found[-1]

    def events(self, connection: int, target: str) -> list[Any]:
        """The arguments of the invocations received."""
        messages = self.frames.get(connection, [])
        return [m["arguments"] for m in messages if m and m.get("target") == target]

    def _collect(self) -> None:
        for out in self.venue.outgoing():
            self.frames.setdefault(out.connection, []).extend(_records(out))


def _records(out: Outgoing) -> Iterator[Any]:
    """The records of one frame; None for a dropped socket."""
    if out.data is None:
        yield None
        return
    *records, rest = out.data.split(b"\x1e")
    assert rest == b"", "a frame of the venue holds whole records"
    for record in records:
        yield json.loads(record)


@pytest.fixture
def config() -> VenueConfig:
    """The configuration `session` is built from; a test may override it."""
    return VenueConfig(listings=(), preroll=0)


@pytest.fixture
def session(config: VenueConfig) -> Session:
    return build(config)


def build(config: VenueConfig, now: int = START) -> Session:
    script = Script()
    listed = replace(config, listings=(Listing(MES, script),))
    session = Session(script, listed, now)
    session.run(1)
    return session


@pytest.fixture
def make() -> Callable[..., Session]:
    """Builds a session with account settings, for example make(max_position=3)."""

    def with_account(**settings: Any) -> Session:
        account = AccountConfig(**settings)
        return build(VenueConfig(listings=(), preroll=0, accounts=(account,)))

    return with_account


@pytest.fixture
def build_at() -> Callable[[VenueConfig, int], Session]:
    """Builds a session of a configuration whose venue opens at a time (ns UTC)."""
    return build
