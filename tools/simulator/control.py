"""The simulator's own interface under /sim (no token): truth, faults, moving the market.

GET /sim/state; POST /sim/faults with a `Wanted` or {"name", "stop": true};
POST /sim/market {"contract"?, "hold"?: bool, "jump"?: ticks}; POST /sim/trade {"void": id}.
GET /sim/journal is the shell's.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tools.simulator.accounts import usd
from tools.simulator.decoding import decode
from tools.simulator.exchange import Exchange
from tools.simulator.faults import Faults, Wanted
from tools.simulator.feed import Feed, Instant
from tools.simulator.journal import Journal
from tools.simulator.rest import JSON, Answer


class FaultOrder(Wanted):
    """Begin a fault, or end all its runs."""

    stop: bool = False


class MarketOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`jump` in ticks, up if positive; without a contract the first one listed."""

    contract: str | None = None
    hold: bool | None = None
    jump: int = 0


class TradeOrder(msgspec.Struct, forbid_unknown_fields=True):
    """The id of a trade to void."""

    void: int


def _answer(status: int, content: object) -> Answer:
    return Answer(status, JSON, msgspec.json.encode(content))


class Control:
    """Answers /sim requests; moves of the market go out by `publish`."""

    def __init__(
        self,
        exchange: Exchange,
        feeds: Mapping[str, Feed],
        faults: Faults,
        journal: Journal,
        publish: Callable[[Feed, Instant], None],
    ) -> None:
        self._exchange = exchange
        self._feeds = feeds
        self._faults = faults
        self._journal = journal
        self._publish = publish

    def handle(self, now: int, method: str, path: str, body: bytes) -> Answer:
        """Answer one request; 400 says what was wrong with it."""
        try:
            match method, path:
                case "GET", "/sim/state":
                    return _answer(200, self._state(now))
                case "POST", "/sim/faults":
                    return self._fault(now, decode(body, FaultOrder))
                case "POST", "/sim/market":
                    return self._market(now, decode(body, MarketOrder))
                case "POST", "/sim/trade":
                    return self._trade(now, decode(body, TradeOrder))
                case _:
                    return _answer(404, {"error": f"{method} {path} is not known"})
        except msgspec.DecodeError as error:
            return _answer(400, {"error": str(error)})

    def _fault(self, now: int, wanted: FaultOrder) -> Answer:
        try:
            if wanted.stop:
                self._faults.stop(now, wanted.name)
            else:
                self._faults.plan(now, wanted)
        except ValueError as error:
            return _answer(400, {"error": str(error)})
        return _answer(200, {"active": sorted(self._faults.active)})

    def _trade(self, now: int, wanted: TradeOrder) -> Answer:
        try:
            self._exchange.void(now, wanted.void)
        except ValueError as error:
            return _answer(400, {"error": str(error)})
        return _answer(200, {"voided": wanted.void})

    def _market(self, now: int, wanted: MarketOrder) -> Answer:
        contract = wanted.contract or next(iter(self._feeds), "")
        feed = self._feeds.get(contract)
        if feed is None or feed.last is None:
            return _answer(400, {"error": f"no market for {contract}"})
        if feed.paused is not None:
            return _answer(400, {"error": f"the market of {contract} is closed, try it when open"})
        if wanted.hold:
            feed.hold(now)
            self._note(now, contract, "hold")
        elif wanted.hold is False:
            self._note(now, contract, "release")
            self._publish(feed, feed.release(now))
        if wanted.jump:
            self._note(now, contract, f"jump {wanted.jump:+d}")
            self._publish(feed, feed.jump(now, wanted.jump))
        return _answer(200, _market(feed))

    def _note(self, now: int, contract: str, detail: str) -> None:
        row = {"ns": now, "kind": "fault", "name": "market", "detail": f"{detail} {contract}"}
        self._journal.add(row)

    def _state(self, now: int) -> dict[str, Any]:
        """Positions, working orders and balances as the venue has them; prices in ticks."""
        accounts = [
            {
                "id": account.id,
                "name": account.name,
                "balance": usd(account.balance),
                "can_trade": account.can_trade,
                "locks": sorted(account.locks),
                "floor": self._floor(account.id),
                "positions": [
                    {"contract": row.contract.id, "size": row.size, "average": str(row.average)}
                    for row in account.positions.values()
                ],
                "orders": [
                    {
                        "id": row.id,
                        "contract": row.contract.id,
                        "status": row.status,
                        "type": row.type,
                        "side": row.side,
                        "size": row.size,
                        "filled": row.filled,
                        "limit": row.limit,
                        "stop": row.stop,
                        "tag": row.tag,
                        "parent": row.parent,
                    }
                    for row in self._exchange.working.values()
                    if row.account == account.id
                ],
            }
            for account in self._exchange.accounts.values()
        ]
        markets = {contract: _market(feed) for contract, feed in self._feeds.items()}
        active = sorted(self._faults.active)
        return {"ns": now, "accounts": accounts, "markets": markets, "faults": active}

    def _floor(self, account: int) -> str | None:
        """Where the maximum loss limit of an account stands now."""
        ledger = self._exchange.losses.ledgers.get(account)
        return None if ledger is None or ledger.floor is None else usd(ledger.floor)


def _market(feed: Feed) -> dict[str, int | None]:
    return {"bid": feed.book.bid, "ask": feed.book.ask, "last": feed.last}
