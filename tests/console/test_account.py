"""tools.account and tools.contract at a running simulator."""

from decimal import Decimal

import pytest

from gateway.session import AccountUnknown
from gateway.wire import AccountRow
from tests.console.bench import Tool
from tools.console.desk import chosen

NUMBER = 48120077


def test_lists_every_account_with_its_balance(tool: Tool) -> None:
    rows = tool("account", "list", "--json").json
    assert rows == [
        {"id": NUMBER, "name": "PRAC-V2-000111-22223333", "balance": 50000.0, "can_trade": True}
    ]


def test_a_pipe_gets_plain_columns(tool: Tool) -> None:
    out = tool("account", "list").out.splitlines()
    assert out[0].split() == ["id", "name", "balance", "can_trade"]
    assert out[1].split() == [str(NUMBER), "PRAC-V2-000111-22223333", "50000.00", "yes"]


def test_shows_one_account_by_name(tool: Tool) -> None:
    (row,) = tool("account", "show", "--account", "PRAC-V2-000111-22223333", "--json").json
    assert (row["id"], row["positions"], row["working_orders"]) == (NUMBER, 0, 0)


def test_an_unknown_account_is_a_settings_mistake_that_names_the_known_ones(tool: Tool) -> None:
    ran = tool("account", "show", "--account", "99")
    assert (ran.code, ran.out) == (3, "")
    assert f"PRAC-V2-000111-22223333 ({NUMBER})" in ran.err


def test_the_check_passes_for_a_flat_account_that_may_trade(tool: Tool) -> None:
    assert {row["result"] for row in tool("account", "check", "--json").json} == {"PASS"}


def test_a_locked_account_is_found_by_name_but_never_chosen_unasked() -> None:
    locked = AccountRow(id=1, name="LOCKED", balance=Decimal(0), can_trade=False)
    assert chosen([locked], "1") is locked
    with pytest.raises(AccountUnknown, match="can trade"):
        chosen([locked], None)


def test_a_contract_is_found_by_its_symbol(tool: Tool) -> None:
    (row,) = tool("contract", "show", "mes", "--json").json
    assert row["id"] == row["active_month"]
    assert (row["tick_size"], row["tick_value"], row["active"]) == (0.25, 1.25, True)
    assert row["symbol_id"] == "F.US.MES"
    found = tool("contract", "search", "MES", "--json").json
    assert row["id"] in [each["id"] for each in found]


def test_an_expired_month_is_shown_beside_the_active_one(tool: Tool) -> None:
    (row,) = tool("contract", "show", "CON.F.US.MES.H26", "--json").json
    assert row["active"] is False
    assert row["active_month"] != row["id"]


def test_an_unknown_contract_is_a_settings_mistake(tool: Tool) -> None:
    for wanted in ("CON.X", "FOO"):
        ran = tool("contract", "show", wanted)
        assert (ran.code, len(ran.err.splitlines())) == (3, 1)
