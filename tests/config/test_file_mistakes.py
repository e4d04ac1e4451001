"""A file that is wrong says so in lines a person can act on, all at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from config.loading import SIMULATED, load
from config.problems import SettingsError

Mistakes = Callable[..., list[str]]


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SettingsError) as caught:
        load(Path("config/nowhere.yaml"), environ={})
    words = "settings: config/nowhere.yaml: cannot be read: No such file or directory"
    assert str(caught.value) == words


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load(tmp_path, environ={})


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_bytes(b"api:\n  base_url: \xff\xfe\n")
    with pytest.raises(SettingsError, match="cannot be read: it is not UTF-8 text"):
        load(path, environ={})


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SIMULATED.read_bytes())
    assert load(path, environ={}).settings == load(None, environ={}).settings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("api:\n  a: b: c\n", "is not YAML: line 2, column 7: mapping values are not allowed here"),
        ("api:\n\tbase_url: x\n", "is not YAML: line 2, column 1: found character"),
        ("api: [1, 2\n", "is not YAML: line 2, column 1: expected ',' or ']'"),
        ("a: \x07\n", "is not YAML: special characters are not allowed"),
        ("[" * 1000, "is not YAML: nested too deeply"),
        ("a: &x 1\nb: *x\n", "is not YAML: line 1: anchors, aliases and tags are not used"),
        ("a: !!python/name:os.system\n", "is not YAML: line 1: anchors, aliases and tags"),
        ("a: 1\n---\nb: 2\n", "is not YAML: line 2, column 1: but found another document"),
        ("", "must hold sections of settings (api:, trading:, ...)"),
        ("- MES\n", "must hold sections of settings (api:, trading:, ...)"),
        ("just words\n", "must hold sections of settings (api:, trading:, ...)"),
    ],
)
def test_what_is_no_settings_file(mistakes: Mistakes, text: str, words: str) -> None:
    (line,) = mistakes(text)
    assert line.startswith(f"settings: my.yaml: {words}")


def test_a_key_given_twice_is_an_error(mistakes: Mistakes, users_file: str) -> None:
    text = users_file.replace(
        "  max_daily_loss: 50\n", "  max_daily_loss: 50\n  max_daily_loss: 5\n"
    )
    environ = {"TOPSTEPX_ACCOUNT_ID": "1", "TOPSTEPX_USERNAME": "u", "TOPSTEPX_API_KEY": "k"}
    assert mistakes(text, environ=environ) == [
        "settings: my.yaml: risk.max_daily_loss is given twice (lines 16 and 17)"
    ]


def test_a_section_given_twice_is_an_error(mistakes: Mistakes) -> None:
    lines = mistakes("risk:\n  max_contracts: 1\nrisk:\n  max_contracts: 2\n")
    assert "settings: my.yaml: risk is given twice (lines 1 and 3)" in lines


def test_every_setting_without_default_is_named_when_missing(mistakes: Mistakes) -> None:
    lines = mistakes("risk:\nexecution:\n  order_type: limit\n")
    assert lines == [
        f"settings: my.yaml: {path} is missing"
        for path in (
            "api.base_url",
            "api.ws_url",
            "trading.contract",
            "trading.session_start",
            "trading.session_end",
            "trading.flatten_time",
            "model.path",
            "model.config",
            "model.min_confidence",
            "risk.starting_capital",
            "risk.max_daily_loss",
            "risk.max_risk_per_trade",
            "risk.max_consecutive_losses",
            "execution.slippage_buffer_ticks",
        )
    ]


@pytest.mark.parametrize("body", ["5", "text", "[1, 2]", "true"])
def test_a_section_must_hold_settings(mistakes: Mistakes, body: str) -> None:
    shown = "'text'" if body == "text" else body
    words = f"watchdog must be a section with settings of its own, not {shown}"
    assert f"settings: my.yaml: {words}" in mistakes(f"watchdog: {body}\n")


def test_all_mistakes_come_at_once_in_the_file_and_the_command_line(
    mistakes: Mistakes, users_file: str
) -> None:
    text = users_file.replace("max_daily_loss", "max_daily_los")
    text = text.replace("min_confidence: 0.65", "min_confidence: banana")
    assert mistakes(text, ["execution.order_type=stop", "logs.levl=INFO"], environ={}) == [
        "settings: my.yaml: api.account_id needs TOPSTEPX_ACCOUNT_ID: "
        "set it in the environment or in .env",
        "settings: -o: logs.levl is not a setting (did you mean logs.level?)",
        "settings: environment: TOPSTEPX_USERNAME is not set: set it in the environment or in .env",
        "settings: environment: TOPSTEPX_API_KEY is not set: set it in the environment or in .env",
        "settings: my.yaml: model.min_confidence must be a number from 0 to 1, not 'banana'",
        "settings: my.yaml: risk.max_daily_loss is missing",
        "settings: my.yaml: risk.max_daily_los is not a setting "
        "(did you mean risk.max_daily_loss?)",
        "settings: -o: execution.order_type must be 'market' or 'limit', not 'stop'",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rsik:\n  x: 1\n", "rsik is not a setting (did you mean risk?)"),
        (
            "max_daily_loss: 5\n",
            "max_daily_loss is not a setting (did you mean risk.max_daily_loss?)",
        ),
        (
            "trading:\n  max_daily_loss: 5\n",
            "trading.max_daily_loss is not a setting (did you mean risk.max_daily_loss?)",
        ),
        ("risk.max_daily_loss: 5\n", "risk.max_daily_loss must stand under risk:"),
        ("qqqqqqq: 1\n", "qqqqqqq is not a setting"),
        ("? [a, b]\n: 1\n", "line 1: a key must be a name"),
    ],
)
def test_a_key_that_is_no_setting(mistakes: Mistakes, text: str, words: str) -> None:
    assert any(line.startswith(f"settings: my.yaml: {words}") for line in mistakes(text))


def test_odd_characters_keep_to_one_line(mistakes: Mistakes) -> None:
    lines = mistakes('"ri\\nsk": 1\nmodel:\n  min_confidence: "a\\nb\\ud800"\n')
    assert "settings: my.yaml: ri?sk is not a setting (did you mean risk?)" in lines
    assert any(line.endswith("must be a number from 0 to 1, not 'a?b?'") for line in lines)
    assert all(line.startswith("settings: ") for line in lines)
