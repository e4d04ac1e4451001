"""tools.preflight at a running simulator, and the judgement of each check."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from filelock import FileLock

from config.loading import load
from config.schema import Settings
from gateway.live import account_lock
from messages.base import DOLLAR, SECOND
from messages.market import Instrument
from messages.position import Account
from tests.console.bench import Tool
from tools.console import checks
from tools.console.checks import Check, Result, clock, dollars_at_risk
from tools.console.desk import visited
from tools.console.target import simulated
from tools.console.venue_time import Offset, sample
from tools.preflight import checked

PASS, WARN, FAIL = Result
MES = Instrument("CON.F.US.MES.Z26", "MES", "MESZ6", "0.25", 12_500)
ACCOUNT = Account(1, "PRAC", 1_000 * DOLLAR, True)


def settings(*overrides: str) -> Settings:
    return load(None, overrides, environ={}).settings


@pytest.fixture(autouse=True)
def awake(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine of a developer may sleep; what is said of that has its own test."""
    monkeypatch.setattr("tools.preflight.sleep", lambda: Check("sleep", PASS, "not asked"))


def test_a_simulator_passes_every_check_that_can_be_known(tool: Tool) -> None:
    document = tool("preflight", "--seconds", "2", "--json").json
    results = {row["check"]: row["result"] for row in document["checks"]}
    assert document["verdict"] == "PASS, 1 to look at"
    assert results.pop("account mode") == "WARN"
    assert set(results) == {
        *("login", "account", "contract", "calendar", "flat", "clock", "no other engine", "hubs"),
        *("feed delay", "second session", "dollars at risk", "sleep"),
    }
    assert set(results.values()) == {"PASS"}


def test_a_frozen_feed_and_an_open_order_fail(tool: Tool, sim: Callable[..., Any]) -> None:
    limit = ("--type", "limit", "--limit", "5000", "--yes")
    assert tool("order", "place", "buy", "1", *limit).code == 0
    sim("faults", name="freeze_feed")
    try:
        ran = tool("preflight", "--seconds", "0.5")
    finally:
        sim("faults", name="freeze_feed", stop=True)
    assert ran.code == 7
    assert ran.err == "check: failed: flat, feed delay: see the table\n"
    assert "\nFAIL: PRAC-V2" in ran.out
    assert tool("flatten", "all", "--yes").code == 0


def test_what_is_known_before_the_venue_fails_is_shown(tool: Tool, sim: Callable[..., Any]) -> None:
    sim("faults", name="http_500", target="/api/Position/searchOpen")
    try:
        ran = tool("preflight", "--json")
    finally:
        sim("faults", name="http_500", stop=True)
    rows = json.loads(ran.out)["checks"]
    assert (ran.code, rows[0]["check"], rows[-1]["check"]) == (7, "login", "answers")
    assert "http_500" in rows[-1]["found"]


def test_a_second_session_is_recognised_by_the_venues_logout(
    tool: Tool, sim: Callable[..., Any]
) -> None:
    # a fault that acts at once acts again every second
    sim("faults", name="second_session", duration=30)
    try:
        ran = tool("preflight", "--seconds", "1.5", "--json")
    finally:
        sim("faults", name="second_session", stop=True)
    found = {row["check"]: row for row in json.loads(ran.out)["checks"]}
    assert (ran.code, found["second session"]["result"]) == (7, "FAIL")
    assert "close the browser" in found["second session"]["found"]
    assert "GatewayLogout" in found["hubs"]["found"]


def test_a_hub_that_fails_otherwise_is_no_second_session() -> None:
    assert checks.second_session(["user hub: the connection broke"], 5).result is WARN
    assert checks.hubs(["user hub: the connection broke"], 5).result is FAIL


def test_an_engine_on_the_account_fails(venue: str) -> None:
    with visited(simulated(venue, {})) as desk:
        with FileLock(account_lock(venue, desk.session()), timeout=0):
            found = {each.name: each for each in checked(desk, 0.5)}
        assert found["no other engine"].result is FAIL


def test_the_session_of_an_engine_on_the_real_account_is_not_ended(venue: str) -> None:
    live = msgspec.structs.replace(simulated(venue, {}), live=True)
    with visited(live) as desk:
        with FileLock(account_lock(venue, desk.session()), timeout=0):
            found = {each.name for each in checked(desk, 0.5)}
        assert "hubs" not in found


def test_a_contract_that_has_rolled_fails_and_names_what_to_use(venue: str) -> None:
    made = simulated(venue, {})
    rolled = settings("trading.contract=CON.F.US.MES.H26")
    with visited(msgspec.structs.replace(made, settings=rolled)) as desk:
        found = {each.name: each for each in checked(desk, 0.5)}
    assert found["contract"].result is FAIL
    assert "use MES for the active one" in found["contract"].found


@pytest.mark.parametrize(
    ("wanted", "today", "result", "words"),
    [
        (MES.id, date(2026, 12, 1), PASS, "in 9 days, about 2026-12-10"),
        (MES.id, date(2026, 12, 2), PASS, "in 8 days"),
        (MES.id, date(2026, 12, 3), WARN, "in 7 days, about 2026-12-10: then"),
        (MES.id, date(2026, 12, 10), WARN, "any day now, expected 2026-12-10"),
        ("MES", date(2026, 12, 9), PASS, "rolls tomorrow, about 2026-12-10"),
    ],
)
def test_the_roll_of_a_named_month_is_told_a_week_before(
    wanted: str, today: date, result: Result, words: str
) -> None:
    found = checks.contract(wanted, MES, today)
    assert found.result is result
    assert words in found.found


def test_a_roll_that_is_not_known_is_not_passed_over() -> None:
    crude = Instrument("CON.F.US.CLE.Z26", "CL", "CLZ6", "0.01", 100_000)
    assert checks.contract(crude.id, crude, date(2026, 9, 1)).result is WARN
    assert checks.contract("CL", crude, date(2026, 9, 1)).result is PASS


FRIDAY = 1_795_186_800 * SECOND
"""20 November 2026, 15:00 UTC."""
DAY = 24 * 3_600 * SECOND


@pytest.mark.parametrize(
    ("override", "live", "result", "words"),
    [
        ("trading.calendar=always", False, PASS, "open at any hour"),
        ("trading.calendar=always", True, WARN, "use sessions"),
        ("trading.calendar=sessions", False, PASS, "flat by 16:05 New York on Fri 2026-11-20"),
        ("trading.calendar=sessions", True, PASS, "flat by 16:05 New York on Fri 2026-11-20"),
        ("trading.flatten_time=16:04", True, PASS, "flat by 16:04 New York on Fri 2026-11-20"),
        ("trading.contract=XYZ", True, FAIL, "does not know the hours of XYZ"),
    ],
)
def test_the_calendar_in_force_and_the_rule_that_closes_positions(
    override: str, live: bool, result: Result, words: str
) -> None:
    trading = settings("trading.calendar=sessions", override).trading
    found = checks.calendar(trading, live, FRIDAY)
    assert found.result is result
    assert words in found.found


def test_the_end_of_the_session_calendar_is_told_before_it_fails() -> None:
    trading = settings("trading.calendar=sessions").trading
    near = checks.calendar(trading, True, FRIDAY + 400 * DAY)
    assert near.result is WARN
    assert "sessions.csv ends on 2027-12-31" in near.found
    assert checks.calendar(trading, True, FRIDAY + 410 * DAY).result is FAIL


def test_the_clock_fails_only_where_the_whole_interval_is_too_far() -> None:
    assert clock(Offset(-SECOND, SECOND), live=True).result is PASS
    assert clock(Offset(SECOND - 1, 9 * SECOND), live=True).result is PASS
    assert clock(Offset(SECOND + 1, 2 * SECOND), live=True).result is FAIL
    assert clock(Offset(-3 * SECOND, -SECOND - 1), live=True).result is FAIL
    assert clock(Offset(90 * SECOND, 91 * SECOND), live=False).result is PASS
    assert clock(None, live=True).result is WARN


def test_samples_of_the_date_narrow_the_offset() -> None:
    second = 1_795_186_800 * SECOND
    date = "Fri, 20 Nov 2026 15:00:00 GMT"
    early = sample(date, second - 500, second + 100)
    late = sample(date, second + SECOND - 300, second + SECOND - 200)
    both = early.narrowed(late)
    assert (both.least, both.most) == (-100, 300)


def test_the_risk_of_a_stop_in_dollars() -> None:
    found = dollars_at_risk(settings(), ACCOUNT, [MES])
    assert (found.result, found.found) == (
        PASS,
        "at most $25.00 a stop, $50.00 a day; balance $1000.00",
    )


@pytest.mark.parametrize(
    ("override", "balance"),
    [("risk.max_risk_per_trade=0.0099", Decimal(1000)), ("risk.max_daily_loss=50", Decimal(49))],
)
def test_limits_that_allow_no_trade_or_exceed_the_account_fail(
    override: str, balance: Decimal
) -> None:
    account = Account(1, "PRAC", int(balance * DOLLAR), True)
    assert dollars_at_risk(settings(override), account, [MES]).result is FAIL


def test_the_file_that_trades_the_real_account_passes_the_risk_check() -> None:
    login = {"TOPSTEPX_USERNAME": "a", "TOPSTEPX_API_KEY": "b", "TOPSTEPX_ACCOUNT_ID": "1"}
    root = Path(__file__).resolve().parents[2]
    loaded = load(root / "config" / "live_trading.yaml", environ=login).settings
    assert dollars_at_risk(loaded, ACCOUNT, [MES]).result is PASS
