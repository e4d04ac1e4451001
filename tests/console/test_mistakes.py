"""Every mistake is one line on standard error and its exit code."""

import pytest

from tests.console.bench import Tool

LIMIT = ("order", "place", "buy", "1", "--type", "limit", "--limit")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ("order", "place", "buy", "1", "--type", "limit", "--limit", "5000.1"),
            2,
            "a multiple of 0.25",
        ),
        (
            ("order", "place", "buy", "1", "--type", "limit", "--limit", "x"),
            2,
            "--limit: x is not a price",
        ),
        (("order", "place", "buy", "1", "--type", "stop"), 2, "a stop order needs --stop"),
        (("order", "place", "buy", "1", "--limit", "5000"), 2, "a market order has no --limit"),
        (("order", "place", "buy", "1", "--stop-ticks", "3"), 2, "--stop-ticks: 3 is too near"),
        (("order", "place", "buy", "1", "--tag", " "), 2, "--tag: give letters"),
        (("order", "place", "buy", "1", "--tag", "a\nb"), 2, "--tag: give letters"),
        (("order", "place", "buy", "0"), 2, "greater than or equal to 1"),
        (("order", "place", "hold", "1"), 2, "'hold' is not one of 'buy', 'sell'"),
        (
            ("order", "place", "buy"),
            2,
            "Missing argument 'size': see python -m tools.order place --help",
        ),
        (("order",), 2, "Missing command: see python -m tools.order --help"),
        (("order", "history", "--since", "noon"), 2, "--since: noon is not a time"),
        (("order", "place", "buy", "1", "--contract", "FOO"), 3, "no active contract for FOO"),
        (("order", "modify", "1"), 2, "--size, --limit or --stop"),
        (("order", "modify", "1", "--size", "2"), 7, "order 1 is not working"),
        (("order", "cancel", "1"), 7, "order 1 is not working"),
        (("order", "cancel", "x"), 2, "'number'"),
        (("order", "place", "buy", "1"), 2, "with NO stop in PRAC-V2-000111-22223333? Add --yes"),
        (("account", "show", "--account", "99"), 3, "account 99 is not one of this user's"),
        (("contract", "show", "CON.X"), 3, "CON.X does not exist: use contract search"),
        (("position", "close"), 2, "Missing argument 'contract'"),
        (("position", "close", "MES"), 7, "no position in MES: nothing was sent"),
        (("flatten", "all"), 2, "Add --yes"),
        (("flatten", "all", "--seconds", "0"), 2, "--seconds"),
        (("connect", "test", "--contract", "FOO"), 3, "no active contract for FOO"),
        (("probe", "delay", "--csv", "nowhere/file"), 9, "nowhere/file: No such file"),
        (("preflight", "--seconds", "x"), 2, "see python -m tools.preflight --help"),
        (("preflight", "--live", "--url", "http://127.0.0.1:1"), 2, "leave it out with --live"),
        (("account", "list", "--url", "foo"), 2, "foo is no simulator's address"),
        (("account", "list", "--url", "http://127.0.0.1:1"), 5, "no simulator at"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: tuple[str, ...], code: int, words: str, tool: Tool
) -> None:
    ran = tool(*arguments)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (code, "", 1)
    assert words in ran.err
