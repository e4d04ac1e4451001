"""tools.position at a running simulator."""

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
