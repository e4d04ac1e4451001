"""The tables of the ledger's file, and how an older file becomes a newer one."""

import sqlite3
from pathlib import Path

from gateway.ledger.ledger import LedgerFailed

_REQUESTS = """
CREATE TABLE requests (
    id INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,  -- ns UTC of the session's start
    at INTEGER NOT NULL,       -- ns UTC
    kind TEXT NOT NULL,        -- PlaceOrder, CancelOrder, ModifyOrder, CloseContract
    contract TEXT NOT NULL,
    tag TEXT UNIQUE,           -- an intent's own; NULL for cancels and closes
    body TEXT NOT NULL,        -- the request as JSON
    outcome TEXT,              -- accepted, refused, unknown; NULL: no answer was written
    answered INTEGER,          -- ns UTC
    answer TEXT                -- the answer as JSON
);
CREATE INDEX unanswered ON requests (id) WHERE outcome IS NULL OR outcome = 'unknown';
"""

_FACTS = """
ALTER TABLE requests ADD COLUMN account TEXT;  -- NULL: written by version 1, which knew none
CREATE TABLE sessions (
    started INTEGER PRIMARY KEY,  -- ns UTC
    account TEXT NOT NULL         -- where, and the venue's number
);
CREATE TABLE orders (
    account TEXT NOT NULL,
    id INTEGER NOT NULL,       -- the venue's
    contract TEXT NOT NULL,
    tag TEXT,
    status TEXT NOT NULL,
    at INTEGER NOT NULL,       -- ns UTC of the newest word
    body TEXT NOT NULL,        -- the order as JSON
    PRIMARY KEY (account, id)
);
CREATE TABLE fills (
    account TEXT NOT NULL,
    id INTEGER NOT NULL,       -- the venue's
    contract TEXT NOT NULL,
    at INTEGER NOT NULL,       -- ns UTC, the venue's stamp
    body TEXT NOT NULL,        -- the fill as JSON
    PRIMARY KEY (account, id)
);
CREATE TABLE round_trips (
    account TEXT NOT NULL,
    id INTEGER NOT NULL,       -- of the fill that closed it
    contract TEXT NOT NULL,
    at INTEGER NOT NULL,       -- ns UTC, closed
    body TEXT NOT NULL,        -- the round trip as JSON
    PRIMARY KEY (account, id)
);
CREATE TABLE days (
    account TEXT NOT NULL,
    date INTEGER NOT NULL,     -- ns UTC at which the trade date begins
    balance INTEGER,           -- the last one told, 1/10,000 USD
    figures TEXT,              -- the last figures told, as JSON
    PRIMARY KEY (account, date)
);
CREATE TABLE latches (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    session INTEGER NOT NULL,  -- that set it
    at INTEGER NOT NULL,       -- ns UTC
    code TEXT NOT NULL,
    words TEXT NOT NULL,
    lifted INTEGER,            -- ns UTC; NULL: it stands
    reason TEXT                -- why it was lifted
);
CREATE UNIQUE INDEX standing ON latches (account, code) WHERE lifted IS NULL;
"""

MIGRATIONS = (_REQUESTS, _FACTS)
"""What makes each version of the version before; the first one of nothing."""
SCHEMA = len(MIGRATIONS)


def prepare(base: sqlite3.Connection, path: Path) -> None:
    """Bring a file to this version, in one transaction. Raises LedgerFailed for a damaged file, for
    somebody else's and for one of a newer version, and leaves each as it is; sqlite3.Error.
    """
    (version,) = base.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA:
        raise LedgerFailed(f"ledger: {path}: schema {version} is newer than this engine's {SCHEMA}")
    (tables,) = base.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version == 0 and tables:
        raise LedgerFailed(f"ledger: {path}: a database, but not a ledger")
    (found,) = base.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise LedgerFailed(f"ledger: {path}: damaged: {found}")
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = NORMAL")
    if version < SCHEMA:
        steps = "".join(MIGRATIONS[version:])
        base.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {SCHEMA}; COMMIT;")
