"""Settings files to be right or wrong in one place."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from config.loading import Loaded, load
from config.problems import SettingsError

LoadText: TypeAlias = Callable[..., Loaded]
Mistakes: TypeAlias = Callable[..., list[str]]

LOGIN = {"TOPSTEPX_USERNAME": "trader-jane", "TOPSTEPX_API_KEY": "kEy+with/chars=="}


@pytest.fixture
def login() -> dict[str, str]:
    return dict(LOGIN)


@pytest.fixture
def load_text(tmp_path: Path) -> LoadText:
    """Loads settings from YAML text, in a file called my.yaml."""

    def from_text(
        text: str,
        overrides: Sequence[str] = (),
        environ: Mapping[str, str] = LOGIN,
        dotenv: Path | None = None,
    ) -> Loaded:
        path = tmp_path / "my.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, overrides, environ=environ, dotenv=dotenv)

    return from_text


@pytest.fixture
def mistakes(load_text: LoadText, tmp_path: Path) -> Mistakes:
    """The lines of the error that loading raises, with the file's folder left out."""

    def of(text: str, overrides: Sequence[str] = (), **more: object) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            load_text(text, overrides, **more)
        return str(caught.value).replace(f"{tmp_path}/", "").splitlines()

    return of


@pytest.fixture
def wrong() -> Callable[..., list[str]]:
    """The lines of the error that overrides of the simulated settings raise."""

    def of(*overrides: str, environ: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            load(None, overrides, environ=environ or {})
        return str(caught.value).splitlines()

    return of


@pytest.fixture
def users_file() -> str:
    """The user's own file (document 002), with none of our keys."""
    return """\
api:
  base_url: "https://api.topstepx.com"
  ws_url: "wss://rtc.topstepx.com/hubs/market"
  account_id: ${TOPSTEPX_ACCOUNT_ID}
trading:
  contract: "CON.F.US.MES.H26"
  session_start: "09:30"
  session_end: "16:30"
  flatten_time: "16:25"
model:
  path: "models/scalper_v1.pt"
  config: "models/scalper_v1_config.json"
  min_confidence: 0.65
risk:
  starting_capital: 1000
  max_daily_loss: 50
  max_risk_per_trade: 0.025
  max_consecutive_losses: 5
execution:
  order_type: "market"     # or "limit"
  slippage_buffer_ticks: 1
"""
