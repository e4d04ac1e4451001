"""`trading.strategy: module:Class`."""

from pathlib import Path

import pytest

from actors.signal.loading import load
from actors.signal.model_strategy import ModelStrategy
from config.schema import Model
from config.schema import Signal as Rules
from messages.decision import NoSignal, Signal
from tests.signal.bench import MES, UP, ask, desk, predict

MODEL = Model(path=Path("m.pt"), config=Path("m.json"), min_confidence=0.7)
SOURCE = """
class Own:
    def __init__(self, instrument):
        self.instrument = instrument
    def decide(self, view):
        raise NotImplementedError
class Bare:
    def __init__(self, instrument): ...
class Needy(Own):
    def __init__(self): ...
def function(instrument): ...
"""


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "own_strategies.py").write_text(SOURCE)
    (tmp_path / "leaves_at_import.py").write_text("raise SystemExit('no data')")
    (tmp_path / "broken_syntax.py").write_text("def (:\n")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_model_is_the_model_strategy_with_the_settings_confidence() -> None:
    made = load("model", MODEL, Rules())(MES)
    assert isinstance(made, ModelStrategy)
    at = desk()
    at._strategy = made
    assert isinstance(ask(at, predict(UP, 0.69)), NoSignal)
    assert isinstance(ask(at, predict(UP, 0.7, number=1), number=1), Signal)


@pytest.mark.usefixtures("modules")
def test_a_class_is_made_once_for_each_instrument() -> None:
    factory = load("own_strategies:Own", MODEL, Rules())
    one, other = factory(MES), factory(MES)
    assert one is not other
    assert vars(one) == {"instrument": MES}


@pytest.mark.usefixtures("modules")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere.at_all:Own", "cannot be loaded: ModuleNotFoundError: No module named 'nowhere'"),
        (
            "own_strategies:Other",
            "cannot be loaded: AttributeError: module 'own_strategies' has no",
        ),
        ("leaves_at_import:Own", "cannot be loaded: SystemExit: no data"),
        ("broken_syntax:Own", "cannot be loaded: SyntaxError"),
        ("own_strategies:function", "must be a class with decide(view)"),
        ("own_strategies:Bare", "must be a class with decide(view)"),
        ("own_strategies:Needy", "must be made from one instrument"),
    ],
)
def test_what_is_no_strategy_is_refused_in_one_line(name: str, words: str) -> None:
    with pytest.raises(ValueError) as caught:
        load(name, MODEL, Rules())
    text = str(caught.value)
    assert text.startswith(f"trading.strategy: {name} {words}")
    assert "\n" not in text
