"""Each kind of value: what it takes, and what it says of anything else."""

from collections.abc import Callable
from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest

from config.loading import load
from config.problems import KEYS
from config.schema import Settings
from messages.hub import Hub

Wrong = Callable[..., list[str]]


def loaded(*overrides: str) -> Settings:
    return load(None, overrides, environ={}).settings


CONTRACT = "a symbol such as MES, an id such as CON.F.US.MES.H26, or a list of these"
FRAMES = "a list of timeframes such as 5min, 1hr, 1day or 500vol"
ADDRESS = "must be an address as https://HOST/..."
ACCOUNT = "an account's number or name, or null for the first that can trade"


@pytest.mark.parametrize(
    ("hubs", "wanted"), [("both", (Hub.MARKET, Hub.USER)), ("market", (Hub.MARKET,))]
)
def test_the_hubs_to_open_are_in_the_order_of_their_opening(
    hubs: str, wanted: tuple[Hub, ...]
) -> None:
    assert loaded(f"api.hubs={hubs}").api.wanted == wanted


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("model.min_confidence=banana", "must be a number from 0 to 1, not 'banana'"),
        ("model.min_confidence=1.01", "must be a number from 0 to 1, not 1.01"),
        ("model.min_confidence=-0.1", "must be a number from 0 to 1, not -0.1"),
        ("model.min_confidence=true", "must be a number from 0 to 1, not true"),
        ("model.min_confidence=.nan", "must be a number from 0 to 1, not .nan"),
        ("model.min_confidence=-.inf", "must be a number from 0 to 1, not -.inf"),
        ("model.min_confidence=", "must be a number from 0 to 1, not null"),
        ("model.min_confidence='0.5'", "must be a number from 0 to 1, not '0.5'"),
        ("model.min_confidence={a: 1}", "must be a number from 0 to 1, not a section"),
        ("model.min_confidence=[0.5]", "must be a number from 0 to 1, not [0.5]"),
        ("watchdog.stale_s=1e999", "must be a number from 0.1 to 3600, not 1E+999"),
        ("risk.max_risk_per_trade=2.5", "must be a number from 0.0001 to 1, not 2.5"),
        ("risk.atr_multiple=false", "must be a number from 0.01 to 1000, not false"),
        (
            "risk.max_daily_loss=0",
            "must be dollars from 0.01 to 100000000, with at most 4 decimals, not 0",
        ),
        (
            "risk.max_daily_loss=1.00001",
            "must be dollars from 0.01 to 100000000, with at most 4 decimals, not 1.00001",
        ),
        (
            "risk.max_daily_loss=$50",
            "must be dollars from 0.01 to 100000000, with at most 4 decimals, not '$50'",
        ),
        ("risk.max_contracts=true", "must be a whole number from 1 to 1000, not true"),
        ("risk.max_contracts=1.0", "must be a whole number from 1 to 1000, not 1.0"),
        ("risk.max_contracts=0", "must be a whole number from 1 to 1000, not 0"),
        ("risk.max_micros=0", "must be a whole number from 1 to 10000, not 0"),
        (
            "risk.news=[08:25]",
            'must be a list of spans as "08:25-08:35" or "2026-12-10T08:25/08:35", not [\'08:25\']',
        ),
        ("risk.max_orders_per_minute=141", "must be a whole number from 1 to 140, not 141"),
        ("trading.flatten_on_start=1", "must be true or false, not 1"),
        ("trading.flatten_on_start=yes", "must be true or false, not 'yes'"),
        ("execution.order_type=stop", "must be 'market' or 'limit', not 'stop'"),
        ("logs.level=debug", "must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR', not 'debug'"),
        ("signal.exit_rule=5", "must be 'opposite', 'not_supporting' or 'never', not 5"),
        ("trading.calendar=", "must be 'always' or 'sessions', not null"),
        ("execution.adoption=keep", "must be 'protect' or 'flatten', not 'keep'"),
        ("execution.brackets=none", "must be 'native' or 'manual', not 'none'"),
        ("trading.session_start=9:30", "must be a time as \"HH:MM\", not '9:30'"),
        ("trading.session_start=24:00", "must be a time as \"HH:MM\", not '24:00'"),
        ("trading.session_start=0930", 'must be a time as "HH:MM", not 930'),
        ("trading.contract=[]", "must list at least one contract"),
        ("trading.contract=[MES, MNQ, MES]", "lists MES more than once"),
        ("trading.timeframes=[5min, 3furlongs]", f"must be {FRAMES}, not ['5min', '3furlongs']"),
        ("trading.timeframes=[5min, 5 minutes]", "lists 5min more than once"),
        ("trading.timeframes=5M", f"must be {FRAMES}, not '5M'"),
        ("trading.timeframes=[1s]", "lists 1s: bars of one second are there without it"),
        ("trading.contract=mes", f"must be {CONTRACT}, not 'mes'"),
        ("trading.contract=[MES, 5]", f"must be {CONTRACT}, not ['MES', 5]"),
        ("trading.contract=CON.F.US.MES.A26", f"must be {CONTRACT}, not 'CON.F.US.MES.A26'"),
        ("trading.strategy=os", "must be model, or a class as package.module:Class, not 'os'"),
        ("model.path=''", "must be a path, not ''"),
        ('model.path="a\\0b"', "must be a path, not 'a?b'"),
        ("logs.directory=5", "must be a path, not 5"),
        ("api.account_id=0", f"must be {ACCOUNT}, not 0"),
        ("api.account_id=-5", f"must be {ACCOUNT}, not -5"),
        ("api.account_id=true", f"must be {ACCOUNT}, not true"),
        ("api.account_id=' '", f"must be {ACCOUNT}, not ' '"),
        ("api.base_url=api.topstepx.com", f"{ADDRESS}, not 'api.topstepx.com'"),
        ("api.base_url=ftp://x.com", f"{ADDRESS}, not 'ftp://x.com'"),
        ("api.base_url=https://x.com:99999", f"{ADDRESS}, not 'https://x.com:99999'"),
        (
            "api.base_url=http://api.topstepx.com",
            "must be a https:// address (http:// only on this machine), not 'http://api.topstepx.com'",
        ),
        (
            "api.base_url=http://127.0.0.1.evil.com",
            "must be a https:// address (http:// only on this machine), "
            "not 'http://127.0.0.1.evil.com'",
        ),
        (
            "api.ws_url=ws://rtc.topstepx.com/hubs/market",
            "must be a wss:// address (ws:// only on this machine), "
            "not 'ws://rtc.topstepx.com/hubs/market'",
        ),
        (
            "api.ws_url=http://rtc.topstepx.com/hubs/market",
            "must be a https:// address (http:// only on this machine), "
            "not 'http://rtc.topstepx.com/hubs/market'",
        ),
        (
            "api.base_url=https://jane:secret@x.com:99999",
            "must be an address alone, without login, query or fragment",
        ),
        (
            "api.ws_url=wss://x.com/hubs/market?access_token=secret",
            "must be an address alone, without login, query or fragment",
        ),
    ],
)
def test_a_wrong_value_is_told_with_what_is_wanted(wrong: Wrong, override: str, words: str) -> None:
    assert wrong(override) == [f"settings: -o: {override.partition('=')[0]} {words}"]


def test_a_user_hub_that_cannot_be_derived_must_be_given(wrong: Wrong) -> None:
    assert wrong("api.ws_url=wss://x.com/feed") == [
        "settings: config/simulated.yaml: api.user_hub_url must be given, "
        "because api.ws_url does not end in /market"
    ]


@pytest.mark.parametrize("path", KEYS)
@pytest.mark.parametrize("value", ["{a: 1}", "[[1]]", ".nan"])
def test_no_setting_takes_junk_or_speaks_in_another_tone(
    wrong: Wrong, path: str, value: str
) -> None:
    lines = wrong(f"{path}={value}")
    assert any(line.startswith(f"settings: -o: {path} must ") for line in lines)
    assert not any("Input should" in line or "Value error" in line for line in lines)


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (
            ["risk.min_stop_ticks=20", "risk.max_stop_ticks=10"],
            "-o: risk.max_stop_ticks must be at least risk.min_stop_ticks (20), not 10",
        ),
        (
            ["risk.max_daily_loss=1000.01"],
            "-o: risk.max_daily_loss must be at most risk.starting_capital (1000), not 1000.01",
        ),
        (
            ["trading.session_end=09:30", "trading.flatten_time=09:30"],
            "-o: trading.session_end must differ from trading.session_start",
        ),
        (
            ["trading.flatten_time=16:31"],
            "-o: trading.flatten_time must be within the session, after 09:30 and by 16:30, "
            "not '16:31'",
        ),
        (
            ["trading.flatten_time=09:30"],
            "-o: trading.flatten_time must be within the session, after 09:30 and by 16:30, "
            "not '09:30'",
        ),
        (
            ["supervision.stop_deadline_s=2"],
            "-o: supervision.stop_deadline_s must be at least supervision.flatten_deadline_s (3), "
            "not 2",
        ),
    ],
)
def test_settings_that_do_not_fit_together(wrong: Wrong, overrides: list[str], line: str) -> None:
    assert wrong(*overrides) == [f"settings: {line}"]


def test_bounds_themselves_are_allowed() -> None:
    settings = loaded(
        "model.min_confidence=1",
        "risk.max_daily_loss=1000",
        "risk.max_stop_ticks=8",
        "trading.flatten_time=16:30",
        "risk.min_balance=-2000.5",
    )
    assert settings.model.min_confidence == 1.0
    assert settings.risk.max_daily_loss == 1000
    assert settings.trading.flatten_time == time(16, 30)
    assert settings.risk.min_balance == Decimal("-2000.5")


def test_a_session_may_run_over_midnight(wrong: Wrong) -> None:
    night = ("trading.session_start=18:00", "trading.session_end=16:00")
    assert loaded(*night, "trading.flatten_time=15:55").trading.flatten_time == time(15, 55)
    (line,) = wrong(*night, "trading.flatten_time=16:30")
    assert "within the session, after 18:00 and by 16:00" in line


def test_money_is_what_was_written() -> None:
    settings = loaded("risk.max_daily_loss=0.1", "risk.starting_capital=2500.75")
    assert settings.risk.max_daily_loss == Decimal("0.1")
    assert settings.risk.starting_capital == Decimal("2500.75")
    assert isinstance(settings.risk.max_consecutive_losses, int)


def test_timeframes_are_kept_in_one_spelling() -> None:
    assert loaded("trading.timeframes=[5m, 1 hour, 500 volume]").trading.timeframes == (
        *("5min", "1hr"),
        "500vol",
    )


@pytest.mark.parametrize(
    ("given", "contracts"),
    [
        ("MNQ", ("MNQ",)),
        ("6E", ("6E",)),
        ("CON.F.US.EP.Z26", ("CON.F.US.EP.Z26",)),
        ("[MES, CON.F.US.MNQ.H26]", ("MES", "CON.F.US.MNQ.H26")),
    ],
)
def test_contracts_are_always_a_tuple(given: str, contracts: tuple[str, ...]) -> None:
    assert loaded(f"trading.contract={given}").trading.contract == contracts


@pytest.mark.parametrize(
    ("given", "account"),
    [
        ("null", None),
        ("", None),
        ("48120077", 48120077),
        ('"48120077"', 48120077),
        ("50KTC-V2-1", "50KTC-V2-1"),
    ],
)
def test_an_account_is_a_number_a_name_or_the_first(given: str, account: object) -> None:
    assert loaded(f"api.account_id={given}").api.account_id == account


def test_addresses_on_this_machine_need_no_tls() -> None:
    settings = loaded(
        "api.base_url=http://localhost:8000/", "api.ws_url=ws://[::1]:8001/hubs/market"
    )
    assert settings.api.base_url == "http://localhost:8000"
    assert settings.api.user_hub_url == "ws://[::1]:8001/hubs/user"


def test_a_user_hub_may_be_named() -> None:
    settings = loaded("api.ws_url=wss://a.com/feed", "api.user_hub_url=wss://b.com/user")
    assert settings.api.user_hub_url == "wss://b.com/user"


def test_unquoted_times_and_words_are_text() -> None:
    settings = loaded("trading.session_end=16:45", "logs.directory=on", "simulator.replay=no")
    assert settings.trading.session_end == time(16, 45)
    assert settings.logs.directory == Path("on")
    assert settings.simulator.replay == Path("no")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        loaded().risk.max_contracts = 9


@pytest.mark.parametrize(
    "address",
    ["https://rtc.topstepx.com/hubs/market", "http://127.0.0.1:8001/hubs/market"],
)
def test_a_hub_may_be_given_in_the_form_that_others_use(address: str) -> None:
    settings = loaded(f"api.ws_url={address}")
    assert settings.api.ws_url == address
    assert settings.api.user_hub_url == address.replace("market", "user")
