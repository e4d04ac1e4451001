"""Variables and secrets: where they come from, and where they must never appear."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from config.loading import SIMULATED, Loaded, load
from config.problems import SettingsError

LoadText = Callable[..., Loaded]
Mistakes = Callable[..., list[str]]
Wrong = Callable[..., list[str]]

LIVE = SIMULATED.with_name("live_trading.yaml")


def test_a_variable_is_typed_as_if_written_there(login: dict[str, str]) -> None:
    for text, account in (("123", 123), ("ACC-9", "ACC-9")):
        environ = login | {"TOPSTEPX_ACCOUNT_ID": text}
        assert load(LIVE, environ=environ).settings.api.account_id == account


def test_a_default_stands_in_for_an_unset_or_empty_variable() -> None:
    override = ["logs.directory=${DESK:-desk}-${SHIFT:-day}"]
    for environ in ({}, {"DESK": "", "SHIFT": " "}):
        assert load(None, override, environ=environ).settings.logs.directory == Path("desk-day")
    settings = load(None, override, environ={"DESK": "a", "SHIFT": "b"}).settings
    assert settings.logs.directory == Path("a-b")
    assert load(None, ["simulator.replay=${NONE:-}"], environ={}).settings.simulator.replay is None


def test_quoted_variables_stay_text() -> None:
    settings = load(None, ["logs.directory='${YEAR}'"], environ={"YEAR": "2026"}).settings
    assert settings.logs.directory == Path("2026")


@pytest.mark.parametrize("empty", [{}, {"TOPSTEPX_ACCOUNT_ID": ""}])
def test_an_unset_or_empty_variable_is_an_error(
    login: dict[str, str], empty: dict[str, str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(LIVE, environ=login | empty)
    assert str(caught.value) == (
        f"settings: {LIVE}: api.account_id needs TOPSTEPX_ACCOUNT_ID: "
        "set it in the environment or in .env"
    )


@pytest.mark.parametrize("value", ["${", "${1A}", "${A B}", "x${NAME", "${A:-${B}}"])
def test_a_malformed_variable_is_an_error(wrong: Wrong, value: str) -> None:
    (line,) = wrong(f"logs.directory='{value}'")
    assert "has a ${ that is not of the form ${NAME} or ${NAME:-default}" in line


def test_variables_are_filled_in_once(wrong: Wrong) -> None:
    (line,) = wrong("logs.directory=${A}", environ={"A": "${B}", "B": "b"})
    assert "logs.directory uses A, which itself holds a ${" in line


def test_dotenv_is_read_but_never_put_into_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOPSTEPX_API_KEY", raising=False)
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "TOPSTEPX_USERNAME=jane\nTOPSTEPX_API_KEY='a$b${c}'\nTOPSTEPX_ACCOUNT_ID=5\n",
        encoding="utf-8",
    )
    before = dict(os.environ)
    settings = load(LIVE, environ={"TOPSTEPX_ACCOUNT_ID": "6"}, dotenv=dotenv).settings
    assert settings.api.account_id == 6  # the environment wins
    assert settings.credentials.api_key is not None
    assert settings.credentials.api_key.get_secret_value() == "a$b${c}"
    assert dict(os.environ) == before


def test_a_dotenv_that_is_absent_is_none(tmp_path: Path) -> None:
    assert load(None, environ={}, dotenv=tmp_path / ".env").warnings == ()


def test_a_dotenv_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_bytes(b"A=\xff\n")
    with pytest.raises(SettingsError) as caught:
        load(None, environ={}, dotenv=dotenv)
    assert str(caught.value) == f"settings: {dotenv}: cannot be read: it is not UTF-8 text"


def test_older_names_are_taken_with_a_warning_each() -> None:
    older = {
        "PROJECTX_USERNAME": "jane",
        "PROJECTX_API_KEY": "old-key",
        "PROJECTX_ACCOUNT_ID": "9",
    }
    loaded = load(LIVE, environ=older)
    assert loaded.settings.api.account_id == 9
    assert loaded.settings.credentials.api_key is not None
    assert loaded.settings.credentials.api_key.get_secret_value() == "old-key"
    assert loaded.warnings == tuple(
        f"settings: environment: PROJECTX_{name} stands in for TOPSTEPX_{name}: rename it"
        for name in ("USERNAME", "API_KEY", "ACCOUNT_ID")
    )


def test_our_names_win_over_older_ones_without_a_word(login: dict[str, str]) -> None:
    environ = login | {"TOPSTEPX_ACCOUNT_ID": "1", "PROJECTX_API_KEY": "old-key"}
    loaded = load(LIVE, environ=environ)
    assert loaded.settings.credentials.api_key is not None
    assert loaded.settings.credentials.api_key.get_secret_value() == "kEy+with/chars=="
    assert loaded.warnings == ()


@pytest.mark.parametrize("name", ["TOPSTEPX_USERNAME", "TOPSTEPX_API_KEY"])
def test_live_needs_the_login(login: dict[str, str], name: str) -> None:
    del login[name]
    with pytest.raises(SettingsError) as caught:
        load(LIVE, environ=login | {"TOPSTEPX_ACCOUNT_ID": "1"})
    assert str(caught.value) == (
        f"settings: environment: {name} is not set: set it in the environment or in .env"
    )


def test_the_embedded_simulator_is_not_shown_a_real_login(login: dict[str, str]) -> None:
    loaded = load(None, environ=login)
    assert loaded.settings.credentials.username is None
    assert loaded.settings.credentials.api_key is None


@pytest.mark.parametrize(
    "where",
    [
        "api:\n  api_key: hunter2-hunter2\n",
        "api:\n  apiKey: hunter2-hunter2\n",
        "api:\n  username: hunter2-hunter2\n",
        "api_key: hunter2-hunter2\n",
        "credentials:\n  api_key: hunter2-hunter2\n",
        "credentials: hunter2-hunter2\n",
    ],
)
def test_a_secret_in_a_file_is_an_error_that_does_not_repeat_it(
    mistakes: Mistakes, where: str
) -> None:
    lines = mistakes(where)
    assert any("is a secret, which is never read from here: set TOPSTEPX_" in x for x in lines)
    assert not any("hunter2" in line for line in lines)


def test_a_secret_on_the_command_line_is_an_error_that_does_not_repeat_it(wrong: Wrong) -> None:
    (line,) = wrong("api.api_key=hunter2-hunter2")
    assert line.startswith("settings: -o: api.api_key is a secret")
    assert "hunter2" not in line


def test_a_secret_may_not_be_filled_into_a_setting(wrong: Wrong, login: dict[str, str]) -> None:
    for name in ("TOPSTEPX_API_KEY", "TOPSTEPX_USERNAME", "PROJECTX_API_KEY"):
        (line,) = wrong(f"api.account_id=${{{name}}}", environ=login)
        words = f"api.account_id must not use ${{{name}}}: a secret stays in the environment"
        assert line == f"settings: -o: {words}"
