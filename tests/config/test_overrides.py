"""`-o section.key=value`: the command line wins over the file."""

from collections.abc import Callable

import pytest

from config.loading import Loaded, load

Wrong = Callable[..., list[str]]


def test_an_override_wins_and_is_named_as_the_source() -> None:
    loaded = load(None, ["model.min_confidence=0.999"], environ={})
    assert loaded.settings.model.min_confidence == 0.999
    assert loaded.sources["model.min_confidence"] == "-o"
    assert loaded.sources["model.path"] == "config/simulated.yaml"


def test_the_last_of_several_wins() -> None:
    loaded = load(None, ["simulator.seed=x", "simulator.seed=3"], environ={})
    assert loaded.settings.simulator.seed == 3


def test_an_override_mends_what_is_wrong_in_the_file(
    load_text: Callable[..., Loaded], users_file: str
) -> None:
    text = users_file.replace("max_daily_loss: 50", "max_daily_loss: fifty")
    loaded = load_text(text, ["risk.max_daily_loss=40", "api.account_id=7"])
    assert loaded.settings.risk.max_daily_loss == 40
    assert loaded.settings.api.account_id == 7


def test_an_override_may_hold_an_equals_sign_and_spaces() -> None:
    loaded = load(None, [" logs.directory = my logs/a=b "], environ={})
    assert str(loaded.settings.logs.directory) == "my logs/a=b"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        (
            "risk.max_daily_los=5",
            "risk.max_daily_los is not a setting (did you mean risk.max_daily_loss?)",
        ),
        ("rsk.foo=5", "rsk.foo is not a setting (did you mean risk?)"),
        ("risk=5", "risk is a section: name one of its settings, as risk.KEY"),
        ("risk.max_daily_loss", "risk.max_daily_loss must be given as section.key=value"),
        ("=5", "must be given as section.key=value"),
        ("risk.max_daily_loss=[1", "risk.max_daily_loss is not a YAML value: line 1"),
        ("api.base_url.x=1", "api.base_url.x is not a setting (did you mean api.base_url?)"),
    ],
)
def test_an_override_that_is_wrong(wrong: Wrong, override: str, words: str) -> None:
    (line,) = wrong(override)
    assert line.startswith(f"settings: -o: {words}")
