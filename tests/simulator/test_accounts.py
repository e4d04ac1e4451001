"""Several accounts at one venue, and the file they come from."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools.simulator.account_config import AccountConfig, AccountFileError, read_accounts
from tools.simulator.accounts import Account, Position
from tools.simulator.checks import exposure
from tools.simulator.contracts import BY_ROOT, front
from tools.simulator.orders import Request
from tools.simulator.venue import VenueConfig

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
FIRST, SECOND, FOREIGN = 101, 102, 103


@pytest.fixture
def config() -> VenueConfig:
    accounts = (
        AccountConfig(id=FIRST, name="PRAC-V2-A", balance=50_000),
        AccountConfig(id=SECOND, name="50KTC-V2-B", balance=100_000, max_position=3),
    )
    return VenueConfig(listings=(), preroll=0, accounts=accounts)


def sizes(session: "Session", account: int) -> list[int]:
    rows = session.post("Position/searchOpen", accountId=account)["positions"]
    return [row["size"] for row in rows]


def test_each_account_is_listed_with_its_own_balance(session: "Session") -> None:
    rows = session.post("Account/search", onlyActiveAccounts=True)["accounts"]
    assert [(row["id"], row["name"], row["balance"]) for row in rows] == [
        (FIRST, "PRAC-V2-A", 50_000.0),
        (SECOND, "50KTC-V2-B", 100_000.0),
    ]
    assert [row["id"] for row in session.journal.rows[0]["accounts"]] == [FIRST, SECOND]


def test_accounts_trade_apart(session: "Session") -> None:
    tagged = {"accountId": FIRST, "size": 5, "customTag": "same"}
    order = session.place(**tagged)["orderId"]
    assert session.place(**(tagged | {"accountId": SECOND}))["errorMessage"] == "Not enough margin."
    session.run(50)
    assert (sizes(session, FIRST), sizes(session, SECOND)) == ([5], [])
    assert session.place(accountId=SECOND, size=3, customTag="mine")["success"]
    own = session.post("Order/searchById", accountId=SECOND, orderId=order)
    assert own["errorCode"] == 1
    cancel = session.post("Order/cancel", accountId=SECOND, orderId=order)
    assert cancel["errorCode"] == 2


def test_events_go_to_the_account_subscribed_to(session: "Session") -> None:
    user = session.connect("user")
    session.invoke(user, "SubscribeOrders", SECOND)
    session.invoke(user, "SubscribeAccounts")
    session.place(accountId=FIRST)
    session.place(accountId=SECOND)
    session.run(60)
    orders = session.events(user, "GatewayUserOrder")
    assert {event["data"]["accountId"] for (event,) in orders} == {SECOND}
    accounts = session.events(user, "GatewayUserAccount")
    assert {event["data"]["id"] for (event,) in accounts} == {FIRST, SECOND}


def test_a_foreign_account_is_unknown_everywhere(session: "Session") -> None:
    paths = (
        "Order/place", "Order/modify", "Order/cancel", "Order/search", "Order/searchOpen",
        "Order/searchById", "Position/searchOpen", "Position/closeContract",
        "Position/partialCloseContract", "Trade/search",
    )  # fmt: skip
    for path in paths:
        answer = session.post(path, accountId=FOREIGN, contractId=MES, size=1)
        assert (path, answer["errorCode"]) == (path, 1)
    query = session.post("Order/v2/query", filter={"accountId": FOREIGN})
    assert (query["errorCode"], query["orders"]) == (1, [])
    user = session.connect("user")
    for stream in ("Orders", "Positions", "Trades"):
        completion = session.invoke(user, f"Subscribe{stream}", FOREIGN)
        assert completion["error"].endswith("Account not found.")


def test_a_file_lists_accounts(tmp_path: Path) -> None:
    path = tmp_path / "accounts.yaml"
    path.write_text("- {id: 7, mode: position_brackets}\n- {id: 8, balance: 0, max_position: 20}\n")
    one, two = read_accounts(path)
    assert (one.id, one.balance, one.mode) == (7, 50_000, "position_brackets")
    assert (two.id, two.balance, two.max_position) == (8, 0, 20)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("- {id: 7, limit: 3}", "unknown field `limit` - at `$[0]`; wanted is a list of accounts"),
        ("- {id: seven}", "Expected `int`, got `str` - at `$[0].id`"),
        ("- {mode: oco}", "Invalid enum value 'oco' - at `$[0].mode`"),
        ("- {max_position: 0}", "Expected `int` >= 1 - at `$[0].max_position`"),
        ("id: 7", "got `object`; wanted is a list of accounts: id, name"),
        ("- {id: 7}\n- {id: 7}", "2 accounts have id 7; give each its own"),
        ("[]", "holds no account; list at least one"),
        ("- [", "not YAML: "),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, text: str, error: str) -> None:
    path = tmp_path / "accounts.yaml"
    path.write_text(text)
    with pytest.raises(AccountFileError) as raised:
        read_accounts(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert error in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("root", "size", "refused"),
    [("EP", 3, False), ("EP", 4, True), ("MES", 39, False), ("MES", 40, True), ("SIL", 31, False)],
)
def test_the_largest_position_counts_a_mini_as_ten_micros(
    root: str, size: int, refused: bool
) -> None:
    """At most 39 micros, of which none is held."""
    account = Account(FIRST, "A", 0, limit=39)
    contract = front(BY_ROOT[root], date(2026, 11, 20))
    bought = Request(type=2, side=0, size=size)
    assert (exposure(bought, contract, account, []) is not None) == refused


def test_positions_of_all_contracts_count_together() -> None:
    account, day = Account(FIRST, "A", 0, limit=39), date(2026, 11, 20)
    mini, micro = front(BY_ROOT["EP"], day), front(BY_ROOT["MES"], day)
    account.positions[mini.id] = Position(1, FIRST, mini, 0, size=-3)
    for size, refused in ((9, False), (10, True)):
        bought = Request(type=2, side=0, size=size)
        assert (exposure(bought, micro, account, []) is not None) == refused
