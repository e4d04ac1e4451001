"""What the venue refuses to place, with the codes and literals of gateway.md 3.6."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

ACCOUNT = 48_120_077
LIMIT, STOP = {"type": 1}, {"type": 4}
OUTSIDE = "Invalid price. Price is outside allowed range."


def sl(ticks: int, kind: int = 4) -> dict[str, Any]:
    return {"stopLossBracket": {"ticks": ticks, "type": kind}}


def tp(ticks: int, kind: int = 1) -> dict[str, Any]:
    return {"takeProfitBracket": {"ticks": ticks, "type": kind}}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            sl(40),
            "Invalid stop loss ticks (40). Ticks should be less than zero when longing.",
        ),
        (
            sl(-40) | {"side": 1},
            "Invalid stop loss ticks (-40). Ticks should be greater than zero when shorting.",
        ),
        (sl(-3), "Invalid stop loss ticks (-3). Price should be at least 4 ticks away."),
        (sl(-8, kind=1), "Invalid stop loss type (Limit)"),
        (
            tp(-8),
            "Invalid take profit ticks (-8). Ticks should be greater than zero when longing.",
        ),
        (tp(8, kind=4), "Invalid take profit type (Stop)"),
        (
            LIMIT | {"limitPrice": 6800.1},
            "Invalid limit price. Price is not aligned to tick size.",
        ),
        (STOP | {"stopPrice": 6805.1}, "Invalid stop price. Price is not aligned to tick size."),
        (LIMIT, "Invalid limit price."),
        (STOP | {"stopPrice": 6800.0}, OUTSIDE),  # a buy stop at the last price
        (STOP | {"stopPrice": 6800.0, "side": 1}, OUTSIDE),
        ({"type": 5}, "Trail Distance not set."),
        (
            {"type": 5, "trailPrice": 6790.1},
            "Invalid trail price. Price is not aligned to tick size.",
        ),
        ({"type": 5, "trailPrice": 5.0}, "Trail Distance exceeds maximum (1000)"),
        ({"type": 9}, "Invalid order type (9)"),
        ({"type": 0}, "Invalid order type (Unknown)"),
        ({"side": 2}, "Invalid order side (2)"),
        ({"size": 0}, "Invalid order size (0)"),
        ({"size": 51}, "Not enough margin."),
        (
            {"contractId": "CON.F.US.EP.Z26"},  # known and active, but without a market here
            "Trading is currently unavailable. The instrument is not in an active trading status.",
        ),
    ],
)
def test_code_2_leaves_a_rejected_row_and_says_why(
    session: "Session", body: dict[str, Any], text: str
) -> None:
    answer = session.place(**body)
    assert (answer["success"], answer["errorCode"], answer["errorMessage"]) == (False, 2, text)
    assert session.order(answer["orderId"])["status"] == 5
    (row,) = session.rows("order", id=answer["orderId"])
    assert row["reason"] == text
    session.run(200)
    assert session.rows("fill") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"accountId": 7}, 1),
        ({"contractId": "CON.F.US.NOPE.Z26"}, 8),
        ({"contractId": "CON.F.US.MES.U26"}, 9),
    ],
)
def test_codes_1_8_and_9_leave_no_row(session: "Session", body: dict[str, Any], code: int) -> None:
    answer = session.place(**body)
    assert (answer["errorCode"], answer["orderId"]) == (code, None)
    assert session.rows("order") == []


def test_brackets_just_far_enough_are_accepted(session: "Session") -> None:
    assert session.place(**sl(-4), **tp(1))["success"]


def test_a_used_tag_is_refused_and_its_row_carries_none(session: "Session") -> None:
    session.place(customTag="once")
    answer = session.place(customTag="once")
    assert (answer["errorCode"], answer["errorMessage"]) == (2, "custom tag already in use")
    assert session.order(answer["orderId"])["customTag"] is None


@pytest.mark.parametrize("tag", ["once-SL", "once-TP"])
def test_tags_derived_for_legs_count_as_used(session: "Session", tag: str) -> None:
    session.place(customTag="once", **sl(-8), **tp(8))
    assert session.place(customTag=tag)["errorCode"] == 2


def test_a_rejected_order_burns_its_tag(session: "Session") -> None:
    answer = session.place(customTag="burnt", size=0)
    assert session.order(answer["orderId"])["customTag"] == "burnt"
    assert session.place(customTag="burnt")["errorMessage"] == "custom tag already in use"


def test_the_limit_counts_the_position_and_working_entries_but_not_what_closes(
    make: "Callable[..., Session]",
) -> None:
    session = make(max_position=3)
    assert session.place(size=2)["success"]
    assert session.place(size=2)["errorCode"] == 2  # one still pending
    session.run(45)
    assert session.place(type=1, limitPrice=6799.0)["success"]
    assert session.place()["errorCode"] == 2
    assert session.place(side=1, size=5)["success"]  # 2 long to 3 short


def test_bracket_legs_do_not_count_against_the_limit(make: "Callable[..., Session]") -> None:
    session = make(max_position=3)
    session.place(size=3, **sl(-8), **tp(8))
    session.run(80)
    assert session.position() == 3
    assert session.place(side=1, size=6)["success"]


def test_a_locked_account_answers_violation(session: "Session") -> None:
    session.sim("faults", name="lockout")
    answer = session.place()
    assert (answer["errorCode"], answer["orderId"]) == (4, None)
    assert session.post("Account/search", onlyActiveAccounts=True)["accounts"] == []
