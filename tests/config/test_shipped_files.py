"""The two files that ship, and the user's own, load as they are."""

from collections.abc import Callable
from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from config.loading import SIMULATED, Loaded, load
from config.problems import KEYS
from config.schema import Section, Settings

LIVE = SIMULATED.with_name("live_trading.yaml")


def test_simulated_loads_without_any_environment() -> None:
    settings = load(None, environ={}).settings
    assert settings.simulator.embedded
    assert settings.trading.calendar == "always"
    assert settings.trading.contract == ("MES",)
    assert settings.credentials.username is None
    assert settings.credentials.api_key is None


def test_live_loads_with_login_and_account(login: dict[str, str]) -> None:
    loaded = load(LIVE, environ=login | {"TOPSTEPX_ACCOUNT_ID": "48120077"})
    settings = loaded.settings
    assert not settings.simulator.embedded
    assert settings.trading.calendar == "sessions"
    assert settings.trading.contract == ("MES",)
    assert settings.api.account_id == 48120077
    assert settings.api.user_hub_url == "wss://rtc.topstepx.com/hubs/user"
    assert settings.trading.flatten_time == time(16, 25)
    assert settings.risk.max_risk_per_trade == Decimal("0.025")
    assert settings.credentials.username is not None
    assert settings.credentials.username.get_secret_value() == "trader-jane"
    assert loaded.warnings == ()


def test_the_users_file_loads_with_our_defaults(
    load_text: Callable[..., Loaded], users_file: str, login: dict[str, str]
) -> None:
    environ = login | {"TOPSTEPX_ACCOUNT_ID": "PRACTICE-1"}
    loaded = load_text(users_file, environ=environ)
    named = ["trading.contract=CON.F.US.MES.H26"]  # ours follows the active month
    assert loaded.settings == load(LIVE, named, environ=environ).settings
    assert loaded.sources["risk.max_daily_loss"].endswith("my.yaml")
    assert loaded.sources["risk.max_stop_ticks"] == "default"


@pytest.mark.parametrize(
    ("path", "left_out"),
    [
        (SIMULATED, {"api.user_hub_url"}),  # derived
        (LIVE, {"api.user_hub_url", "simulator.seed", "simulator.replay"}),
    ],
)
def test_files_name_every_setting_a_trader_may_look_for(path: Path, left_out: set[str]) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    named = {f"{section}.{key}" for section, body in document.items() for key in body}
    assert set(KEYS) - named == left_out


@pytest.mark.parametrize("path", [SIMULATED, LIVE], ids=lambda path: path.stem)
def test_files_keep_the_defaults_of_the_schema(path: Path, login: dict[str, str]) -> None:
    settings = load(path, environ=login | {"TOPSTEPX_ACCOUNT_ID": "1"}).settings
    differing = {
        f"{section}.{key}"
        for section, body in settings
        if section != "credentials"
        for key, field in type(body).model_fields.items()
        if not field.is_required() and getattr(body, key) != field.default
    }
    assert differing <= {
        "api.account_id",
        "api.user_hub_url",
        "simulator.embedded",
        "trading.calendar",
    }


def test_every_setting_is_documented_in_one_line() -> None:
    for name, field in Settings.model_fields.items():
        section = field.annotation
        assert isinstance(section, type)
        assert issubclass(section, Section)
        if name == "credentials":
            continue
        for key, setting in section.model_fields.items():
            assert setting.description, f"{name}.{key} has no line"
            assert "\n" not in setting.description
