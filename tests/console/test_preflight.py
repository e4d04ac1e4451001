"""tools.preflight at a running simulator, and the judgement of each check."""

from collections.abc import Callable
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
from tools.console.checks import Check, clock, dollars_at_risk, feed, sleep
from tools.console.desk import visited
from tools.console.target import simulated
from tools.console.venue_time import Offset, sample
from tools.preflight import _checks

MES = Instrument("CON.F.US.MES.Z26", "MES", "MESZ6", "0.25", 12_500)
ACCOUNT = Account(1, "PRAC", 1_000 * DOLLAR, True)


def settings(*overrides: str) -> Settings:
    return load(None, overrides, environ={}).settings


@pytest.fixture(autouse=True)
def awake(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine of a developer may sleep; what is said of that has its own test."""
    monkeypatch.setattr("tools.preflight.sleep", lambda: Check("sleep", None, "not asked"))


def test_a_simulator_passes_every_check_that_can_be_known(tool: Tool) -> None:
    document = tool("preflight", "--seconds", "1", "--json").json
    results = {row["check"]: row["result"] for row in document["checks"]}
    assert document["verdict"] == "PASS"
    assert set(results) == {
        *("login", "account", "contract", "flat", "clock", "feed delay", "second session"),
        *("dollars at risk", "no other engine", "sleep"),
    }
    results.pop("sleep")
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
    assert "FAIL: PRAC-V2" in ran.out
    assert tool("flatten", "all", "--yes").code == 0


def test_an_engine_on_the_account_fails(venue: str) -> None:
    with visited(simulated(venue, {})) as desk:
        with FileLock(account_lock(venue, desk.session(())), timeout=0):
            found = {each.name: each for each in _checks(desk, 0.5)}
        assert found["no other engine"].passed is False


def test_a_contract_that_has_rolled_fails_and_names_what_to_use(venue: str) -> None:
    made = simulated(venue, {})
    rolled = settings("trading.contract=CON.F.US.MES.H26")
    with visited(msgspec.structs.replace(made, settings=rolled)) as desk:
        found = {each.name: each for each in _checks(desk, 0.5)}
    assert found["contract"].passed is False
    assert "use MES for the active one" in found["contract"].found


def test_the_clock_fails_only_where_the_whole_interval_is_too_far() -> None:
    assert clock(Offset(-SECOND, SECOND), live=True).passed
    assert clock(Offset(SECOND - 1, 9 * SECOND), live=True).passed
    assert clock(Offset(SECOND + 1, 2 * SECOND), live=True).passed is False
    assert clock(Offset(-3 * SECOND, -SECOND - 1), live=True).passed is False
    assert clock(Offset(90 * SECOND, 91 * SECOND), live=False).passed
    assert clock(None, live=True).passed is None


def test_samples_of_the_date_narrow_the_offset() -> None:
    second = 1_795_186_800 * SECOND
    date = "Fri, 20 Nov 2026 15:00:00 GMT"
    early = sample(date, second - 500, second + 100)
    late = sample(date, second + SECOND - 300, second + SECOND - 200)
    both = early.narrowed(late)
    assert (both.least, both.most) == (-100, 300)


def test_the_feed_fails_without_data_and_when_it_is_old() -> None:
    assert feed([], SECOND).passed is False
    assert feed([2 * SECOND] * 3, SECOND).passed
    assert feed([2 * SECOND + 1] * 3, SECOND).passed is False
    assert feed([-3 * SECOND] * 3, SECOND).passed is False


def test_the_risk_of_a_stop_in_dollars() -> None:
    found = dollars_at_risk(settings(), ACCOUNT, [MES])
    assert (found.passed, found.found) == (
        True,
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
    assert dollars_at_risk(settings(override), account, [MES]).passed is False


@pytest.mark.parametrize(
    ("platform", "said", "passed"),
    [
        ("darwin", " disksleep 10\n sleep                0 (sleep prevented)\n", True),
        ("darwin", " sleep                10\n", False),
        ("darwin", "", None),
        ("linux", "'nothing'\n", True),
        ("linux", "'suspend'\n", False),
        ("linux", "", None),
        ("win32", "", None),
    ],
)
def test_sleep_settings_where_they_are_knowable(
    platform: str, said: str, passed: bool | None
) -> None:
    assert sleep(platform, lambda *command: said).passed is passed


def test_the_file_that_trades_the_real_account_passes_the_risk_check() -> None:
    login = {"TOPSTEPX_USERNAME": "a", "TOPSTEPX_API_KEY": "b", "TOPSTEPX_ACCOUNT_ID": "1"}
    root = Path(__file__).resolve().parents[2]
    loaded = load(root / "config" / "live_trading.yaml", environ=login).settings
    assert dollars_at_risk(loaded, ACCOUNT, [MES]).passed
