"""The ledger as a file. SQLite in WAL mode with synchronous NORMAL: a kill loses nothing, a power
cut at most the last commits.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from config.calendar import trade_date_start
from gateway.ledger.ledger import Answer, LedgerFailed, Request
from gateway.ledger.proof import proven
from gateway.ledger.schema import prepare
from messages.base import Message, Money, Nanos
from messages.control import Latch, Latched, Unlatch
from messages.order import (
    Fill,
    FillEvent,
    FillsFound,
    Intent,
    IntentUnplaced,
    Order,
    OrderEvent,
    OrdersFound,
    Outcome,
    PlaceOrder,
)
from messages.position import AccountEvent, DayFigures, RoundTrip

BUSY_S = 0.25
"""How long another process may hold the file before a call fails."""

_OPEN = "(outcome IS NULL OR outcome = 'unknown')"


class SqliteLedger:
    """`account` names the account and where it is; `session` is the session's start. Any thread may
    call; calls take turns.

    Raises LedgerFailed where the file cannot be opened and written, is damaged, is no ledger, or is
    of a newer schema.
    """

    def __init__(self, path: Path, account: str, session: Nanos) -> None:
        self._path = path
        self._account = account
        self._session = session
        self._lock = threading.Lock()
        with self._failing():
            self._base = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False)
        try:
            with self._failing():
                prepare(self._base, path)
                # Now is the time to find that it cannot be written, not at the first entry.
                with self._base as base:
                    row = (session, account)
                    base.execute("INSERT OR REPLACE INTO sessions VALUES (?,?)", row)
        except LedgerFailed:
            self._base.close()
            raise

    def request(self, message: Request, at: Nanos) -> int:
        tag = message.tag if isinstance(message, PlaceOrder) else None
        kind = type(message).__name__
        row = (self._session, self._account, at, kind, message.contract, tag, _json(message))
        with self._writing() as base:
            made = base.execute(
                "INSERT INTO requests (session, account, at, kind, contract, tag, body)"
                " VALUES (?,?,?,?,?,?,?)",
                row,
            )
        assert made.lastrowid is not None, "an insert has a row id"
        return made.lastrowid

    def answer(self, number: int, answer: Answer, at: Nanos) -> None:
        row = (answer.outcome.value, at, _json(answer), number)
        with self._writing() as base:
            base.execute(
                "UPDATE requests SET outcome = ?, answered = ?, answer = ?"
                f" WHERE id = ? AND {_OPEN}",
                row,
            )

    def record(self, message: Message, at: Nanos) -> None:
        with self._writing() as base:
            match message:
                case OrderEvent(order, received):
                    self._order(base, order, received)
                case OrdersFound(orders, asked):
                    for order in orders:
                        self._order(base, order, asked)
                case FillEvent(fill):
                    self._fill(base, fill)
                case FillsFound(fills):
                    for fill in fills:
                        self._fill(base, fill)
                case IntentUnplaced(tag=tag):
                    base.execute(
                        "UPDATE requests SET outcome = ?, answered = ?, answer = ?"
                        f" WHERE tag = ? AND {_OPEN}",
                        (Outcome.REFUSED.value, at, _json(message), tag),
                    )
                case RoundTrip(id=id, contract=contract, closed=closed):
                    self._keep(base, "round_trips", id, contract, closed, message)
                case AccountEvent(account, received):
                    self._day(base, received, "balance", account.balance)
                case DayFigures():
                    self._day(base, at, "figures", _json(message))
                case Latch() | Unlatch():
                    self._latch(base, message, at)
                case _:
                    raise TypeError(f"the ledger does not keep {type(message).__name__}")

    def unproven(self) -> tuple[Intent, ...]:
        rows = self._read(
            f"SELECT body, at FROM requests WHERE kind = 'PlaceOrder' AND {_OPEN}"
            " AND (account IS NULL OR account = ?) ORDER BY id",
            (self._account,),
        )
        return tuple(Intent(self._decoded(body), at) for body, at in rows)

    def latched(self) -> tuple[Latched, ...]:
        query = (
            "SELECT code, words, at FROM latches WHERE account = ? AND lifted IS NULL ORDER BY id"
        )
        rows = self._read(query, (self._account,))
        return tuple(Latched(*row) for row in rows)

    def high_water(self, before: Nanos) -> Money | None:
        query = "SELECT max(balance) FROM days WHERE account = ? AND date < ?"
        ((high,),) = self._read(query, (self._account, before))
        return None if high is None else int(high)

    def close(self) -> None:
        with self._lock:
            self._base.close()

    def _latch(self, base: sqlite3.Connection, change: Latch | Unlatch, at: Nanos) -> None:
        if isinstance(change, Latch):
            base.execute(
                "INSERT OR IGNORE INTO latches (account, session, at, code, words)"
                " VALUES (?,?,?,?,?)",
                (self._account, self._session, at, change.code, change.words),
            )
        else:
            base.execute(
                "UPDATE latches SET lifted = ?, reason = ?"
                " WHERE account = ? AND code = ? AND lifted IS NULL",
                (at, change.words, self._account, change.code),
            )

    def _order(self, base: sqlite3.Connection, order: Order, at: Nanos) -> None:
        base.execute(
            "INSERT INTO orders (account, id, contract, tag, status, at, body)"
            " VALUES (?,?,?,?,?,?,?) ON CONFLICT (account, id) DO UPDATE"
            " SET status = excluded.status, at = excluded.at, body = excluded.body"
            " WHERE excluded.at >= at AND excluded.body <> body",
            (
                *(self._account, order.id, order.contract, order.tag, order.status.value, at),
                _json(order),
            ),
        )
        if order.tag is not None:
            outcome = proven(order)
            base.execute(
                f"UPDATE requests SET outcome = ?, answered = ? WHERE tag = ? AND {_OPEN}",
                (outcome.value, at, order.tag),
            )

    def _fill(self, base: sqlite3.Connection, fill: Fill) -> None:
        self._keep(base, "fills", fill.id, fill.contract, fill.stamp, fill)

    def _keep(
        self,
        base: sqlite3.Connection,
        table: str,
        id: int,
        contract: str,
        at: Nanos,
        body: msgspec.Struct,
    ) -> None:
        base.execute(
            f"INSERT OR REPLACE INTO {table} (account, id, contract, at, body) VALUES (?,?,?,?,?)",
            (self._account, id, contract, at, _json(body)),
        )

    def _day(self, base: sqlite3.Connection, at: Nanos, column: str, value: int | str) -> None:
        base.execute(
            f"INSERT INTO days (account, date, {column}) VALUES (?,?,?)"
            f" ON CONFLICT (account, date) DO UPDATE SET {column} = excluded.{column}",
            (self._account, trade_date_start(at), value),
        )

    def _decoded(self, body: str) -> PlaceOrder:
        try:
            return msgspec.json.decode(body, type=PlaceOrder)
        except msgspec.MsgspecError as error:
            raise LedgerFailed(f"ledger: {self._path}: {error}: {body}") from error

    def _read(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        with self._lock, self._failing():
            return self._base.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: the whole of it, or nothing."""
        with self._lock, self._failing(), self._base:
            yield self._base

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LedgerFailed(f"ledger: {self._path}: {error}") from error


def _json(body: msgspec.Struct) -> str:
    return msgspec.json.encode(body).decode()
