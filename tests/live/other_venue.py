"""A second venue, unlike the simulator in all that the wire reference leaves open.

Written against gateway.md's tolerances ("Client:"), in blocking threads: REST over HTTP/1.0 below a
path of its own, hubs on another port. Ids are strings, optional fields are missing or null, unknown
ones are there, stamps have zones, one or seven digits; events come before the answer that they
belong to, bare, in a list or in several arguments, several records to a frame and a record over
several; quotes have no volume and prints no list; REST answers `latency` late.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

ACCOUNT = "91"
CONTRACT, ROOT, TICK = "CON.F.US.MGC.Z26", "F.US.MGC", Decimal("0.1")
PATH = "/gate/v9"
BUY, SELL = 0, 1
LIMIT, MARKET, STOP = 1, 2, 4
OPEN, FILLED, CANCELLED, REJECTED, SUSPENDED = 1, 2, 3, 5, 8
WORKING = (OPEN, SUSPENDED)
SWING = 40
"""Ticks that the price wanders up and down again."""

Row = dict[str, Any]


def stamp(digits: int) -> str:
    """Now, with so many digits of a second and a zone as +00:00 or Z."""
    now = datetime.now(UTC)
    fraction = f"{now.microsecond:06d}0"[:digits]
    return f"{now:%Y-%m-%dT%H:%M:%S}.{fraction}{'+00:00' if digits % 2 else 'Z'}"


@dataclass
class OtherVenue:
    """The venue's state; every method is called with the lock held."""

    latency: float = 0.3
    lock: threading.RLock = field(default_factory=threading.RLock)
    orders: dict[int, Row] = field(default_factory=dict)
    trades: list[Row] = field(default_factory=list)
    size: int = 0
    average: Decimal = Decimal(0)
    at: int = 26_500
    """The price in ticks."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """(path, Authorization) of every request."""
    hubs: dict[str, list[ServerConnection]] = field(
        default_factory=lambda: {"user": [], "market": []}
    )
    account: Row | None = None
    """In place of what the venue would say of its account."""
    numbers: Iterator[int] = field(default_factory=lambda: count(9_000_000_001, 7))
    shapes: Iterator[int] = field(default_factory=count)

    # --- REST

    def answer(self, path: str, body: Row) -> Row:
        handler: Callable[[Row], Row] | None = getattr(
            self, "_" + path.replace("/", "_").lower(), None
        )
        if handler is None:
            raise LookupError(path)
        return {"success": True, "errorCode": 0, "traceId": "0af7"} | handler(body)

    def _auth_loginkey(self, body: Row) -> Row:
        good = body == {"userName": "demo", "apiKey": "demo"}
        return {"token": "opaque+/=="} if good else refusal(3)

    def _auth_validate(self, body: Row) -> Row:
        return {"newToken": None}

    def _account_search(self, body: Row) -> Row:
        return {"accounts": [self.account or self._account()]}

    def _account(self) -> Row:
        gains = sum(
            (Decimal(row["profitAndLoss"] or 0) - row["fees"] for row in self.trades), Decimal(0)
        )
        return {
            "id": ACCOUNT,
            "name": "X-1",
            "balance": str(50_000 + gains),
            "canTrade": True,
            "tier": None,
        }

    def _contract_search(self, body: Row) -> Row:
        decoy = self._listed() | {"id": "CON.F.US.GCE.Z26", "name": "GCZ6", "tickValue": 10}
        return {"contracts": [decoy, self._listed()]}

    def _contract_searchbyid(self, body: Row) -> Row:
        return {"contract": self._listed()}

    def _listed(self) -> Row:
        return {
            "id": CONTRACT,
            "name": "MGCZ26",
            "tickSize": 1e-1,
            "tickValue": "1.0",
            "activeContract": True,
            "exchange": "COMEX",
        }

    def _history_retrievebars(self, body: Row) -> Row:
        return {"bars": []}

    def _order_place(self, body: Row) -> Row:
        if body.get("customTag") in [row.get("customTag") for row in self.orders.values()]:
            return refusal(2, "that tag is taken")
        entry = self._new(body, body["type"], body["side"], SUSPENDED)
        entry |= {"limitPrice": body.get("limitPrice"), "stopPrice": body.get("stopPrice")}
        for leg in ("takeProfitBracket", "stopLossBracket"):
            wanted = body.get(leg)
            if wanted:
                child = self._new(body, wanted["type"], 1 - body["side"], SUSPENDED)
                child |= {"ticks": wanted["ticks"], "parentOrderId": entry["id"], "customTag": None}
                self._tell_order(child)
        if entry["type"] == MARKET:
            self._fill(entry)
        else:
            entry["status"] = OPEN
            self._tell_order(entry)
        return {"orderId": str(entry["id"])}

    def _new(self, body: Row, kind: int, side: int, status: int) -> Row:
        number = next(self.numbers)
        self.orders[number] = row = {
            "id": number,
            "accountId": ACCOUNT,
            "contractId": CONTRACT,
            "status": status,
            "type": kind,
            "side": side,
            "size": body["size"],
            "creationTimestamp": stamp(7),
            "customTag": body.get("customTag"),
            "venueFlags": ["x"],
        }
        return row

    def _order_modify(self, body: Row) -> Row:
        row = self.orders.get(body["orderId"])
        if row is None or row["status"] != OPEN:
            return refusal(3, "too late")
        row |= {
            key: body[key]
            for key in ("size", "limitPrice", "stopPrice")
            if body.get(key) is not None
        }
        self._tell_order(row)
        return {}

    def _order_cancel(self, body: Row) -> Row:
        row = self.orders.get(int(body["orderId"]))
        if row is None or row["status"] not in WORKING:
            return refusal(3, "nothing to cancel")
        self._end(row, CANCELLED)
        return {"errorMessage": ""}

    def _order_search(self, body: Row) -> Row:
        return {"orders": [told(row) for row in reversed(self.orders.values())]}

    def _order_searchopen(self, body: Row) -> Row:
        return {"orders": [told(row) for row in self.orders.values() if row["status"] == OPEN]}

    def _position_searchopen(self, body: Row) -> Row:
        return {"positions": [self._position()] if self.size else []}

    def _position(self) -> Row:
        return {
            "id": "5",
            "accountId": ACCOUNT,
            "contractId": CONTRACT,
            "size": abs(self.size),
            "type": (self.size > 0) + 2 * (self.size < 0),
            "averagePrice": float(self.average),
        }

    def _position_closecontract(self, body: Row) -> Row:
        if not self.size:
            return refusal(2, "flat")
        side = SELL if self.size > 0 else BUY
        self._fill(self._new({"size": abs(self.size)}, MARKET, side, SUSPENDED))
        return {}

    def _trade_search(self, body: Row) -> Row:
        return {
            "trades": [
                row | {"id": str(row["id"]), "fees": str(row["fees"])} for row in self.trades
            ]
        }

    # --- the exchange

    def move(self, at: int) -> None:
        """The market goes to a price: prints, and orders that it reaches fill."""
        self.at = at
        for row in list(self.orders.values()):
            if row["status"] == OPEN and self._reached(row):
                self._fill(row)
        self._tell_market()

    def _reached(self, row: Row) -> bool:
        buys = row["side"] == BUY
        if row["type"] == LIMIT:
            limit = Decimal(str(row["limitPrice"])) / TICK
            return self.at <= limit if buys else self.at >= limit
        stop = Decimal(str(row["stopPrice"])) / TICK
        return self.at >= stop if buys else self.at <= stop

    def _fill(self, row: Row) -> None:
        price = self.at * TICK
        signed = row["size"] * (1 if row["side"] == BUY else -1)
        closed = self.size * signed < 0
        gain = (price - self.average) * self.size * 10 if closed else None
        self.average = price if self.size == 0 else self.average
        self.size += signed
        row |= {"fillVolume": row["size"], "filledPrice": float(price)}
        self.trades.append(
            {
                "id": len(self.trades) + 1,
                "accountId": ACCOUNT,
                "contractId": CONTRACT,
                "price": float(price),
                "creationTimestamp": stamp(1),
                "profitAndLoss": None if gain is None else float(gain),
                "fees": Decimal("0.5"),
                "side": row["side"],
                "size": row["size"],
                "orderId": row["id"],
            }
        )
        position = self._position()
        self._tell("GatewayUserPosition", position)
        trade = self.trades[-1]
        self._tell(
            "GatewayUserTrade",
            trade | {"id": str(trade["id"]), "fees": 0.5, "orderId": str(row["id"])},
        )
        self._end(row, FILLED)
        self._tell("GatewayUserAccount", self._account())

    def _end(self, row: Row, status: int) -> None:
        """An order is over: what hangs on it begins, or ends with it."""
        row["status"] = status
        self._tell_order(row)
        for other in list(self.orders.values()):
            if other.get("parentOrderId") == row["id"] and status == FILLED:
                level = float((self.at + other["ticks"]) * TICK)
                other["limitPrice" if other["type"] == LIMIT else "stopPrice"] = level
                other["status"] = OPEN
                self._tell_order(other)
            sibling = row.get("parentOrderId") is not None and row["parentOrderId"] == other.get(
                "parentOrderId"
            )
            orphan = other.get("parentOrderId") == row["id"] and status != FILLED
            if ((sibling and status == FILLED) or orphan) and other["status"] in WORKING:
                self._end(other, CANCELLED)

    # --- what is pushed

    def _tell_order(self, row: Row) -> None:
        known = {key: value for key, value in told(row).items() if value is not None}
        self._tell("GatewayUserOrder", known)

    def _tell(self, target: str, entity: Row) -> None:
        """In every shape in turn: bare, wrapped, listed, several arguments."""
        wrapped: list[Callable[[Row], list[Any]]] = [
            lambda row: [row],
            lambda row: [{"data": row}],
            lambda row: [[{"action": 1, "data": row}]],
            lambda row: [{"action": 1, "data": row}, None],
        ]
        arguments = wrapped[next(self.shapes) % len(wrapped)](entity)
        self._push("user", {"type": 1, "target": target, "arguments": arguments, "headers": {}})

    def _tell_market(self) -> None:
        ask = float((self.at + 1) * TICK)
        bid = float(self.at * TICK)
        quote = {
            "symbol": ROOT,
            "bestBid": bid,
            "bestAsk": ask,
            "timestamp": stamp(7),
            "spare": None,
        }
        prints = {"price": bid, "timestamp": stamp(4), "type": 0, "volume": 2}
        self._push(
            "market",
            {"type": 1, "target": "GatewayQuote", "arguments": [[CONTRACT, quote]]},
            {"type": 1, "target": "GatewayTrade", "arguments": [CONTRACT, prints]},
            {"type": 1, "target": "GatewayNews", "arguments": ["of which nobody ever heard"]},
        )

    def _push(self, hub: str, *records: Row) -> None:
        """All records in one frame and a half."""
        text = "".join(json.dumps(record) + "\x1e" for record in records)
        middle = len(text) // 2
        for peer in list(self.hubs[hub]):
            try:
                peer.send(text[:middle])
                peer.send(text[middle:])
            except ConnectionClosed:
                self.hubs[hub].remove(peer)

    def serve_hub(self, peer: ServerConnection) -> None:
        path = peer.request.path if peer.request else ""
        hub = path.partition("?")[0].rpartition("/")[2]
        peer.recv()
        peer.send('{"minorVersion":0}\x1e{"type":6}\x1e')
        with suppress(ConnectionClosed):
            for frame in peer:
                for call in map(json.loads, str(frame).split("\x1e")[:-1]):
                    if call["type"] == 1:
                        self._subscribe(peer, hub, call)

    def _subscribe(self, peer: ServerConnection, hub: str, call: Row) -> None:
        with self.lock:
            peer.send(json.dumps({"type": 3, "invocationId": call["invocationId"]}) + "\x1e")
            if peer not in self.hubs[hub]:
                self.hubs[hub].append(peer)


def refusal(code: int, words: str | None = None) -> Row:
    return {"success": False, "errorCode": code, "errorMessage": words}


def told(row: Row) -> Row:
    """An order as the venue tells it: ids as text, its own workings left out."""
    kept = {key: value for key, value in row.items() if key != "ticks"}
    return kept | {key: str(kept[key]) for key in ("id", "parentOrderId") if kept.get(key)}


class _Handler(BaseHTTPRequestHandler):
    venue: OtherVenue

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        venue, path = self.venue, self.path.removeprefix(f"{PATH}/api/")
        with venue.lock:
            venue.asked.append((path, self.headers.get("Authorization", "")))
            try:
                status, answer = 200, venue.answer(path, body)
            except LookupError:
                status, answer = 404, {"detail": "no such thing"}
        time.sleep(venue.latency)
        data = json.dumps(answer, default=str, indent=1).encode()
        self.send_response_only(status)
        self.end_headers()
        self.wfile.write(data)  # HTTP/1.0: its end is the connection's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Quiet."""


@contextmanager
def other_venue() -> Iterator[tuple[OtherVenue, tuple[str, ...]]]:
    """A running venue, and the options that lead an engine there."""
    venue, over = OtherVenue(), threading.Event()
    handler = type("Handler", (_Handler,), {"venue": venue})

    def market() -> None:
        start = venue.at
        for step in count():
            if over.wait(0.1):
                return
            with venue.lock:
                venue.move(start + abs((step % (2 * SWING)) - SWING) - SWING)

    with (
        ThreadingHTTPServer(("127.0.0.1", 0), handler) as rest,
        serve(venue.serve_hub, "127.0.0.1", 0, compression=None) as hubs,
    ):
        ways = (rest.serve_forever, hubs.serve_forever, market)
        threads = [threading.Thread(target=way, daemon=True) for way in ways]
        for thread in threads:
            thread.start()
        yield (
            venue,
            (
                "-osimulator.embedded=false",
                f"-oapi.base_url=http://127.0.0.1:{rest.server_address[1]}{PATH}",
                f"-oapi.ws_url=ws://127.0.0.1:{hubs.socket.getsockname()[1]}/rt/hubs/market",
            ),
        )
        over.set()
        rest.shutdown()
        hubs.shutdown()
        for thread in threads:
            thread.join(5)
