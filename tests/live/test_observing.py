"""`python supervisor.py --observe` beside a position of somebody else: nothing of it is touched."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.live.bench import Client, Engine, Simulator, simulator, until
from tests.oracle import Row, read
from tests.simulation.strategies import EAGER

pytestmark = [pytest.mark.realtime, pytest.mark.slow]

LOGIN = {"TOPSTEPX_USERNAME": "demo", "TOPSTEPX_API_KEY": "demo"}


@pytest.fixture
def venue() -> Iterator[Simulator]:
    with simulator("--seed=7") as started:
        yield started


def observe(venue: Simulator, logs: Path) -> Engine:
    eagerly = [f"-o{override}" for override in EAGER]
    return Engine.start(logs, "--observe", *venue.settings, *eagerly, **LOGIN)


def journal(venue: Simulator) -> list[Row]:
    return read(requests.get(f"{venue.rest}/sim/journal", timeout=30).content)


def changes(rows: list[Row]) -> list[str]:
    """The endpoints asked for that change anything."""
    asked = [row["path"] for row in rows if row["kind"] == "request"]
    kept = ("/api/Order/place", "/api/Order/modify", "/api/Order/cancel", "/api/Position/close",
            "/api/Position/partialClose")  # fmt: skip
    return [path for path in asked if path.startswith(kept)]


def test_what_the_account_holds_stays_and_the_session_says_so(
    venue: Simulator, tmp_path: Path
) -> None:
    client = Client(venue.rest)
    client.place(type=2, side=0, stopLossBracket={"ticks": -900, "type": 4},
                 takeProfitBracket={"ticks": 900, "type": 1})  # fmt: skip
    until("its bracket", lambda: len(client.rows("Order/searchOpen", "orders")) == 2)
    engine = observe(venue, tmp_path)
    try:
        until("a decision", lambda: engine.process.poll() is not None or engine.said("Withheld"))
        engine.send(signal.SIGINT)
        run = engine.wait()
    finally:
        engine.kill()
    assert run.code == 0, run.err
    assert changes(journal(venue)) == ["/api/Order/place"], "the client's own"
    assert [row["size"] for row in client.rows("Position/searchOpen", "positions")] == [1]
    assert len(client.rows("Order/searchOpen", "orders")) == 2

    (header, *_) = run.trace().lines
    assert header["observing"] is True
    withheld = [line["message"] for line in run.trace().of("Withheld")]
    assert {(one["kind"], one["side"], one["size"]) for one in withheld} == {("EXIT_LONG", -1, 1)}
    for kind in ("PlaceOrder", "ModifyOrder", "CancelOrder", "CloseContract", "Flatten"):
        assert not run.trace().of(kind), kind
    metrics = run.metrics
    assert metrics["observing"] is True
    assert metrics["withheld"] == len(withheld)
    assert metrics["orders"] == dict.fromkeys(metrics["orders"], 0)
    assert metrics["state_at_end"] == "OBSERVED"
    assert not any(metrics["violations"].values()), metrics["violation_details"]
    assert "OBSERVING: every decision is traced, no order is ever sent" in run.err
    assert "SIGINT: stopping; the account is left as it is" in run.err
    assert "nothing was sent: the account holds +1 CON.F.US.MES" in run.err
    assert "2 working orders" in run.err
    assert "Traceback" not in run.err
