"""tools.position at a running simulator."""

from collections.abc import Callable
from typing import Any

from tests.console.bench import Tool, until


def test_a_position_is_listed_and_closed_and_its_legs_are_named(tool: Tool) -> None:
    legs = ("--stop-ticks", "40", "--target-ticks", "80")
    assert tool("order", "place", "sell", "2", *legs, "--yes").code == 0
    until(lambda: len(tool("order", "list", "--json").json) == 2)
    (row,) = tool("position", "list", "--json").json
    assert (row["size"], row["name"][:3]) == (-2, "MES")
    unasked = tool("position", "close", "MES")
    assert unasked.code == 2
    assert unasked.err.startswith(f"usage: Close -2 {row['contract']}")
    (closed,) = tool("position", "close", "mes", "--yes", "--json").json
    assert closed["closed"] == row["contract"]
    working = {str(each["id"]) for each in tool("order", "list", "--json").json}
    assert set(closed["still_working"].split()) == working
    assert len(working) == 2
    assert tool("position", "list").out == "flat\n"
    for number in working:
        assert tool("order", "cancel", number, "--yes").code == 0


def test_what_is_not_held_is_not_closed(tool: Tool) -> None:
    ran = tool("position", "close", "MES", "--yes")
    assert ran.code == 7
    assert "nothing was sent" in ran.err


def test_a_part_is_closed_and_what_remains_is_told(tool: Tool) -> None:
    assert tool("order", "place", "sell", "3", "--yes").code == 0
    until(lambda: bool(tool("position", "list", "--json").json))
    (closed,) = tool("position", "close", "MESZ6", "--size", "1", "--yes", "--json").json
    assert closed["remains"] == -2
    (row,) = tool("position", "list", "--json").json
    assert row["size"] == -2
    more = tool("position", "close", "MES", "--size", "3", "--yes")
    assert (more.code, more.err) == (2, "usage: --size: 3 is more than is held (-2)\n")
    (closed,) = tool("position", "close", "MES", "--size", "2", "--yes", "--json").json
    assert (closed["remains"], tool("position", "list").out) == (0, "flat\n")


def test_a_refused_part_is_told_in_words(tool: Tool, sim: Callable[..., Any]) -> None:
    assert tool("order", "place", "buy", "2", "--yes").code == 0
    until(lambda: bool(tool("position", "list", "--json").json))
    for fault, said in (
        ("market_closed", "refused: order rejected"),
        ("code_6_pending", "unknown: order pending: do not send it again, see position list"),
    ):
        sim("faults", name=fault)
        try:
            ran = tool("position", "close", "MES", "--size", "1", "--yes")
        finally:
            sim("faults", name=fault, stop=True)
        assert (ran.code, ran.out, len(ran.err.splitlines())) == (7, "", 1)
        assert ran.err.startswith(said)
    assert tool("flatten", "all", "--yes").code == 0
