"""tools.order at a running simulator."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.console.bench import Tool, until


@pytest.fixture(autouse=True)
def flat_again(tool: Tool) -> Iterator[None]:
    yield
    for row in tool("order", "list", "--json").json:
        tool("order", "cancel", str(row["id"]), "--yes")


def bracketed(tool: Tool) -> tuple[Any, Any]:
    """A resting buy with both legs; its stop and its target as listed."""
    limit = ("--type", "limit", "--limit", "5000", "--stop-ticks", "20", "--target-ticks", "40")
    assert tool("order", "place", "buy", "1", *limit, "--tag", "t", "--yes").code == 0
    rows = {row["tag"]: row for row in tool("order", "list", "--json").json}
    return rows["t-SL"], rows["t-TP"]


def test_a_bracketed_entry_and_its_legs_are_listed(tool: Tool) -> None:
    stop, target = bracketed(tool)
    assert (stop["side"], stop["status"], target["type"]) == ("sell", "suspended", "limit")


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
    number = tool("order", "place", "buy", "1", "--yes", "--json").json[0]["order"]

    def filled() -> bool:
        rows = tool("order", "history", "--json").json
        return any(row["id"] == number and row["status"] == "filled" for row in rows)

    until(filled)
    assert tool("position", "close", "MES", "--yes").code == 0


def test_a_refusal_of_the_venue_is_told_with_its_words(tool: Tool) -> None:
    ran = tool("order", "place", "buy", "100", "--yes")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (7, "", 1)
    assert ran.err.startswith("refused: ")


def test_nothing_is_sent_without_a_yes(tool: Tool) -> None:
    before = tool("order", "history", "--json").json
    ran = tool("order", "place", "buy", "1")
    assert ran.code == 2
    assert "Place buy 1 MES" in ran.err
    assert "--yes" in ran.err
    assert tool("order", "history", "--json").json == before


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("place", "buy", "1", "--type", "limit", "--limit", "5000.1"), 2, "a multiple of 0.25"),
        (("place", "buy", "1", "--type", "limit", "--limit", "x"), 2, "--limit: x is not a price"),
        (("place", "buy", "1", "--type", "stop", "--yes"), 7, "stop order with limit None"),
        (("place", "buy", "1", "--contract", "FOO"), 3, "FOO"),
        (("modify", "1"), 2, "--size, --limit or --stop"),
        (("modify", "1", "--size", "2"), 7, "order 1 is not working"),
        (("cancel", "1"), 7, "order 1 is not working"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: tuple[str, ...], code: int, words: str, tool: Tool
) -> None:
    ran = tool("order", *arguments)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (code, "", 1)
    assert words in ran.err
