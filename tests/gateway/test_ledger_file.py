"""The ledger's file: of another version, damaged, locked, on a full disk, after a kill."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gateway.ledger import LedgerFailed, SqliteLedger
from gateway.ledger.schema import SCHEMA
from messages.control import Latch
from messages.market import Side
from messages.order import (
    Order,
    OrderEvent,
    OrdersFound,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Purpose,
)

ROOT = Path(__file__).resolve().parents[2]

VERSION_1 = """
CREATE TABLE requests (
    id INTEGER PRIMARY KEY, session INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL,
    contract TEXT NOT NULL, tag TEXT UNIQUE, body TEXT NOT NULL, outcome TEXT, answered INTEGER,
    answer TEXT
);
CREATE INDEX unanswered ON requests (id) WHERE outcome IS NULL OR outcome = 'unknown';
INSERT INTO requests VALUES
    (1, 10, 11, 'PlaceOrder', 'C', 'ff-1', '{"is":"PlaceOrder"}', 'accepted', 12, '{"order":7}'),
    (2, 10, 13, 'CloseContract', 'C', NULL, '{"is":"CloseContract"}', 'unknown', 14, '{}'),
    (3, 10, 15, 'PlaceOrder', 'C', 'ff-2', '{"is":"PlaceOrder","contract":"C","tag":"ff-2",
     "purpose":"entry","type":"market","side":1,"size":1,"limit":null,"stop":null,
     "stop_bracket":-10,"target_bracket":20}', NULL, NULL, NULL);
PRAGMA user_version = 1;
"""
"""A file as version 1 made it: its tables, and rows as it wrote them."""


def intent(tag: str) -> PlaceOrder:
    return PlaceOrder("C", tag, Purpose.ENTRY, OrderType.MARKET, Side.BUY, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def tags(ledger: SqliteLedger) -> tuple[str, ...]:
    return tuple(one.request.tag for one in ledger.unproven())


def made(path: Path, intents: int = 1) -> bytes:
    """A ledger with some intents, closed; its bytes."""
    ledger = SqliteLedger(path, "A", 1)
    for number in range(intents):
        ledger.request(intent(f"ff-{number}"), 5)
    ledger.close()
    return path.read_bytes()


def refused(path: Path, words: str) -> None:
    with pytest.raises(LedgerFailed, match=rf"^ledger: .*ledger\.sqlite: {words}"):
        SqliteLedger(path, "A", 2)


def old(path: Path) -> None:
    base = sqlite3.connect(path)
    base.executescript(VERSION_1)
    base.close()


def test_an_older_file_is_brought_up_to_date_and_keeps_its_content(path: Path) -> None:
    old(path)
    base = sqlite3.connect(path)
    before = base.execute("SELECT * FROM requests").fetchall()
    base.close()
    ledger = SqliteLedger(path, "A", 20)
    assert tags(ledger) == ("ff-2",)
    with pytest.raises(LedgerFailed, match="tag"):
        ledger.request(intent("ff-1"), 21)
    ledger.record(Latch("a", "words"), 22)
    ledger.close()
    base = sqlite3.connect(path)
    assert base.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
    after = base.execute("SELECT * FROM requests").fetchall()
    base.close()
    assert [row[: len(before[0])] for row in after] == before


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old(path)
    broken = ("", "CREATE TABLE orders (id INTEGER); CREATE TABLE requests (id INTEGER);")
    monkeypatch.setattr("gateway.ledger.schema.MIGRATIONS", broken)
    refused(path, "table requests already exists")
    monkeypatch.undo()
    ledger = SqliteLedger(path, "A", 20)
    assert tags(ledger) == ("ff-2",)
    ledger.close()


@pytest.mark.parametrize("version", [SCHEMA + 1, 99])
def test_a_newer_file_is_refused(path: Path, version: int) -> None:
    base = sqlite3.connect(path)
    base.execute(f"PRAGMA user_version = {version}")
    base.close()
    refused(path, f"schema {version} is newer than this engine's {SCHEMA}")


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as base:
        return base.execute(query).fetchall()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (OrderStatus.REJECTED, "refused"),
        (OrderStatus.OPEN, "accepted"),
        (OrderStatus.CANCELLED, "accepted"),
    ],
)
def test_what_an_order_proves_of_its_intent_is_written(
    path: Path, status: OrderStatus, outcome: str
) -> None:
    with closing(SqliteLedger(path, "A", 1)) as ledger:
        ledger.request(intent("ff-1"), 5)
        order = Order(7, "C", status, OrderType.MARKET, Side.BUY, 1, 0, 5, tag="ff-1")
        ledger.record(OrderEvent(order, 6), 6)
        assert rows(path, "SELECT outcome, answered FROM requests") == [(outcome, 6)]


def test_the_newest_word_on_an_order_is_kept_whichever_comes_last(path: Path) -> None:
    working = Order(7, "C", OrderStatus.OPEN, OrderType.LIMIT, Side.BUY, 1, 0, 5)
    done = Order(7, "C", OrderStatus.FILLED, OrderType.LIMIT, Side.BUY, 1, 1, 5)
    with closing(SqliteLedger(path, "A", 1)) as ledger:
        ledger.record(OrdersFound((working,), 5), 5)
        ledger.record(OrderEvent(done, 9), 9)
        ledger.record(OrdersFound((working,), 7), 10)
        assert rows(path, "SELECT status, at FROM orders") == [("filled", 9)]


def test_a_file_that_is_no_ledger_is_refused_and_left_as_it_is(path: Path) -> None:
    path.write_bytes(b"not a database, but somebody's" * 100)
    before = path.read_bytes()
    refused(path, "file is not a database")
    assert path.read_bytes() == before


def test_somebody_elses_database_is_refused_and_left_as_it_is(path: Path) -> None:
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE recipes (name TEXT)")
    base.commit()
    base.close()
    before = path.read_bytes()
    refused(path, "a database, but not a ledger")
    assert path.read_bytes() == before


@pytest.mark.parametrize("page", [2, 5])
def test_a_damaged_file_is_refused_and_left_as_it_is(path: Path, page: int) -> None:
    whole = made(path, 200)
    damaged = bytearray(whole)
    damaged[page * 4096 : (page + 1) * 4096] = b"\xa5" * 4096
    path.write_bytes(damaged)
    with pytest.raises(LedgerFailed, match=r"damaged: |malformed"):
        SqliteLedger(path, "A", 2)
    assert path.read_bytes() == damaged


def test_a_truncated_file_is_refused_and_left_as_it_is(path: Path) -> None:
    half = made(path, 200)[: 3 * 4096]
    path.write_bytes(half)
    with pytest.raises(LedgerFailed, match=r"damaged: |malformed"):
        SqliteLedger(path, "A", 2)
    assert path.read_bytes() == half


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    path.touch()
    assert made(path)


LOCKER = (
    "import sqlite3, sys; base = sqlite3.connect(sys.argv[1]);"
    "base.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read()"
)
WRITER = (
    "import sys; from pathlib import Path; from gateway.ledger import SqliteLedger;"
    "from messages.order import *; from messages.market import Side;"
    "ledger = SqliteLedger(Path(sys.argv[1]), 'A', 1);"
    "order = PlaceOrder('C', 'ff-9', Purpose.ENTRY, OrderType.MARKET, Side.BUY, 1);"
    "ledger.request(order, 5); print('written', flush=True); sys.stdin.read()"
)


@contextmanager
def process(script: str, path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that has said a line."""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline()
            yield child
        finally:
            child.kill()


def test_a_file_that_another_process_writes_is_refused(path: Path) -> None:
    made(path)
    with process(LOCKER, path):
        refused(path, "database is locked")
    SqliteLedger(path, "A", 2).close()


def test_a_lock_that_comes_later_fails_the_write_and_loses_nothing(path: Path) -> None:
    ledger = SqliteLedger(path, "A", 1)
    ledger.request(intent("ff-1"), 5)
    with process(LOCKER, path):
        with pytest.raises(LedgerFailed, match="database is locked"):
            ledger.request(intent("ff-2"), 6)
        assert tags(ledger) == ("ff-1",)
    ledger.request(intent("ff-2"), 7)
    assert tags(ledger) == ("ff-1", "ff-2")
    ledger.close()


FILLER = """
import resource, signal, sys
from pathlib import Path
from gateway.ledger import LedgerFailed, SqliteLedger
from messages.market import Side
from messages.order import OrderType, PlaceOrder, Purpose
path = Path(sys.argv[1])
ledger = SqliteLedger(path, "A", 1)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
written = 0
try:
    for written in range(10_000):
        tag = f"ff-{written}"
        ledger.request(PlaceOrder("C", tag, Purpose.ENTRY, OrderType.MARKET, Side.BUY, 1), 5)
except LedgerFailed as error:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(written, error, flush=True)
"""


def test_a_full_disk_fails_the_write_and_loses_nothing_that_was_written(path: Path) -> None:
    """No file may grow beyond a limit that the kernel enforces: as on a disk that is full."""
    ran = subprocess.run(
        [sys.executable, "-c", FILLER, str(path), "400000"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    count, words = ran.stdout.split(" ", 1)
    assert words.startswith(f"ledger: {path}: "), words
    assert int(count) > 10
    ledger = SqliteLedger(path, "A", 2)
    assert tags(ledger) == tuple(f"ff-{number}" for number in range(int(count)))
    ledger.close()


def test_a_disk_that_is_full_from_the_start_is_noticed_at_the_start(path: Path) -> None:
    made(path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
        with pytest.raises(LedgerFailed, match=r"ledger\.sqlite: "):
            SqliteLedger(path, "A", 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    SqliteLedger(path, "A", 2).close()


def test_what_was_written_survives_a_kill(path: Path) -> None:
    with process(WRITER, path) as child:
        os.kill(child.pid, signal.SIGKILL)
    ledger = SqliteLedger(path, "A", 2)
    assert tags(ledger) == ("ff-9",)
    ledger.close()
