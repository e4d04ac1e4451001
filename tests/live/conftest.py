"""The longer runs, each with its own simulator, and each made once for all who look at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.bench import Engine, Outcome
from tests.live.weights import random_weights

DEFAULT_S, OTHER_S = 50, 45


class Runs:
    """Engines by name; each is started at its first use, and waited for once."""

    def __init__(self, folder: Path) -> None:
        weights, card = random_weights(folder, seed=1)
        others = f"--duration={OTHER_S}"
        self._folder = folder
        self._arguments = {
            "default": (f"--duration={DEFAULT_S}",),
            "unsure": (others, "-omodel.min_confidence=0.999"),  # more than there is
            "random": (others, f"-omodel.path={weights}", f"-omodel.config={card}"),
        }
        self._engines: dict[str, Engine] = {}
        self._outcomes: dict[str, Outcome] = {}

    def start(self, *names: str) -> None:
        """Start together what is going to be looked at together."""
        for name in names:
            if name not in self._engines:
                engine = Engine.start(self._folder / name, *self._arguments[name])
                self._engines[name] = engine

    def __getitem__(self, name: str) -> Outcome:
        self.start(name)
        if name not in self._outcomes:
            self._outcomes[name] = self._engines[name].wait(250)
        return self._outcomes[name]

    def close(self) -> None:
        for engine in self._engines.values():
            engine.kill()


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    made = Runs(tmp_path_factory.mktemp("runs"))
    yield made
    made.close()


@pytest.fixture
def default(runs: Runs) -> Outcome:
    return runs["default"]
