"""The oracle: the promises of design.md 1, judged from the venue's journal alone.

It imports nothing of the engine. The journal (docs/simulator.md) is a list of dicts in time order;
`read` makes one of NDJSON: the body of GET /sim/journal, or lines of it. Sides are the venue's: 0
buys, 1 sells. Times are ns UTC, prices ticks.

What the venue cannot know is given: `latched`, the spans in which the engine had promised to enter
nothing, and `metrics`, the engine's own figures (metrics_DATE.json), which must equal these.
REPLAYABLE (two runs) and RECOVERS (the engine's state over time) are not judged here.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]
Key = tuple[int, str]
"""An account and a contract."""

INVARIANTS = (
    "PROTECTED",
    "BOUNDED",
    "ONE_ORDER",
    "AGREED",
    "LATCHED",
    "ENDS_FLAT",
    "FRESH",
    "ACCOUNTED",
)

OPEN, PENDING, PENDING_CANCEL, SUSPENDED, REJECTED = 1, 6, 7, 8, 5
WORKING = {OPEN, PENDING, PENDING_CANCEL, SUSPENDED}
COVERING = {OPEN, PENDING}
MARKET, STOP, TRAILING_STOP = 2, 4, 5
SIGN = {0: 1, 1: -1}
BY_HAND = {"external_order", "external_close"}
"""Faults that place orders; the row says which."""

SECOND = 1_000_000_000
EXCESS_S = 5.0
"""How long a position beyond the maximum may stand: it may have come from outside."""
GRACE_S = 0.25
"""Stale data must block entries within the threshold + 250 ms (design.md 11)."""


@dataclass(frozen=True)
class Entry:
    """An order, not a bracket's leg, that could open or add to a position when it was accepted."""

    ns: int
    order: int
    account: int
    contract: str
    side: int
    size: int
    tag: str | None


@dataclass
class Report:
    """`net` is P&L less fees and commissions by fills; `volume` the contracts of the prints sent to
    each connection; `details` a line per violation.
    """

    violations: dict[str, int] = field(default_factory=lambda: dict.fromkeys(INVARIANTS, 0))
    details: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    fills: int = 0
    net: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    balance_change: dict[int, Decimal] = field(default_factory=dict)
    volume: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    flat: bool = True
    max_unprotected_ms: float = 0.0

    def add(self, invariant: str, ns: int, words: str) -> None:
        self.violations[invariant] += 1
        self.details.append(f"{invariant} at {ns}: {words}")


def read(lines: str | bytes | Iterable[str | bytes]) -> list[Row]:
    """Journal rows from NDJSON text, or from its lines."""
    split = lines.splitlines() if isinstance(lines, str | bytes) else lines
    return [json.loads(line) for line in split if line.strip()]


def violations(
    journal: Iterable[Row],
    *,
    max_contracts: int,
    unprotected_s: float = 2.0,
    account: int | None = None,
) -> dict[str, int]:
    """How often each promise was broken; `account` limits the judgement to one account."""
    report = judge(
        journal, max_contracts=max_contracts, unprotected_s=unprotected_s, account=account
    )
    return report.violations


def judge(
    journal: Iterable[Row],
    *,
    max_contracts: int,
    unprotected_s: float = 2.0,
    stale_s: float = 5.0,
    account: int | None = None,
    latched: Sequence[tuple[int, int | None]] = (),
    metrics: Mapping[str, Any] | None = None,
) -> Report:
    """Everything the journal says. `latched` are (from, to) in ns, `to` None for the rest."""
    court = Court(max_contracts, unprotected_s, stale_s, latched)
    for row in journal:
        if account is None or row.get("account") in (None, account):
            court.hear(row)
    court.close()
    if metrics is not None:
        compare(court.report, metrics, court.now)
    return court.report


@dataclass
class Bare:
    """A position without full cover since then; `begun`: when a close was asked for."""

    since: int
    begun: int | None


class Court:
    """Takes the journal row by row."""

    def __init__(
        self,
        max_contracts: int,
        unprotected_s: float,
        stale_s: float,
        latched: Sequence[tuple[int, int | None]],
    ) -> None:
        self.report = Report()
        self.now = 0
        self._max = max_contracts
        self._unprotected = int(unprotected_s * SECOND)
        self._stale = int((stale_s + GRACE_S) * SECOND)
        self._latched = latched
        self._orders: dict[int, Row] = {}
        self._seen: set[int] = set()
        self._positions: dict[Key, int] = {}
        self._bare: dict[Key, Bare] = {}
        self._beyond: dict[Key, int] = {}
        self._closes: dict[Key, int] = {}
        self._data: dict[str, int] = {}
        self._tags: dict[tuple[int, str], set[int]] = defaultdict(set)
        self._asked: dict[tuple[int, str], int] = defaultdict(int)
        self._opening: dict[int, Decimal] = {}
        self._balance: dict[int, Decimal] = {}
        self._foreign: set[int] = set()
        """Orders that somebody else has placed: the engine has promised nothing about them."""

    def hear(self, row: Row) -> None:
        self.now = row["ns"]
        match row["kind"]:
            case "header":
                for listed in row["accounts"]:
                    self._opening[listed["id"]] = Decimal(listed["balance"])
            case "request":
                self._request(row)
            case "order":
                self._order(row)
            case "fill":
                self._fill(row)
            case "position":
                self._positions[row["account"], row["contract"]] = row["size"]
                self._look((row["account"], row["contract"]))
            case "account":
                self._balance[row["account"]] = Decimal(row["balance"])
            case "frame":
                self._frame(row)
            case "fault":
                if row["name"] in BY_HAND and row["detail"].startswith("fired"):
                    self._foreign.update(map(int, re.findall(r"\d+", row["detail"])))
            case _:
                pass

    def close(self) -> None:
        """The journal is over: judge what is still open."""
        for key in tuple(self._bare):
            self._covered(key)
        for key in tuple(self._beyond):
            self._within(key)
        self._judge_tags()
        self._judge_end()
        self._judge_money()

    # Requests and orders

    def _request(self, row: Row) -> None:
        body = row.get("body") or {}
        if not isinstance(body, dict):
            return
        number: Any = body.get("accountId")
        contract: Any = body.get("contractId")
        if row["path"].endswith("loseContract"):  # closeContract, partialCloseContract
            self._closing((number, contract))
        elif row["path"].endswith("/Order/place") and body.get("customTag"):
            self._asked[number, body["customTag"]] += 1

    def _closing(self, key: Key) -> None:
        self._closes[key] = self.now
        if (bare := self._bare.get(key)) is not None and bare.begun is None:
            bare.begun = self.now

    def _order(self, row: Row) -> None:
        number, key = row["id"], (row["account"], row["contract"])
        new = number not in self._seen
        self._seen.add(number)
        if row["status"] in WORKING:
            self._orders[number] = row
        else:
            self._orders.pop(number, None)
        if new and row.get("parent") is None and row["status"] != REJECTED:
            self._accepted(row, key)
        self._look(key)

    def _accepted(self, row: Row, key: Key) -> None:
        held, sign = self._positions.get(key, 0), SIGN[row["side"]]
        if row.get("tag"):
            self._tags[row["account"], row["tag"]].add(row["id"])
            self._judge_reach(row, key)
        if held * sign < 0 and row["size"] <= abs(held):
            if row["type"] == MARKET:
                self._closing(key)
            return
        entry = Entry(
            self.now, row["id"], *key, row["side"], row["size"], row.get("tag")
        )  # fmt: skip
        self.report.entries.append(entry)
        if entry.tag:  # by hand, or by another client: no promise of the engine
            self._judge_entry(entry)

    def _judge_reach(self, row: Row, key: Key) -> None:
        sign = SIGN[row["side"]]
        worst = self._positions.get(key, 0) * sign
        legs: dict[int, int] = {}
        for order in self._orders.values():
            if (order["account"], order["contract"]) != key or order["side"] != row["side"]:
                continue
            if order["status"] == SUSPENDED or order["id"] in self._foreign:
                continue
            parent, left = order.get("parent"), order["size"] - order["filled"]
            if parent is None:
                worst += left
            else:  # of two legs, one cancels the other
                legs[parent] = max(legs.get(parent, 0), left)
        worst += sum(legs.values())
        if worst > self._max:
            self._breach("BOUNDED", f"order {row['id']} could make {worst} of {row['contract']}")

    def _judge_entry(self, entry: Entry) -> None:
        now = self.now
        if any(start <= now and (end is None or now < end) for start, end in self._latched):
            self._breach("LATCHED", f"entry {entry.tag} while latched")
        newest = self._data.get(entry.contract)
        if newest is None or self.now - newest > self._stale:
            age = "no data" if newest is None else f"data {(self.now - newest) / SECOND:.3f} s old"
            self._breach("FRESH", f"entry {entry.tag} on {age}")

    # Positions

    def _look(self, key: Key) -> None:
        held = self._positions.get(key, 0)
        if abs(held) <= self._max:
            self._within(key)
        else:
            self._beyond.setdefault(key, self.now)
        if held and self._cover(key, held) < abs(held):
            if key not in self._bare:
                asked = self._closes.get(key)
                recent = asked is not None and self.now - asked <= self._unprotected
                self._bare[key] = Bare(self.now, self.now if recent else None)
        else:
            self._covered(key)

    def _cover(self, key: Key, held: int) -> int:
        return sum(
            order["size"] - order["filled"]
            for order in self._orders.values()
            if (order["account"], order["contract"]) == key
            and order["type"] in (STOP, TRAILING_STOP)
            and order["status"] in COVERING
            and SIGN[order["side"]] * held < 0
        )

    def _covered(self, key: Key) -> None:
        bare = self._bare.pop(key, None)
        if bare is None:
            return
        span = self.now - bare.since
        self.report.max_unprotected_ms = max(self.report.max_unprotected_ms, span / 1_000_000)
        until = self.now if bare.begun is None else bare.begun
        if until - bare.since > self._unprotected:
            self._breach("PROTECTED", f"{key[1]}: {span / SECOND:.3f} s without cover")

    def _within(self, key: Key) -> None:
        since = self._beyond.pop(key, None)
        if since is not None and self.now - since > EXCESS_S * SECOND:
            words = f"{key[1]}: over {self._max} for {(self.now - since) / SECOND:.3f} s"
            self._breach("BOUNDED", words)

    # Money and data

    def _fill(self, row: Row) -> None:
        self.report.fills += 1
        gain = Decimal(row["pnl"] or 0)
        self.report.net[row["account"]] += (
            gain - Decimal(row["fees"]) - Decimal(row["commissions"])
        )  # fmt: skip

    def _frame(self, row: Row) -> None:
        if row["target"] in ("GatewayQuote", "GatewayTrade"):
            self._data[row["key"]] = self.now
        if row["target"] == "GatewayTrade":
            self.report.volume[row["connection"]] += row["volume"]

    def _judge_tags(self) -> None:
        for key in {*self._tags, *self._asked}:
            accepted, asked = self._tags[key], self._asked[key]
            if len(accepted) > 1 or asked > 1:
                words = f"tag {key[1]}: {asked} requests, {len(accepted)} accepted orders"
                self._breach("ONE_ORDER", words)

    def _judge_end(self) -> None:
        held = {key: size for key, size in self._positions.items() if size}
        self.report.flat = not held and not self._orders
        if not self.report.flat:
            self._breach("ENDS_FLAT", f"positions {held}, working orders {sorted(self._orders)}")

    def _judge_money(self) -> None:
        for number, balance in self._balance.items():
            if number not in self._opening:
                continue
            change = balance - self._opening[number]
            self.report.balance_change[number] = change
            net = self.report.net[number]
            if change != net:
                self._breach("AGREED", f"account {number}: balance {change}, fills {net}")

    def _breach(self, invariant: str, words: str) -> None:
        self.report.add(invariant, self.now, words)


def compare(report: Report, metrics: Mapping[str, Any], now: int) -> None:
    """Add what the engine's figures (of one account) and the venue's say differently.

    Volumes are left to the caller: prints sent while the engine leaves are in no bar of its.
    """
    net = sum(report.net.values(), Decimal())
    if Decimal(str(metrics["pnl"]["net"])) != net:
        report.add("AGREED", now, f"engine {metrics['pnl']['net']}, venue {net}")
    books = metrics["messages"]
    spent = sum(books[name] for name in ("handled", "conflated", "dead", "queued", "running"))
    if books["sent"] != spent:
        report.add("ACCOUNTED", now, f"sent {books['sent']} messages, {spent} accounted for")
