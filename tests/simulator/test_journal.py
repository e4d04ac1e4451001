"""The journal: complete, in order, the same in memory and on disk, and reproducible."""

import json
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tools.simulator.generator import Generator
from tools.simulator.journal import FileJournal, MemoryJournal
from tools.simulator.stamps import SECOND
from tools.simulator.venue import Listing, Venue, VenueConfig

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
START = 1_795_186_800 * SECOND


def test_it_opens_with_a_header(session: "Session") -> None:
    assert session.journal.rows[0] == {
        "ns": START,
        "kind": "header",
        "schema": 1,
        "seed": 0,
        "epoch_ns": START,
        "contracts": [{"id": MES, "tick_size": "0.25", "tick_value": "1.25"}],
        "accounts": [{"id": 48120077, "name": "PRAC-V2-000111-22223333", "balance": "50000.00"}],
    }


def test_it_is_in_time_order(session: "Session") -> None:
    number = session.connect("market")
    session.invoke(number, "SubscribeContractTrades", MES)
    session.bracketed(size=2)
    session.run(100)
    session.trade(27240)
    session.run(100)
    stamps = [row["ns"] for row in session.journal.rows]
    assert stamps == sorted(stamps)


def test_a_request_stands_before_the_changes_it_made(session: "Session") -> None:
    order = session.place(customTag="a")["orderId"]
    kinds = [
        row["kind"] for row in session.journal.rows if row.get("order", row.get("id")) == order
    ]
    assert kinds == ["request", "order"]
    (row,) = session.rows("request", path="/api/Order/place")
    assert (row["status"], row["error"], row["account"]) == (200, 0, 48120077)
    assert row["body"]["customTag"] == "a"


def test_the_key_of_a_login_is_masked(session: "Session") -> None:
    session.post("Auth/loginKey", userName="demo", apiKey="hunter2")
    assert session.rows("request")[-1]["body"]["apiKey"] == "***"
    assert "hunter2" not in json.dumps(session.journal.rows)


def test_refused_requests_are_noted_with_their_status(session: "Session") -> None:
    session.send("POST", "/api/Order/place", b"{}", "bad")
    session.send("POST", "/api/Order/place", b"{", session.token)
    rows = session.rows("request", path="/api/Order/place")
    assert [(row["status"], row["error"]) for row in rows] == [(401, None), (400, None)]


def test_fills_positions_and_quotes_use_ticks(session: "Session") -> None:
    session.place(size=2)
    session.run(50)
    session.quote(27210, 27211)
    assert session.rows("fill")[0]["price"] == 27201
    position = session.rows("position")[0]
    assert (position["size"], position["average"]) == (2, "27201")
    quote = session.rows("quote")[-1]
    assert (quote["bid"], quote["ask"]) == (27210, 27211)


def test_frames_count_the_volume_of_the_prints_sent(session: "Session") -> None:
    number = session.connect("market")
    session.trade(27201, size=50)
    session.invoke(number, "SubscribeContractTrades", MES)
    session.trade(27201, size=5)
    session.trade(27201, size=6)
    frames = session.rows("frame", connection=number, target="GatewayTrade")
    assert [row["volume"] for row in frames] == [5, 6]
    assert [row["records"] for row in frames] == [1, 1]


def run(journal: FileJournal | MemoryJournal, seed: int = 3) -> list[bytes]:
    """20 s of a generated market with an order in it."""
    config = VenueConfig(listings=(Listing(MES, Generator(seed)),), seed=seed, preroll=SECOND)
    venue = Venue(config, START, journal)
    login = venue.request(
        START, "POST", "/api/Auth/loginKey", {}, b'{"userName":"demo","apiKey":"demo"}'
    )
    headers = {"Authorization": "Bearer " + json.loads(login.body)["token"]}
    venue.advance(START + SECOND)
    body = (
        b'{"accountId":48120077,"contractId":"CON.F.US.MES.Z26","type":2,"side":0,"size":2,'
        b'"stopLossBracket":{"ticks":-8,"type":4},"takeProfitBracket":{"ticks":8,"type":1}}'
    )
    venue.request(START + SECOND, "POST", "/api/Order/place", headers, body)
    now = START + SECOND
    while now < START + 20 * SECOND:
        now = venue.next_time() or now + SECOND
        venue.advance(now)
    return list(journal.lines(0))


@pytest.mark.slow
def test_a_seed_gives_the_same_journal_in_memory_and_on_disk() -> None:
    with tempfile.TemporaryFile("w+b", buffering=0) as file:
        on_disk = run(FileJournal(file))
    in_memory = run(MemoryJournal())
    assert len(in_memory) > 300
    assert on_disk == in_memory
    assert run(MemoryJournal(), seed=4) != in_memory


@pytest.mark.parametrize("since", [0, 3, 700, 10_000])
def test_lines_can_be_read_from_any_one_on_while_more_are_written(since: int) -> None:
    with tempfile.TemporaryFile("w+b", buffering=0) as file:
        journal = FileJournal(file)
        for i in range(1000):
            journal.add({"ns": i, "kind": "print", "pad": "x" * 100})
            journal.settle()
        read = []
        for line in journal.lines(since):
            read.append(json.loads(line)["ns"])
            journal.add({"ns": -1, "kind": "print"})
            journal.settle()
        assert read == list(range(since, 1000))
        assert len(list(journal.lines(0))) == 1000 + len(read)


def test_two_venues_of_one_configuration_do_not_share_state() -> None:
    config = VenueConfig(listings=(), users={"a": "b"})
    first, second = Venue(config, START), Venue(replace(config), START)
    first.request(START, "GET", "/api/Status/ping", {}, b"")
    assert len(list(second.journal.lines(0))) == 1
