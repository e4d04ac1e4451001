"""The whole venue, sans-I/O: requests, frames and time in, answers and frames out.

The same object runs behind the server on real time and inside a harness on virtual time; it reads
no clock. Every call brings `now` (ns UTC, never going back) and first runs what was due before.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from email.utils import format_datetime
from random import Random
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tools.simulator import contracts
from tools.simulator.account_config import AccountConfig
from tools.simulator.accounts import Account, usd
from tools.simulator.acts import ACTS, UNDO, Site, bound
from tools.simulator.agenda import Agenda
from tools.simulator.broadcast import Broadcast
from tools.simulator.conditions import FaultConditions
from tools.simulator.contracts import MONEY, Contract
from tools.simulator.control import Control
from tools.simulator.desk import Desk
from tools.simulator.entities import Entity
from tools.simulator.exchange import Exchange
from tools.simulator.fault_names import Aim
from tools.simulator.faults import Faults, Wanted
from tools.simulator.feed import Feed, Instant
from tools.simulator.frames import TRADES
from tools.simulator.hours import next_trade_date
from tools.simulator.hub import HUBS, Connection, Hubs, Refusal
from tools.simulator.journal import Journal, MemoryJournal
from tools.simulator.loss_limits import DAILY_LOSS, MAX_LOSS
from tools.simulator.market import MarketSource
from tools.simulator.matching import Delays
from tools.simulator.outgoing import Outgoing
from tools.simulator.reporting import Reporting
from tools.simulator.rest import BY_PATH, JSON, Answer, Rest, masked
from tools.simulator.rest_faults import RestFaults
from tools.simulator.rolls import Rolls
from tools.simulator.sessions import Sessions, trading
from tools.simulator.shapes import Shapes
from tools.simulator.stamps import SECOND, moment
from tools.simulator.subscriptions import Subscriptions
from tools.simulator.tokens import Tokens
from tools.simulator.user_events import UserEvents

PREROLL = 20 * 60 * SECOND


@dataclass(frozen=True)
class Listing:
    """A contract with a market. `waits`: its source starts at the first trades subscription,
    else it has run for the pre-roll when the venue opens."""

    contract: str
    source: MarketSource
    waits: bool = False


@dataclass(frozen=True)
class VenueConfig:
    """What a venue is made of; users are {login name: API key}. Calendar: open without end, or
    by the hours of CME (hours.py)."""

    listings: tuple[Listing, ...]
    seed: int = 0
    users: Mapping[str, str] = field(default_factory=lambda: {"demo": "demo"})
    accounts: tuple[AccountConfig, ...] = (AccountConfig(),)
    delays: Delays = field(default_factory=Delays)
    preroll: int = PREROLL
    faults: tuple[Wanted, ...] = ()
    calendar: Literal["always", "cme"] = "always"
    shapes: Shapes = field(default_factory=Shapes)


class Reply(NamedTuple):
    """An HTTP answer; `at` is when it leaves (ns UTC)."""

    status: int
    headers: dict[str, str]
    body: bytes
    at: int


class Venue:
    """One simulated gateway: REST, both hubs, the exchange, the markets and the journal.

    Raises ValueError for a contract or a fault that is not known.
    """

    def __init__(self, config: VenueConfig, now: int, journal: Journal | None = None) -> None:
        today = contracts.day(now)
        self.journal: Journal = MemoryJournal() if journal is None else journal
        self._rng = Random(config.seed)
        self._delays = config.delays
        self._agenda = Agenda()
        self._feeds = {row.contract: _feed(row, today) for row in config.listings}
        self._markets = tuple(self._feeds.values())
        shapes = config.shapes
        tokens = Tokens(config.seed, escaped=shapes.tokens == "escaped")
        report = Reporting(self.journal, self._agenda, self._tell, config.delays.position)
        accounts = [_account(row) for row in config.accounts]
        aims: dict[Aim, Collection[str | int]] = {
            Aim.PATH: BY_PATH,
            Aim.HUB: HUBS,
            Aim.CONTRACT: self._feeds,
            Aim.ACCOUNT: [account.id for account in accounts],
        }
        self._faults = Faults(self._agenda, self.journal, config.seed, aims)
        by_hours = config.calendar == "cme"
        conditions = FaultConditions(self._faults, shapes, trading if by_hours else _always)
        self._exchange = Exchange(
            accounts, self._feeds, self._agenda, config.delays, self._rng, conditions, report
        )
        users = {name.lower(): key for name, key in config.users.items()}
        desk = Desk(self._exchange, self._feeds, tokens, users, self._known)
        self._subscriptions = Subscriptions(
            self._exchange.accounts,
            lambda number: contracts.find(number, today) is not None,
            self.journal,
            self._first,
        )
        self._hubs = Hubs(
            tokens, self._agenda, self.journal, self._subscriptions, self._faults, shapes
        )
        around = (self._hubs, self._subscriptions, self._faults, self._agenda, self.journal, shapes)
        self._broadcast = Broadcast(self._feeds, *around)
        self._events = UserEvents(*around)
        site = Site(self._exchange, self._hubs, tokens, self._feeds, self._faults)
        self._faults.acts, self._faults.undo = bound(ACTS, site), bound(UNDO, site)
        self._rest = RestFaults(Rest(desk, shapes), self._faults)
        self._control = Control(
            self._exchange, self._feeds, self._faults, self.journal, self._publish
        )
        self._add_header(now, config.seed)
        self._begin(now, config)

    def _begin(self, now: int, config: VenueConfig) -> None:
        """Start the markets, the rounds of the calendar and the planned faults."""
        flatten = self._exchange.flatten_all
        if config.calendar == "cme":
            sessions = Sessions(self._feeds, self._agenda, self.journal, flatten)
            sessions.begin(now, config.preroll)
        else:
            for feed in self._feeds.values():
                if not feed.waits:
                    feed.start(now, config.preroll)
        Rolls(self._feeds, self._agenda, self.journal, flatten, self._listed).begin(now)
        if self._exchange.losses.ledgers:
            self._agenda.add(next_trade_date(now), self._new_day)
        for wanted in config.faults:
            self._faults.plan(now, wanted)

    @property
    def at_rest(self) -> bool:
        """Whether every account is flat with nothing working."""
        return self._exchange.at_rest

    def request(
        self, now: int, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """Answer an HTTP request; `path` may carry a query."""
        self.advance(now)
        url = urlsplit(path)
        lower = {key.lower(): value for key, value in headers.items()}
        late = 0
        if url.path.startswith("/sim/"):
            answer = self._control.handle(now, method, url.path, body)
        elif url.path.startswith("/hubs/"):
            answer = self._negotiate(now, method, url.path, dict(parse_qsl(url.query)), lower)
        else:
            answer = self._api(now, method, url.path, lower, body)
            late = self._rest.delay(now, url.path)
        date = {"date": format_datetime(moment(now + self._skew(now)), usegmt=True)}
        self.journal.settle()
        at = now + self._rng.randint(*self._delays.answer) + late
        return Reply(answer.status, {**answer.headers, **date}, answer.body, at)

    def open(
        self, now: int, hub: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> int | Refusal:
        """Admit a WebSocket to a hub; the number of the connection, or why not."""
        self.advance(now)
        lower = {key.lower(): value for key, value in headers.items()}
        return self._hubs.open(now, hub, query, lower)

    def receive(self, now: int, connection: int, data: bytes) -> None:
        """A text frame of a client."""
        self.advance(now)
        self._hubs.receive(now, connection, data)

    def closed(self, now: int, connection: int) -> None:
        """A client's socket is gone."""
        self.advance(now)
        self._hubs.closed(now, connection)

    def next_time(self) -> int | None:
        """When `advance` next has something to do, ns UTC."""
        due = self._agenda.next_time()
        for feed in self._markets:
            if feed.next_at is not None and (due is None or feed.next_at < due):
                due = feed.next_at
        return due

    def advance(self, now: int) -> None:
        """Run everything due up to now, in time order; the market goes first at equal times."""
        agenda = self._agenda
        while True:
            due = agenda.next_time()
            feed, at = self._next_feed(now if due is None or due > now else due)
            if feed is not None:
                self._publish(feed, feed.step(at))
            elif due is not None and due <= now:
                agenda.run_one()
            else:
                break
        self.journal.settle()

    def outgoing(self) -> list[Outgoing]:
        """What the hubs have to send since the last call, in order."""
        return self._hubs.take()

    def _next_feed(self, limit: int) -> tuple[Feed | None, int]:
        """The market with the earliest event up to `limit`, and when that is."""
        found, earliest = None, limit
        for feed in self._markets:
            at = feed.next_at
            if at is not None and (at < earliest or (found is None and at == earliest)):
                found, earliest = feed, at
        return found, earliest

    def _api(
        self, now: int, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        """REST with its row in the journal, which stands before the changes it makes."""
        content = masked(body)
        row = {"ns": now, "kind": "request", "path": path, "body": content}
        fields = content if isinstance(content, dict) else {}
        if "accountId" in fields:
            row["account"] = fields["accountId"]
        self.journal.add(row)
        answer = self._rest.handle(now, method, path, headers, body)
        envelope = answer.envelope or {}
        row["status"], row["error"] = answer.status, envelope.get("errorCode")
        order = envelope.get("orderId") or fields.get("orderId")
        if order is not None:
            row["order"] = order
        return answer

    def _negotiate(
        self, now: int, method: str, path: str, query: dict[str, str], headers: dict[str, str]
    ) -> Answer:
        path = path.lower()
        if path not in ("/hubs/user/negotiate", "/hubs/market/negotiate"):
            return Answer(404, {}, b"")
        if method != "POST":
            return Answer(405, {"allow": "POST"}, b"")
        content = self._hubs.negotiate(now, path.split("/")[2], query, headers)
        if content is None:
            return Answer(401, {"www-authenticate": "Bearer"}, b"")
        return Answer(200, JSON, msgspec.json.encode(content))

    def _publish(self, feed: Feed, instant: Instant) -> None:
        """One instant of a market: journal, matching, then the hub."""
        at, contract, book, add = instant.at, feed.contract.id, feed.book, self.journal.add
        for trade in instant.prints:
            add(
                {
                    "ns": at,
                    "kind": "print",
                    "contract": contract,
                    "price": trade.price,
                    "size": trade.size,
                    "side": trade.side,
                }
            )
        if instant.moved:
            quote = {"ns": at, "kind": "quote", "contract": contract}
            add(quote | {"bid": book.bid, "ask": book.ask})
        matcher, losses = self._exchange.matcher, self._exchange.losses
        if matcher.resting[contract] or contract in losses.held:
            for trade in instant.prints:
                matcher.printed(contract, trade)
                if losses.held:
                    losses.printed(at, contract, trade.price)
            if instant.moved:
                matcher.moved(contract, at)
        self._broadcast.market(contract, instant)

    def _listed(self, feed: Feed) -> None:
        """A market is new: that of the month which became active."""
        self._feeds[feed.contract.id] = feed
        self._markets = tuple(self._feeds.values())
        self._broadcast.add(feed)

    def _new_day(self, now: int) -> None:
        self._exchange.new_day(now)
        self._agenda.add(next_trade_date(now), self._new_day)

    def _first(self, now: int, connection: Connection, contract: str, stream: int) -> None:
        """After a market subscription: start a waiting source, send the first frame."""
        feed = self._feeds.get(contract)
        if feed is None:
            return  # known, but without a market here
        if feed.waits and stream == TRADES:
            feed.start(now, 0)
        self._broadcast.first(now, connection.number, contract, stream)

    def _tell(self, now: int, target: str, account: int, action: int, entity: Entity) -> None:
        self._events.tell(now, target, account, action, entity)

    def _known(self, now: int, contract: str) -> int:
        """The second up to which bars know the market: now, or where they froze."""
        frozen = self._faults.hit(now, "frozen_bars", contract)
        return (frozen.began if frozen else now) // SECOND

    def _skew(self, now: int) -> int:
        skew = self._faults.hit(now, "clock_skew")
        return round(skew.amount * SECOND) if skew else 0

    def _add_header(self, now: int, seed: int) -> None:
        listed = [
            {
                "id": feed.contract.id,
                "tick_size": str(feed.contract.product.tick_size),
                "tick_value": str(feed.contract.product.tick_value),
            }
            for feed in self._feeds.values()
        ]
        accounts = [
            {"id": row.id, "name": row.name, "balance": usd(row.balance)}
            | {
                rule: usd(amount)
                for rule, amount in ((MAX_LOSS, row.max_loss), (DAILY_LOSS, row.daily_loss))
                if amount
            }
            for row in self._exchange.accounts.values()
        ]
        self.journal.add(
            {
                "ns": now, "kind": "header", "schema": 1, "seed": seed, "epoch_ns": now,
                "contracts": listed, "accounts": accounts,
            }
        )  # fmt: skip


def _always(now: int, contract: Contract) -> bool:
    """Trading never ends."""
    return True


def _account(row: AccountConfig) -> Account:
    return Account(
        row.id,
        row.name,
        row.balance * MONEY,
        auto_oco=row.mode == "auto_oco",
        limit=row.max_position,
        max_loss=row.max_loss and row.max_loss * MONEY,
        daily_loss=row.daily_loss and row.daily_loss * MONEY,
    )


def _feed(listing: Listing, today: date) -> Feed:
    contract = contracts.find(listing.contract, today)
    if contract is None:
        raise ValueError(f"contract: {listing.contract} is not known to the venue")
    return Feed(contract, listing.source, waits=listing.waits)
