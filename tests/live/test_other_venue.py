"""The engine at a venue that its simulator is not (other_venue.py)."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from tests.live.bench import Engine
from tests.live.other_venue import ACCOUNT, FILLED, LIMIT, STOP, WORKING, other_venue

pytestmark = [pytest.mark.realtime, pytest.mark.slow]

LOGIN = {"TOPSTEPX_USERNAME": "demo", "TOPSTEPX_API_KEY": "demo"}
TRADE = ("-otrading.contract=MGC", "-orisk.stop=ticks", "-orisk.stop_ticks=8")


@pytest.mark.parametrize(
    ("side", "options"),
    [
        ("buy", ()),
        ("sell", ("-oexecution.brackets=manual", "-oexecution.order_type=limit")),
    ],
    ids=["its brackets", "ours"],
)
def test_it_trades_there_once_and_ends_flat(
    tmp_path: Path, side: str, options: tuple[str, ...]
) -> None:
    with other_venue() as (venue, there):
        engine = Engine.start(tmp_path, "--trade-once", side, *TRADE, *options, *there, **LOGIN)
        try:
            run = engine.wait()
        finally:
            engine.kill()
        assert run.code == 0, run.err
        assert run.metrics["state_at_end"] == "FLAT"
        assert run.metrics["violations"] == dict.fromkeys(run.metrics["violations"], 0)
        assert venue.size == 0
        assert [row for row in venue.orders.values() if row["status"] in WORKING] == []
        assert {row["type"] for row in venue.orders.values()} >= {LIMIT, STOP}
        entry, out = (row for row in venue.orders.values() if row["status"] == FILLED)
        assert entry["size"] == out["size"]
        net = sum(
            (Decimal(str(row["profitAndLoss"] or 0)) - row["fees"] for row in venue.trades),
            Decimal(0),
        )
        assert Decimal(str(run.metrics["pnl"]["net"])) == net, "to the cent, in another product"
        asked = Counter(path for path, _ in venue.asked)
        assert asked["Auth/loginKey"] == 1
        assert asked["Order/v2/query"] <= 3, "a venue without it is not asked for ever"
        assert {told for path, told in venue.asked if path != "Auth/loginKey"} == {
            "Bearer opaque+/=="
        }
    assert "Traceback" not in run.err
    written = "".join(path.read_text("utf-8", "replace") for path in tmp_path.glob("*.*"))
    assert "opaque+/==" not in written + run.err + run.out


def test_an_account_without_a_balance_is_one_line(tmp_path: Path) -> None:
    with other_venue() as (venue, there):
        venue.account = {"id": ACCOUNT, "name": "X-1", "canTrade": True}
        run = Engine.start(tmp_path, *TRADE, *there, **LOGIN).wait()
    assert run.code == 5, run.err
    (line,) = run.err.splitlines()
    assert "balance" in line
