"""tools.flatten at a running simulator."""

from collections.abc import Callable
from typing import Any

from tests.console.bench import Tool, until


def test_everything_is_closed_and_cancelled(tool: Tool, sim: Callable[..., Any]) -> None:
    legs = ("--stop-ticks", "40", "--target-ticks", "80")
    assert tool("order", "place", "buy", "1", *legs, "--yes").code == 0
    assert (
        tool("order", "place", "buy", "1", "--type", "limit", "--limit", "5000", "--yes").code == 0
    )
    until(lambda: len(tool("position", "list", "--json").json) == 1)
    checked = tool("account", "check")
    assert checked.code == 7
    assert checked.err.startswith("check: failed: flat, nothing working: ")
    (row,) = tool("flatten", "all", "--yes", "--json").json
    assert row["result"] == "FLAT"
    assert tool("position", "list", "--json").json == []
    assert tool("order", "list", "--json").json == []
    assert tool("account", "check").code == 0
    (truth,) = sim("state")["accounts"]
    assert (truth["positions"], truth["orders"]) == ([], [])


def test_it_asks_first(tool: Tool) -> None:
    ran = tool("flatten", "all")
    assert ran.code == 2
    assert "Cancel every order and close every position" in ran.err
