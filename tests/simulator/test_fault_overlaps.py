"""Faults that overlap, follow one another, or are called off."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077


def active(session: "Session") -> list[str]:
    found: list[str] = json.loads(session.send("GET", "/sim/state").body)["faults"]
    return found


def details(session: "Session", name: str) -> list[str]:
    return [row["detail"] for row in session.rows("fault", name=name)]


def can_trade(session: "Session") -> bool:
    (row,) = session.post("Account/search")["accounts"]
    trades: bool = row["canTrade"]
    return trades


def test_stopping_a_fault_calls_off_what_was_planned(session: "Session") -> None:
    session.sim("faults", name="http_500", start=1)
    session.sim("faults", name="http_500", start=2, target="/api/Trade/search")
    session.sim("faults", name="freeze_feed", start=1)
    assert session.sim("faults", name="http_500", stop=True) == {"active": []}
    session.run(3000)
    assert active(session) == ["freeze_feed"]
    assert details(session, "http_500") == ["stopped before its start"] * 2


def test_a_fault_planned_after_a_stop_begins(session: "Session") -> None:
    session.sim("faults", name="http_500", start=1)
    session.sim("faults", name="http_500", stop=True)
    session.sim("faults", name="http_500", start=1)
    session.run(1000)
    assert active(session) == ["http_500"]


def test_an_account_is_locked_until_the_last_lockout_ends(session: "Session") -> None:
    session.sim("faults", name="lockout", duration=1)
    session.sim("faults", name="lockout", target=ACCOUNT, duration=3)
    session.run(2000)
    assert not can_trade(session)
    session.run(1000)
    assert can_trade(session)


def test_a_lockout_within_another_does_not_unlock(session: "Session") -> None:
    session.sim("faults", name="lockout", duration=3)
    session.sim("faults", name="lockout", target=ACCOUNT, duration=1)
    session.run(2000)
    assert not can_trade(session)
    session.run(1000)
    assert can_trade(session)


def test_a_lockout_that_replaces_another_keeps_the_lock_without_a_gap(session: "Session") -> None:
    session.sim("faults", name="lockout", duration=1)
    session.run(500)
    session.sim("faults", name="lockout", duration=1)
    session.run(600)
    assert not can_trade(session)
    assert [row["can_trade"] for row in session.rows("account")] == [False]
    session.run(400)
    assert [row["can_trade"] for row in session.rows("account")] == [False, True]


def test_a_lockout_spared_by_chance_undoes_the_one_it_replaces(session: "Session") -> None:
    session.sim("faults", name="lockout")
    session.sim("faults", name="lockout", probability=1e-9)
    assert can_trade(session)


def test_stopping_ends_every_lockout(session: "Session") -> None:
    session.sim("faults", name="lockout")
    session.sim("faults", name="lockout", target=ACCOUNT)
    assert session.sim("faults", name="lockout", stop=True) == {"active": []}
    assert can_trade(session)


def test_an_account_locked_before_stays_locked(make: "Callable[..., Session]") -> None:
    session = make()
    account = session.venue._exchange.accounts[ACCOUNT]  # no request locks an account for good
    session.venue._exchange.permit(session.now, account, trading=False, by="max_loss")
    session.sim("faults", name="lockout", duration=1)
    session.run(2000)
    assert not can_trade(session)


def test_a_lock_that_comes_during_a_lockout_outlives_it(make: "Callable[..., Session]") -> None:
    session = make()
    account = session.venue._exchange.accounts[ACCOUNT]
    session.sim("faults", name="lockout", duration=1)
    session.venue._exchange.permit(session.now, account, trading=False, by="daily_loss")
    session.run(2000)
    assert not can_trade(session)
    session.venue._exchange.permit(session.now, account, trading=True, by="daily_loss")
    session.sim("faults", name="lockout", duration=1)
    assert not can_trade(session), "a lockout after it locks again"
