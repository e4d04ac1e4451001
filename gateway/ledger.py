"""The ledger: every intent before it is sent, and what became of it. One file, one owner, one
writer.

SQLite in WAL mode with synchronous NORMAL: a kill loses nothing, a power cut at most the last
commits. The worker that sends a request writes it here itself first, so an order that reached the
venue is always known here.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

import msgspec

from messages.base import Message, Nanos
from messages.control import Alarm, AlarmKind
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    CloseResult,
    Outcome,
    PlaceOrder,
    PlaceResult,
)

SCHEMA = 1
NOT_WRITTEN = "ledger"
"""The code of an order that was not sent because its intent could not be written."""

_TABLES = """
CREATE TABLE requests (
    id INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,  -- ns UTC of the session's start
    at INTEGER NOT NULL,       -- ns UTC
    kind TEXT NOT NULL,        -- PlaceOrder, CancelOrder, CloseContract
    contract TEXT NOT NULL,
    tag TEXT UNIQUE,           -- an intent's own; NULL for cancels and closes
    body TEXT NOT NULL,        -- the request as JSON
    outcome TEXT,              -- accepted, refused, unknown; NULL: no answer was written
    answered INTEGER,          -- ns UTC
    answer TEXT                -- the answer as JSON
);
CREATE INDEX unanswered ON requests (id) WHERE outcome IS NULL OR outcome = 'unknown';
"""


class LedgerFailed(Exception):
    """The ledger cannot be used; the text is for the user. Nothing in it has been deleted."""


class Ledger:
    """Raises LedgerFailed where the file cannot be opened, is no ledger, or is of a newer
    schema.
    """

    def __init__(self, path: Path, session: Nanos) -> None:
        self._path = path
        self._session = session
        self._lock = threading.Lock()
        try:
            self._base = sqlite3.connect(path, timeout=1.0, check_same_thread=False)
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = NORMAL")
            self._prepare()
        except sqlite3.Error as error:
            raise LedgerFailed(f"ledger: {path}: {error}") from error

    def request(self, message: PlaceOrder | CancelOrder | CloseContract, at: Nanos) -> int:
        """Write a request that is about to be sent; its number. Raises sqlite3.Error."""
        tag = message.tag if isinstance(message, PlaceOrder) else None
        body = msgspec.json.encode(message).decode()
        kind = type(message).__name__
        with self._lock, self._base:
            row = self._base.execute(
                "INSERT INTO requests (session, at, kind, contract, tag, body)"
                " VALUES (?,?,?,?,?,?)",
                (self._session, at, kind, message.contract, tag, body),
            )
        assert row.lastrowid is not None, "an insert has a row id"
        return row.lastrowid

    def answer(
        self, number: int, answer: PlaceResult | CancelResult | CloseResult, at: Nanos
    ) -> None:
        """Write what came back. Raises sqlite3.Error."""
        body = msgspec.json.encode(answer).decode()
        with self._lock, self._base:
            self._base.execute(
                "UPDATE requests SET outcome = ?, answered = ?, answer = ? WHERE id = ?",
                (answer.outcome.value, at, body, number),
            )

    def unproven(self) -> tuple[str, ...]:
        """Tags of intents whose outcome was never proven, oldest first."""
        with self._lock:
            rows = self._base.execute(
                "SELECT tag FROM requests WHERE tag IS NOT NULL"
                " AND (outcome IS NULL OR outcome = 'unknown') ORDER BY id"
            )
            return tuple(tag for (tag,) in rows)

    def close(self) -> None:
        with self._lock:
            self._base.close()

    def _prepare(self) -> None:
        (version,) = self._base.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            raise LedgerFailed(
                f"ledger: {self._path}: schema {version} is newer than this engine's {SCHEMA}"
            )
        if version == 0:
            with self._base:
                self._base.executescript(
                    f"BEGIN; {_TABLES} PRAGMA user_version = {SCHEMA}; COMMIT;"
                )


class Port(Protocol):
    def handle(self, message: Message) -> Iterable[Message]: ...


class LedgerPort:
    """The port for orders: writes the request, has it sent, writes the answer.

    An entry that cannot be written is not sent. A cancel or a close is sent all the same: nothing
    may stand between the account and flat.
    """

    def __init__(self, inner: Port, ledger: Ledger, clock: Callable[[], Nanos]) -> None:
        self._inner = inner
        self._ledger = ledger
        self._clock = clock

    def handle(self, message: Message) -> Iterable[Message]:
        assert isinstance(message, PlaceOrder | CancelOrder | CloseContract), "a mutation"
        try:
            number = self._ledger.request(message, self._clock())
        except sqlite3.Error as error:
            yield Alarm(
                AlarmKind.LEDGER, message.contract, f"the ledger cannot be written: {error}"
            )
            if isinstance(message, PlaceOrder):
                yield _unwritten(message, str(error))
            else:
                yield from self._inner.handle(message)
            return
        for answer in self._inner.handle(message):
            yield from self._answered(number, message, answer)

    def _answered(self, number: int, request: Message, answer: Message) -> Iterable[Message]:
        yield answer
        if isinstance(answer, PlaceResult | CancelResult | CloseResult):
            try:
                self._ledger.answer(number, answer, self._clock())
            except sqlite3.Error as error:
                words = f"the answer to {type(request).__name__} cannot be written: {error}"
                yield Alarm(AlarmKind.LEDGER, answer.contract, words)


def _unwritten(order: PlaceOrder, why: str) -> PlaceResult:
    return PlaceResult(
        order.contract, order.tag, order.purpose, Outcome.REFUSED, None, NOT_WRITTEN, why
    )
