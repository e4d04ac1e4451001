"""The start of a session, and each way it fails in one line."""

import json
from typing import Any

import pytest

from gateway.access import Access
from gateway.exchange import FailureKind, TransportFailure
from gateway.session import (
    AccountUnknown,
    AuthenticationFailed,
    ContractUnknown,
    VenueUnreachable,
    establishing,
)

ROWS = [
    {"id": 1, "name": "50KTC-V2-1", "balance": 50000.0, "canTrade": False},
    {"id": 48120077, "name": "PRAC-V2-1", "balance": 150000.0, "canTrade": True},
]


def contract(id_: str, name: str, size: float = 0.25, value: float = 1.25) -> dict[str, object]:
    return {
        "id": id_,
        "name": name,
        "description": name,
        "tickSize": size,
        "tickValue": value,
        "activeContract": True,
        "symbolId": "F.US.X",
    }


MES = contract("CON.F.US.MES.Z26", "MESZ6")
ES = contract("CON.F.US.EP.Z26", "ESZ6", 0.25, 12.5)
YEN = contract("CON.F.US.JY6.Z26", "6JZ6", 5e-07, 6.25)


@pytest.fixture
def access() -> Access:
    return Access("demo", "key-7f3a")


def test_logs_in_takes_the_first_tradable_account_and_resolves_symbols(
    access: Access, play: Any, ok: Any
) -> None:
    session, asked = play(
        establishing(access, None, ["ES", "CON.F.US.MES.Z26"]),
        ok(token="t"),
        ok(accounts=ROWS),
        ok(contracts=[MES, YEN, ES]),
        ok(contract=MES),
    )
    assert (session.account.id, session.account.balance) == (48120077, 1_500_000_000)
    assert [i.id for i in session.instruments] == ["CON.F.US.EP.Z26", "CON.F.US.MES.Z26"]
    assert session.instruments[0].symbol == "ES"
    assert session.instruments[0].tick_value == 125_000
    assert session.expires > 0
    assert json.loads(asked[1].body) == {"onlyActiveAccounts": True}
    assert json.loads(asked[2].body) == {"searchText": "ES", "live": False}


def test_steps_with_exponents_stay_exact(access: Access, play: Any, ok: Any) -> None:
    session, _ = play(
        establishing(access, None, ["6J"]), ok(token="t"), ok(accounts=ROWS), ok(contracts=[YEN])
    )
    assert session.instruments[0].tick_size == "0.0000005"
    assert session.instruments[0].symbol == "6J"


def test_a_root_works_too_and_the_full_list_where_the_search_is_too_short(
    access: Access, play: Any, ok: Any
) -> None:
    session, asked = play(
        establishing(access, None, ["ep"]),
        ok(token="t"),
        ok(accounts=ROWS),
        ok(contracts=[MES]),
        ok(contracts=[MES, ES, YEN]),
    )
    assert asked[3].path == "/api/Contract/available"
    assert session.instruments[0].id == "CON.F.US.EP.Z26"


@pytest.mark.parametrize("wanted", [48120077, "48120077", "PRAC-V2-1"])
def test_an_account_by_number_or_name(
    access: Access, play: Any, ok: Any, wanted: int | str
) -> None:
    session, _ = play(establishing(access, wanted, []), ok(token="t"), ok(accounts=ROWS))
    assert session.account.id == 48120077


@pytest.mark.parametrize(
    ("wanted", "rows", "words"),
    [
        (7, ROWS, "account 7 is not one of this user's: 50KTC-V2-1 (1), PRAC-V2-1 (48120077)"),
        ("50KTC-V2-1", ROWS, "account 50KTC-V2-1 (1) may not trade now"),
        (None, ROWS[:1], "no active account of this user can trade"),
        (None, [], "no active account of this user can trade"),
    ],
)
def test_no_such_account(
    access: Access, play: Any, ok: Any, wanted: int | str | None, rows: Any, words: str
) -> None:
    with pytest.raises(AccountUnknown) as failure:
        play(establishing(access, wanted, []), ok(token="t"), ok(accounts=rows))
    assert str(failure.value) == words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "user_not_found"),
        (3, "check the user name and the API key"),
        (9, "subscription"),
        (77, "code_77"),
    ],
)
def test_a_refused_login(access: Access, play: Any, refusal: Any, code: int, words: str) -> None:
    with pytest.raises(AuthenticationFailed, match=words) as failure:
        play(establishing(access, None, []), refusal(code, token=None))
    assert "key-7f3a" not in str(failure.value)


@pytest.mark.parametrize(
    "reply",
    [
        TransportFailure(FailureKind.NOT_SENT, "no connection to http://x", 0),
        (503, b"down"),
        (429, b""),
        (200, b"<html>hello</html>"),
        (404, b""),
    ],
)
def test_a_venue_that_gives_no_answer(access: Access, play: Any, reply: Any) -> None:
    with pytest.raises(VenueUnreachable) as failure:
        play(establishing(access, None, []), reply)
    assert "\n" not in str(failure.value)


def test_contracts_that_cannot_be_traded(access: Access, play: Any, ok: Any, refusal: Any) -> None:
    begun = ok(token="t"), ok(accounts=ROWS)
    expired = {**MES, "id": "CON.F.US.MES.U26", "activeContract": False}
    wrong_step = {**MES, "tickSize": 0.5}
    cases: list[tuple[str, list[Any], str]] = [
        ("CON.F.US.MES.U26", [ok(contract=expired)], "not the active month; use MES"),
        ("CON.F.US.XXX.U26", [refusal(1)], "does not exist; use XXX"),
        ("XXX", [ok(contracts=[MES]), ok(contracts=[MES, ES])], "no active contract for XXX"),
        ("MES", [ok(contracts=[MES, {**MES, "id": "CON.F.US.MES.H27"}])] * 2, "no active"),
        ("S", [ok(contracts=[MES, ES]), ok(contracts=[])], "no active contract for S;"),
        ("MES", [ok(contracts=[wrong_step])], "0.25 worth"),
    ]
    for wanted, replies, words in cases:
        with pytest.raises(ContractUnknown, match=words):
            play(establishing(access, None, [wanted]), *begun, *replies)
