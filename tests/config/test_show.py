"""What is shown loads to the same settings, and holds no secret."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.loading import SIMULATED, load
from config.problems import KEYS, SettingsError
from config.show import settings_hash, show

LIVE = SIMULATED.with_name("live_trading.yaml")
LOADED_LIVE = {"TOPSTEPX_ACCOUNT_ID": "50KTC-1"}

# Words that YAML readers take for something else, and characters that need quoting.
names = st.one_of(
    st.sampled_from(["yes", "null", "~", "1e5", "0o17", "089", "16:30", "0x1f", ".nan", "<<", "-"]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
).filter(lambda text: bool(text.strip()) and "\0" not in text and "${" not in text)


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, allow_nan=False, allow_infinity=False, places=places)


overridden = st.fixed_dictionaries(
    {},
    optional={
        "api.account_id": st.none()
        | st.integers(1, 2**63 - 1)
        | names.filter(lambda name: not name.strip().isdigit()),
        "api.hubs": st.sampled_from(["both", "market"]),
        "api.streams": st.sampled_from(["trades", ["quotes", "trades"], ["depth", "quotes"]]),
        "simulator.seed": st.integers(0, 2**32 - 1),
        "simulator.replay": st.none() | names,
        "trading.contract": st.sampled_from(["MES", ["MES", "MNQ"], ["6E"], "CON.F.US.EP.H26"]),
        "trading.flatten_time": st.times()
        .filter(lambda t: 10 <= t.hour < 16)
        .map(lambda t: f"{t:%H:%M}"),
        "trading.flatten_on_start": st.booleans(),
        "model.path": names,
        "model.min_confidence": st.floats(0, 1),
        "risk.starting_capital": decimals("50", "100000000", 4),
        "risk.min_balance": decimals("-100000000", "100000000", 2),
        "risk.max_risk_per_trade": decimals("0.0001", "1", 9),
        "risk.reward_risk": decimals("0.1", "100", 40),
        "watchdog.stale_s": st.floats(0.1, 3600),
        "logs.directory": names,
    },
)


def as_override(key: str, value: object) -> str:
    if isinstance(value, Decimal):
        return f"{key}={value:f}"
    if isinstance(value, float):
        return f"{key}={value!r}"
    if isinstance(value, str):
        escaped = "".join(f"\\U{ord(character):08x}" for character in value)
        return f'{key}="{escaped}"'
    return f"{key}={json.dumps(value)}"


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(overridden)
def test_what_is_shown_loads_to_the_same(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, object]
) -> None:
    overrides = [as_override(key, value) for key, value in values.items()]
    first = load(None, overrides, environ={}).settings
    path = tmp_path_factory.getbasetemp() / "shown.yaml"
    path.write_text(show(first), encoding="utf-8", newline="")
    again = load(path, environ={}).settings
    assert again == first
    assert show(again) == show(first)
    assert settings_hash(again) == settings_hash(first)


@given(
    st.sampled_from(KEYS),
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=12, max_size=80),
    st.sampled_from(["{}", "'{}'", "[{}]", "x{}y", "[{}", "{}: {}: {}"]),
)
@settings(max_examples=150, deadline=None)
def test_a_known_secret_is_blotted_out_of_any_error(key: str, secret: str, form: str) -> None:
    value = form.replace("{}", secret)
    environ = {"TOPSTEPX_API_KEY": secret, "TOPSTEPX_USERNAME": secret[::-1]}
    with pytest.raises(SettingsError) as caught:
        load(LIVE, [f"{key}={value}", f"{value}=1", value], environ=environ)
    assert secret not in str(caught.value)
    assert secret not in repr(caught.value)


def test_the_login_is_masked_everywhere(login: dict[str, str]) -> None:
    loaded = load(LIVE, environ=login | LOADED_LIVE)
    settings_ = loaded.settings
    for text in (
        repr(loaded),
        str(settings_),
        repr(settings_.credentials),
        settings_.model_dump_json(),
        show(settings_),
    ):
        assert "trader-jane" not in text
        assert "kEy+with" not in text
    assert show(loaded.settings).endswith(
        "# TOPSTEPX_USERNAME: ********\n# TOPSTEPX_API_KEY: ********\n"
    )


def test_a_run_without_login_says_so() -> None:
    text = show(load(None, environ={}).settings)
    assert text.endswith("# TOPSTEPX_USERNAME: not set\n# TOPSTEPX_API_KEY: not set\n")


def test_shown_settings_read_like_the_file() -> None:
    text = show(load(None, ["risk.max_daily_loss=50.50"], environ={}).settings)
    for line in (
        "risk:",
        "  max_daily_loss: 50.5",
        "  max_risk_per_trade: 0.025",
        '  session_end: "16:30"',
        "  contract: MES",
        "  account_id: null",
        "  embedded: true",
    ):
        assert line in text.splitlines()


def test_the_hash_knows_every_setting_but_not_the_login(
    login: dict[str, str], wrong: Callable[..., list[str]]
) -> None:
    live = load(LIVE, environ=login | LOADED_LIVE).settings
    other = load(LIVE, environ=login | LOADED_LIVE | {"TOPSTEPX_API_KEY": "another"}).settings
    assert settings_hash(live) == settings_hash(other)
    hashes = {
        settings_hash(load(None, overrides, environ={}).settings)
        for overrides in ([], ["simulator.seed=8"], ["risk.max_daily_loss=50.01"])
    }
    assert len(hashes) == 3


def test_the_hash_is_of_values_not_of_spelling() -> None:
    spellings = (["risk.max_daily_loss=50"], ["risk.max_daily_loss=50.00"], ["watchdog.stale_s=5"])
    hashes = {settings_hash(load(None, each, environ={}).settings) for each in spellings}
    assert hashes == {settings_hash(load(None, environ={}).settings)}
    assert all(len(each) == 12 and int(each, 16) >= 0 for each in hashes)


def test_the_hash_is_the_same_in_any_process(tmp_path: Path) -> None:
    path = tmp_path / "shown.yaml"
    path.write_text(show(load(None, environ={}).settings), encoding="utf-8")
    assert settings_hash(load(path, environ={}).settings) == settings_hash(
        load(SIMULATED, environ={}).settings
    )
