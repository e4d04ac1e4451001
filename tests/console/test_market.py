"""tools.market at a running simulator: the market looked at, and the venue's bars."""

from collections.abc import Callable
from typing import Any

from tests.console.bench import Tool


def test_a_look_has_book_tape_and_how_the_data_does(tool: Tool) -> None:
    found = tool("market", "look", "--seconds", "3", "--json").json
    assert len(found["book"]["bids"]) == 10
    assert found["book"]["bids"][0]["price"] < found["book"]["asks"][0]["price"]
    assert found["tape"]["prints"] > 0
    assert (found["data"]["timeliness"], found["data"]["stale"]) == ("real-time", False)
    assert [one["stream"] for one in found["data"]["streams"]] == ["quotes", "trades", "depth"]


def test_a_look_is_for_people_too(tool: Tool) -> None:
    shown = tool("market", "look", "--seconds", "2").out
    assert "point of control" in shown
    assert "bid_size" in shown
    assert "real-time" in shown


def test_a_silent_market_is_stale(tool: Tool, sim: Callable[..., Any]) -> None:
    sim("faults", name="freeze_feed")
    try:
        ran = tool("market", "look", "--seconds", "1")
    finally:
        sim("faults", name="freeze_feed", stop=True)
    assert (ran.code, ran.err) == (7, "check: no data yet\n")


def test_the_venues_bars_are_counted_described_and_fresh(tool: Tool) -> None:
    found = tool("market", "bars", "1min", "--count", "10", "--json").json
    columns = {one["column"]: one for one in found["snapshot"]["columns"]}
    assert found["snapshot"]["rows"] in (9, 10)
    assert columns["low"]["lowest"] <= columns["high"]["highest"]
    assert columns["volume"]["lowest"] > 0
    assert (found["missing"], found["freshness"]["stale"]) == ([], False)


def test_a_frame_without_width_is_a_mistake_in_one_line(tool: Tool) -> None:
    ran = tool("market", "bars", "100tick")
    assert ran.code == 2
    assert ran.err.startswith("usage: Invalid value: timeframe '100tick': its bars have no width")
