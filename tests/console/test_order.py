"""tools.order at a running simulator."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from messages.base import FINE
from messages.market import Side
from messages.order import Fill
from tests.console.bench import Tool, until
from tools.console.desk import visited
from tools.console.orders import averages, working
from tools.console.target import simulated

RESTING = ("buy", "1", "--type", "limit", "--limit", "5000")


@pytest.fixture(autouse=True)
def flat_again(tool: Tool, sim: Callable[..., Any]) -> Iterator[None]:
    yield
    (account,) = sim("state")["accounts"]
    if account["orders"] or account["positions"]:
        assert tool("flatten", "all", "--yes").code == 0


def bracketed(tool: Tool) -> tuple[Any, Any]:
    """A resting buy with both legs; its stop and its target as listed."""
    limit = ("--type", "limit", "--limit", "5000", "--stop-ticks", "20", "--target-ticks", "40")
    tag = f"t{time.time_ns()}"  # used once and for all
    assert tool("order", "place", "buy", "1", *limit, "--tag", tag, "--yes").code == 0
    rows = {row["tag"]: row for row in tool("order", "list", "--json").json}
    return rows[f"{tag}-SL"], rows[f"{tag}-TP"]


def test_a_bracketed_entry_and_its_legs_are_listed(tool: Tool) -> None:
    stop, target = bracketed(tool)
    assert (stop["side"], stop["status"], target["type"]) == ("sell", "suspended", "limit")
    entry, *legs = tool("order", "list", "--json").json
    assert (f"{entry['tag']}-SL", entry["parent"]) == (stop["tag"], None)
    assert {leg["parent"] for leg in legs} == {entry["id"]}
    (other,) = tool(
        "order", "place", "buy", "1", "--type", "limit", "--limit", "4000", "--yes", "--json"
    ).json
    listed = tool("order", "list", "--json").json
    assert [row["id"] for row in listed][-1] == other["order"]


def test_a_sell_has_its_legs_on_the_other_sides(tool: Tool) -> None:
    limit = ("--type", "limit", "--limit", "9000", "--stop-ticks", "20", "--target-ticks", "40")
    assert tool("order", "place", "sell", "1", *limit, "--tag", "s", "--yes").code == 0
    assert len(tool("order", "list", "--json").json) == 3
    with visited(simulated(os.environ["FAILFLAT_URL"], {})) as desk:
        legs = [order for order in working(desk) if order.parent is not None]
    assert {leg.side for leg in legs} == {Side.BUY}


def test_a_price_that_an_order_does_not_have_is_not_changed(tool: Tool) -> None:
    stop, _ = bracketed(tool)
    ran = tool("order", "modify", str(stop["id"]), "--limit", "5000", "--yes")
    assert (ran.code, "has no limit price to change" in ran.err) == (2, True)


def test_a_resting_order_is_changed_and_cancelled(tool: Tool) -> None:
    placed = tool(
        "order", "place", "buy", "2", "--type", "limit", "--limit", "5000", "--yes", "--json"
    )
    number = placed.json[0]["order"]
    assert tool("order", "modify", str(number), "--limit", "5000.25", "--yes").code == 0
    (row,) = tool("order", "list", "--json").json
    assert (row["id"], row["size"], row["limit"]) == (number, 2, 5000.25)
    assert tool("order", "cancel", str(number), "--yes").code == 0
    assert tool("order", "list").out == "nothing is working\n"
    rows = {row["id"]: row["status"] for row in tool("order", "history", "--json").json}
    assert rows[number] == "cancelled"


def test_an_order_at_the_market_is_in_the_history_as_filled(tool: Tool) -> None:
    begun = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    number = tool("order", "place", "buy", "1", "--yes", "--json").json[0]["order"]

    def filled() -> bool:
        rows = tool("order", "history", "--since", begun, "--json").json
        return any(
            row["id"] == number and row["status"] == "filled" and row["average"] > 0 for row in rows
        )

    until(filled)
    assert tool("position", "close", "MES", "--yes").code == 0


def test_a_refusal_of_the_venue_is_told_with_its_words(tool: Tool) -> None:
    ran = tool("order", "place", "buy", "100", "--yes")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (7, "", 1)
    assert ran.err.startswith("refused: ")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("code_6_pending", "it is there: order 77"),
        ("http_500", "it is not there yet: look for tag lost-http_500 in order history"),
    ],
)
def test_an_order_in_doubt_is_looked_for(
    tool: Tool, sim: Callable[..., Any], fault: str, words: str
) -> None:
    tag = f"lost-{fault}"
    sim("faults", name=fault, target="/api/Order/place")
    try:
        ran = tool("order", "place", *RESTING, "--tag", tag, "--yes")
    finally:
        sim("faults", name=fault, stop=True)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (7, "", 1)
    assert ran.err.startswith("unknown: ")
    assert f"do not send it again, {words}" in ran.err
    tags = [row["tag"] for row in tool("order", "list", "--json").json]
    assert tags == ([tag] if "is there" in ran.err else [])


def test_a_locked_account_is_refused_before_the_question(
    tool: Tool, sim: Callable[..., Any]
) -> None:
    sim("faults", name="lockout")
    try:
        ran = tool("order", "place", *RESTING, "--account", "48120077")
    finally:
        sim("faults", name="lockout", stop=True)
    assert (ran.code, ran.err.split(":")[0]) == (7, "check")
    assert "is locked" in ran.err


def test_an_average_leaves_busted_fills_out() -> None:
    def fill(number: int, size: int, price: int, voided: bool = False) -> Fill:
        return Fill(number, 7, "C", Side.BUY, size, price, 0, None, 0, voided)

    found = averages([fill(1, 1, 100), fill(2, 3, 104), fill(3, 9, 1, voided=True)])
    assert found == {7: 103 * FINE}


def test_nothing_is_sent_without_a_yes(tool: Tool) -> None:
    before = tool("order", "history", "--json").json
    ran = tool("order", "place", "buy", "1")
    assert ran.code == 2
    assert "Place buy 1 MES" in ran.err
    assert "--yes" in ran.err
    assert tool("order", "history", "--json").json == before
