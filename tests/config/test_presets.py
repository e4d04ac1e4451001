"""The limits of known accounts, chosen by name and overridable one by one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.loading import Loaded, load
from config.presets import PRESETS
from config.problems import KEYS
from config.schema import Risk
from config.show import show
from tests.pages import shown

# What a file must hold that leaves everything to the preset.
BARE = """\
api: {base_url: "http://127.0.0.1:0", ws_url: "ws://127.0.0.1:0/hubs/market"}
simulator: {embedded: true}
trading: {contract: MES, session_start: "09:30", session_end: "16:30", flatten_time: "16:00"}
model: {path: a, config: b, min_confidence: 0.5}
risk: {max_risk_per_trade: 0.025, max_consecutive_losses: 5, preset: %s}
execution: {order_type: market, slippage_buffer_ticks: 1}
"""


@pytest.mark.parametrize(
    ("name", "balance", "loss", "daily", "micros"),
    [
        ("topstep_50k", 50_000, 2_000, 1_000, 50),
        ("topstep_100k", 100_000, 3_000, 2_000, 100),
        ("topstep_150k", 150_000, 4_500, 3_000, 150),
    ],
)
def test_a_preset_gives_the_account_s_limits(
    load_text: Callable[..., Loaded], name: str, balance: int, loss: int, daily: int, micros: int
) -> None:
    loaded = load_text(BARE % name)
    risk = loaded.settings.risk
    assert risk.starting_balance == balance
    assert risk.max_trailing_loss == risk.starting_capital == loss
    assert risk.max_daily_loss == daily
    assert risk.max_micros == micros
    assert loaded.settings.trading.calendar == "sessions"
    assert loaded.settings.trading.flat_margin_min == 5
    given = {path for path, source in loaded.sources.items() if source == f"preset {name}"}
    assert given == set(PRESETS[name]), "not left to defaults, which may change"
    assert {"risk.max_daily_loss", "trading.calendar", "trading.flat_margin_min"} <= given
    assert loaded.sources["risk.max_contracts"] == "default"


def test_what_the_file_or_the_command_line_states_wins() -> None:
    override = ["risk.preset=topstep_50k", "risk.max_micros=7"]
    loaded = load(None, override, environ={})
    assert loaded.settings.risk.max_micros == 7
    assert loaded.sources["risk.max_micros"] == "-o"
    assert loaded.settings.risk.max_daily_loss == 50
    assert loaded.sources["risk.max_daily_loss"] == "config/simulated.yaml"
    assert loaded.settings.risk.max_trailing_loss == 2_000, "null states nothing"
    assert loaded.sources["risk.max_trailing_loss"] == "preset topstep_50k"
    assert loaded.settings.trading.calendar == "always"


def test_without_a_preset_nothing_is_filled_in(load_text: Callable[..., Loaded]) -> None:
    assert load(None, environ={}).settings.risk.max_trailing_loss is None


def test_every_preset_can_be_named_and_names_settings_only() -> None:
    names = Risk.model_fields["preset"].annotation
    assert set(PRESETS) == set(getattr(names, "__args__", ()))
    assert {path for preset in PRESETS.values() for path in preset} <= set(KEYS)


@pytest.mark.parametrize("given", ["topstep_25k", "7", "[topstep_50k]", "null"])
def test_an_unknown_preset_is_an_error(given: str, wrong: Callable[..., list[str]]) -> None:
    (line,) = wrong(f"risk.preset={given}")
    assert "risk.preset must be 'none', 'topstep_50k', " in line


def test_what_is_shown_tells_where_it_came_from_and_loads_again(tmp_path: Path) -> None:
    override = [
        "risk.preset=topstep_50k",
        "risk.max_micros=7",
        "risk.news=[08:25-08:35, 10:00-10:05]",
    ]
    loaded = load(None, override, environ={})
    text = show(loaded.settings, loaded.sources)
    lines = text.splitlines()
    assert "  max_trailing_loss: 2000  # preset topstep_50k" in lines
    assert "  max_micros: 7  # -o" in lines
    assert "  max_daily_loss: 50  # config/simulated.yaml" in lines
    path = tmp_path / "again.yaml"
    path.write_text(text, encoding="utf-8")
    assert load(path, environ={}).settings == loaded.settings


def test_the_page_shows_what_a_preset_fills_in() -> None:
    from supervisor import app  # with torch, which no other test here needs

    (command,) = shown("operations.md", "supervisor.py", "config", "show")
    ended = CliRunner().invoke(app, command.words[1:])
    assert ended.exit_code == command.code
    assert command.printed(ended.stdout), ended.stdout
